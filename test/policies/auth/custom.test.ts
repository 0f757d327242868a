import { describe, expect, it } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import { exchange, failureOf } from "../../support/exchange.ts"
import { guarded, problemsOf } from "./guarded.ts"

describe("custom()", () => {
  it("is told what the request says, and not its body", async () => {
    let told: unknown
    const { ask } = guarded({
      custom: {
        identify: (request: Readonly<Record<string, unknown>>) => {
          const { method, host, path, client, params, query, headers } = request
          told = { method, host, path, client, params, q: String(query), h: (headers as Headers).get("x-a") }
          return { subject: "ada" }
        },
      },
    })
    await ask({ method: "PUT", path: "/a%20b?c=1", headers: { "x-a": "1" }, params: { id: "a%20b" } })
    expect(told).toEqual({
      method: "PUT",
      host: "shop.example",
      path: "/a%20b",
      client: "192.0.2.7",
      params: { id: "a b" },
      q: "c=1",
      h: "1",
    })
  })

  it("says who it is, at once or later", async () => {
    const said = { subject: "ada", plan: "gold", scopes: ["read"], roles: ["admin"], claims: { a: 1 } }
    const known = { ...said, scheme: "custom", issuer: undefined, credential: undefined, tenant: undefined }
    const atOnce = guarded({ custom: { identify: () => said } })
    expect((await atOnce.ask()).served?.identity).toEqual(known)
    expect(atOnce.handle(exchange())).not.toBeInstanceOf(Promise)
    expect((await guarded({ custom: { identify: async () => said } }).ask()).served?.identity).toEqual(known)
  })

  it("cannot say that another scheme vouches", async () => {
    const { ask } = guarded({ custom: { identify: () => ({ subject: "ada", scheme: "jwt" }) } })
    expect((await ask()).served?.identity?.scheme).toBe("custom")
  })

  it("answers 401 with its challenge to false and to undefined", async () => {
    const challenge = 'Ticket realm="shop"'
    for (const said of [false, undefined]) {
      const { status, reply } = await guarded({ custom: { identify: () => said, challenge } }).ask()
      expect(status).toBe(401)
      expect(reply.headers.get("www-authenticate")).toBe(challenge)
    }
  })

  const nonsense = [null, true, "ada", 1, {}, { subject: "" }, { subject: 1 }, { subject: "a", plan: 1 }]
  const more = [
    { subject: "a", scopes: "read" },
    { subject: "a", roles: [1] },
    { subject: "a", claims: [] },
    new Date(0),
  ]
  it.each([...nonsense, ...more])("lets nobody in who gives %o: that is a fault of the function", async (said) => {
    const { status, served } = await guarded({ custom: { identify: () => said } }).ask()
    expect({ status, served }).toEqual({ status: 500, served: undefined })
  })

  it("lets nobody in while the function throws or never ends", async () => {
    const throwing = () => {
      throw new Error("mine")
    }
    expect((await guarded({ custom: { identify: throwing } }).ask()).status).toBe(500)
    const asked = exchange()
    const failure = failureOf(() => guarded({ custom: { identify: () => new Promise(() => undefined) } }).handle(asked))
    const over = new GatewayError("client_gone", "The client went away.")
    asked.end(over)
    expect(await failure).toBe(over)
  })

  it("is refused without its function", () => {
    expect(problemsOf({ custom: {} })).toEqual(['auth.custom: Missing option "identify".'])
  })
})
