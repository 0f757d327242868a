import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import type { Exchange } from "../../../src/core/exchange.ts"
import type { Reply } from "../../../src/core/reply.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { exchange, failureOf, tools } from "../../support/exchange.ts"
import { guarded } from "./guarded.ts"

/** A route whose auth service answers so. */
function asking(answer: (asked: Exchange) => Reply | Promise<Reply>, written: Record<string, unknown> = {}) {
  const given = tools({ services: { auth: answer } })
  return { ...guarded({ forward: { service: "auth", ...written } }, given), calls: given.calls }
}

const says =
  (status: number, headers: Record<string, string> = {}) =>
  (): Reply => ({ status, headers: HeaderList.of(headers), body: "secrets of the auth service" })

const credentials = { authorization: "Bearer abc" }

describe("forward()", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }))
  afterEach(() => void vi.useRealTimers())

  it("asks the service with the credentials and what they are for, and with nothing else", async () => {
    const { ask, calls } = asking(says(200), { path: "/verify", headers: ["User-Agent"] })
    const sent = { ...credentials, cookie: "a=1", "user-agent": "test", "x-other": "1", "x-original-uri": "/mine" }
    await ask({ method: "POST", path: "/orders?id=1", headers: sent, body: "{}" })
    const [call] = calls
    expect(call?.exchange).toMatchObject({
      method: "GET",
      rawPath: "/verify",
      search: "",
      body: null,
      client: "192.0.2.7",
    })
    expect([...(call?.exchange.headers ?? [])]).toEqual([
      ["authorization", "Bearer abc"],
      ["user-agent", "test"],
      ["x-original-method", "POST"],
      ["x-original-uri", "/orders?id=1"],
      ["x-original-url", "http://shop.example/orders?id=1"],
    ])
  })

  it("says who it is by the headers of the answer", async () => {
    const answer = says(204, {
      "x-user": "ada",
      "x-groups": "shop, admin",
      "x-scope": "read write",
      "x-email": "a@b.c",
    })
    const written = {
      subject: "X-User",
      roles: "x-groups",
      scopes: "x-scope",
      plan: "x-plan",
      claims: ["X-Email", "x-none"],
    }
    const { served } = await asking(answer, written).ask({ headers: credentials })
    expect(served?.identity).toMatchObject({
      scheme: "forward",
      subject: "ada",
      roles: ["shop", "admin"],
      scopes: ["read", "write"],
      plan: undefined,
      claims: { "x-email": "a@b.c" },
    })
    expect(served?.headers.has("authorization")).toBe(false)
  })

  it("takes equal credentials for one subject where the answer does not say", async () => {
    const { ask } = asking(says(200))
    const subjects = [
      await ask({ headers: credentials }),
      await ask({ path: "/other", headers: credentials }),
      await ask({ headers: { authorization: "Bearer other" } }),
    ].map(({ served }) => served?.identity?.subject)
    expect(subjects[0]).toBe(subjects[1])
    expect(subjects[0]).not.toBe(subjects[2])
    expect(subjects[0]).not.toContain("abc")
  })

  it("does not ask about requests without credentials", async () => {
    const { ask, calls } = asking(says(200))
    expect((await ask({ headers: { cookie: "a=1" } })).status).toBe(401)
    expect(calls).toEqual([])
  })

  it("gives the service of cookies only those that are credentials", async () => {
    const { ask, calls } = asking(says(200), { from: [{ cookie: "session" }, { query: "token" }] })
    const { served } = await ask({ path: "/?token=t%201&a=1", headers: { cookie: "a=1; session=s; b=2" } })
    expect(calls[0]?.exchange.headers.all("cookie")).toEqual(["session=s"])
    expect(calls[0]?.exchange.headers.get("x-original-credentials")).toBe("t 1")
    expect(served?.headers.get("cookie")).toBe("a=1; b=2")
    expect(served?.search).toBe("?a=1")
  })

  it("passes 401 on with what the service says of how to come in, and nothing else of its answer", async () => {
    const { ask } = asking(says(401, { "www-authenticate": 'Bearer realm="id"', "set-cookie": "a=1" }))
    const { status, reply } = await ask({ headers: credentials })
    expect(status).toBe(401)
    expect(reply.headers.get("www-authenticate")).toBe('Bearer realm="id"')
    expect(reply.headers.has("set-cookie")).toBe(false)
    expect(reply.body).not.toContain("secrets")
  })

  it("passes 403 on, and nothing of its answer", async () => {
    const { ask, tools: given } = asking(says(403))
    const { status, reply } = await ask({ headers: credentials })
    expect(status).toBe(403)
    expect(reply.body).not.toContain("secrets")
    expect(given.logged[0]?.message).toContain("forward: the service says no.")
  })

  const failures: [why: string, answer: (asked: Exchange) => Reply | Promise<Reply>, says: string][] = [
    ["answers with a status of its own", says(500), "it answered with the status 500."],
    ["sends somewhere else", says(302, { location: "https://evil.example" }), "it answered with the status 302."],
    ["cannot be reached", () => Promise.reject(new GatewayError("unreachable", "Nobody there.")), "Nobody there."],
    ["does not say who it is", says(200), 'it did not say who it is in "x-user".'],
    ["takes too long", () => new Promise(() => undefined), "No answer within 30ms."],
  ]
  it.each(failures)("answers 503 where the service %s", async (_, answer, reason) => {
    const { ask, tools: given } = asking(answer, { timeout: "30ms", subject: "x-user" })
    const { status, served } = await ask({ headers: credentials })
    expect({ status, served }).toEqual({ status: 503, served: undefined })
    expect(given.logged[0]?.message).toContain(`Service "auth" was asked who it is: ${reason}`)
  })

  it("ends with its exchange", async () => {
    const { handle } = asking(() => new Promise(() => undefined))
    const asked = exchange({ headers: credentials })
    const failure = failureOf(() => handle(asked))
    const gone = new GatewayError("client_gone", "The client went away.")
    asked.end(gone)
    expect(await failure).toBe(gone)
  })

  it("remembers yes and no for the same question, for as long as it is told", async () => {
    const { ask, handle, calls } = asking(
      ({ headers }) => says(headers.get("authorization") === "Bearer abc" ? 200 : 401)(),
      { remember: "1m" },
    )
    await ask({ headers: credentials })
    expect(handle(exchange({ headers: credentials }))).not.toBeInstanceOf(Promise)
    await ask({ path: "/other", headers: credentials })
    expect(calls).toHaveLength(2)
    await ask({ headers: { authorization: "x" } })
    expect((await ask({ headers: { authorization: "x" } })).status).toBe(401)
    expect(calls).toHaveLength(3)
    vi.setSystemTime(Date.now() + 60_000)
    await ask({ headers: credentials })
    expect(calls).toHaveLength(4)
  })

  it("remembers by the credentials alone where the service is not told about the request", async () => {
    const { ask, calls } = asking(says(200), { remember: "1m", request: false })
    await ask({ headers: credentials })
    await ask({ method: "POST", path: "/other", headers: credentials })
    expect(calls).toHaveLength(1)
    expect([...(calls[0]?.exchange.headers ?? [])]).toEqual([["authorization", "Bearer abc"]])
  })

  it("does not remember a service that failed", async () => {
    let status = 500
    const { ask } = asking(() => says(status)(), { remember: "1m" })
    expect((await ask({ headers: credentials })).status).toBe(503)
    status = 200
    expect((await ask({ headers: credentials })).status).toBe(200)
  })
})
