import { describe, expect, it } from "vitest"

import { GatewayError } from "../../src/core/errors.ts"
import { identity } from "../../src/core/identity.ts"
import type { Problem } from "../../src/core/schema.ts"
import { auth } from "../../src/policies/auth.ts"
import { digestOf, makeKey } from "../../src/policies/auth/api-key/key-text.ts"
import { exchange, failureOf, tools } from "../support/exchange.ts"
import { guarded, problemsOf } from "./auth/guarded.ts"

const key = makeKey("live")
const apiKey = { keys: { partner: `sha256:${digestOf(key)}` } }

// "secret", by bcrypt of the lowest cost.
const hash = "$2b$04$vG939QkvLd7ZEin/Bmqlyutmx8tCurcIHVuLTYgQIE66XCoruu.XO"

/** Takes the header "x-who" for a name; "nobody" does not hold. */
const custom = {
  identify: ({ headers }: { headers: Headers }) => {
    const who = headers.get("x-who")
    return who === null ? undefined : who === "nobody" ? false : { subject: who }
  },
  from: { header: "x-who" },
}

describe("auth()", () => {
  it("answers 401 with every challenge where there are no credentials, and logs nothing", async () => {
    const { ask, tools } = guarded({ apiKey, custom, basic: { users: { ada: hash } } })
    const { status, reply, served } = await ask()
    expect({ status, served }).toEqual({ status: 401, served: undefined })
    expect(reply.headers.get("www-authenticate")).toBe('ApiKey, Basic realm="gateway", charset="UTF-8", Custom')
    expect(JSON.parse(String(reply.body))).toMatchObject({ code: "unauthorized", exchange: "test-1" })
    expect(tools.logged).toEqual([])
  })

  it("tells the log why credentials were refused, under the id of the exchange, and never what they were", async () => {
    const { ask, tools } = guarded({ apiKey })
    const wrong = makeKey("live")
    const { reply } = await ask({ id: "e-7", path: "/x?y=1", headers: { "x-api-key": wrong } })
    expect(tools.logged).toEqual([
      {
        level: "warn",
        message: "GET /x: The credentials of the request do not hold. apiKey: nobody has this key (exchange e-7)",
      },
    ])
    expect(String(reply.body)).not.toMatch(/apiKey|nobody|bh_/)
  })

  it("lets the first scheme that finds its credentials decide: a yes wins, a no is not asked about again", async () => {
    const { ask } = guarded({ apiKey, custom })
    const both = await ask({ headers: { "x-api-key": key, "x-who": "nobody" } })
    expect(both.served?.identity).toMatchObject({ scheme: "apiKey", subject: "partner" })
    expect((await ask({ headers: { "x-api-key": `${key}x`, "x-who": "ada" } })).status).toBe(401)
    expect((await ask({ headers: { "x-who": "ada" } })).served?.identity).toMatchObject({
      scheme: "custom",
      subject: "ada",
    })
  })

  it("keeps credentials of every scheme from the service, those that nobody looked at too", async () => {
    const { ask } = guarded({ apiKey, custom })
    const { served } = await ask({ headers: { "x-api-key": key, "x-who": "nobody", accept: "*/*" } })
    expect([...(served?.headers ?? [])]).toEqual([["accept", "*/*"]])
  })

  it("lets the credentials through that `forward` names, but only those that were verified", async () => {
    const { ask } = guarded({ apiKey: { ...apiKey, forward: true }, custom: { ...custom, forward: true } })
    const { served } = await ask({ headers: { "x-api-key": key, "x-who": "nobody" } })
    expect([...(served?.headers ?? [])]).toEqual([["x-api-key", key]])
  })

  it("answers at once where the scheme does: no promise is made", () => {
    const { handle } = guarded({ apiKey })
    expect(handle(exchange({ headers: { "x-api-key": key } }))).not.toBeInstanceOf(Promise)
  })

  it("passes a failure of a scheme on: nobody is let in by it", async () => {
    const error = new Error("mine")
    const { handle, ask } = guarded({ custom: { identify: () => Promise.reject(error) } })
    expect(await failureOf(() => handle(exchange()))).toBe(error)
    expect((await ask()).status).toBe(500)
  })

  describe("with anonymous: true", () => {
    const { ask } = guarded({ anonymous: true, apiKey })

    it("lets in who has no credentials, without an identity", async () => {
      const made = exchange()
      made.identity = identity({ scheme: "batch", subject: "ada" })
      await guarded({ anonymous: true, apiKey }).handle(made)
      expect(made.identity).toBeUndefined()
      expect((await ask()).status).toBe(200)
    })

    it("refuses credentials that do not hold all the same", async () => {
      expect((await ask({ headers: { "x-api-key": `${key}x` } })).status).toBe(401)
      expect((await ask({ headers: { "x-api-key": "" } })).status).toBe(401)
    })

    it("says how to come in where a rule further in asks for an identity", async () => {
      const options = auth.options.parse({ anonymous: true, apiKey }, [], () => expect.fail())
      const handle = auth.create(options, tools())(() => Promise.reject(new GatewayError("unauthorized", "Who?")))
      expect(await failureOf(() => handle(exchange()))).toMatchObject({ headers: { "www-authenticate": "ApiKey" } })
    })
  })

  describe("with tell", () => {
    const tell = { headers: { "x-user": "subject", "X-Plan": "plan" } }

    it("removes what clients wrote into these headers, twins too, and says it itself", async () => {
      const { ask } = guarded({ apiKey: { keys: { partner: { key: apiKey.keys.partner, plan: "gold" } } }, tell })
      const sent = { "x-api-key": key, "x-user": "admin", X_User: "admin", "x-plan": "free" }
      const { served } = await ask({ headers: sent })
      expect([...(served?.headers ?? [])]).toEqual([
        ["x-user", "partner"],
        ["x-plan", "gold"],
      ])
    })

    it("leaves out what is not known, and what the client sent in its place", async () => {
      const { served } = await guarded({ custom, tell }).ask({ headers: { "x-who": "ada", "x-plan": "gold" } })
      expect([...(served?.headers ?? [])]).toEqual([["x-user", "ada"]])
    })

    it("removes them for anonymous requests too", async () => {
      const { served } = await guarded({ anonymous: true, custom, tell }).ask({ headers: { "x-user": "admin" } })
      expect([...(served?.headers ?? [])]).toEqual([])
    })

    it("removes them on routes that switch the default off, and asks nobody there", async () => {
      const general = auth.options.parse({ custom, tell }, [], () => expect.fail())
      const left = auth.off?.(general) ?? expect.fail()
      let seen: unknown
      const handle = auth.create(
        left,
        tools(),
      )((asked) => {
        seen = [...asked.headers]
        throw new GatewayError("unauthorized", "mine")
      })
      const error = await failureOf(() => handle(exchange({ headers: { "x-user": "admin", "x-who": "ada" } })))
      expect(seen).toEqual([["x-who", "ada"]])
      expect(error).toMatchObject({ message: "mine" })
    })

    it("is what the defaults say where a route says nothing", () => {
      const parsed = (written: unknown) => auth.options.parse(written, [], () => expect.fail())
      const general = parsed({ custom, tell })
      expect(auth.join?.(general, parsed({ apiKey }))).toMatchObject({ tell: general.tell })
      const own = parsed({ apiKey, tell: { headers: { "x-who": "subject" } } })
      expect(auth.join?.(general, own).tell).toBe(own.tell)
    })
  })

  it("is refused where it names no scheme, or one that does not exist", () => {
    expect(problemsOf({})).toEqual(["auth: No scheme: nobody could tell who asks."])
    expect(problemsOf({ anonymous: true })).toEqual(["auth: No scheme: nobody could tell who asks."])
    expect(problemsOf({ apikey: {} })[0]).toContain('auth.apikey: Unknown option "apikey". Did you mean "apiKey"?')
  })

  it("hands the problems of a scheme on, in their place", () => {
    const problems: Problem[] = []
    const options = auth.options.parse({ forward: { service: "nope" } }, [], () => expect.fail())
    const known = {
      services: new Set(["auth"]),
      params: new Set<string>(),
      routes: new Map(),
      plans: new Map(),
      usage: false,
    }
    auth.check?.(options, known, ["routes", "/x", "auth"], (problem) => void problems.push(problem))
    expect(problems).toMatchObject([{ code: "E301", path: ["routes", "/x", "auth", "forward", "service"] }])
    expect(auth.uses?.(options)).toEqual(["nope"])
  })
})
