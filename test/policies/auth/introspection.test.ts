import { afterEach, describe, expect, it, vi } from "vitest"

import { introspection } from "../../../src/policies/auth/introspection.ts"
import { exchange, tools } from "../../support/exchange.ts"
import { bearing, type Issuer, issuer, seconds } from "../../support/jwks.ts"
import { guarded, problemsOf } from "./guarded.ts"

afterEach(() => void vi.useRealTimers())

const client = { clientId: "gate", clientSecret: "s3cret" }
const active = (more: Readonly<Record<string, unknown>> = {}) => ({ active: true, sub: "ada", scope: "read", ...more })
const routeTo = ({ url }: Issuer, more: Readonly<Record<string, unknown>> = {}) =>
  guarded({ introspection: { url: `${url}/introspect`, ...client, ...more } })
const asked = (text = "opaque") => ({ headers: bearing(text) })

describe("introspection", () => {
  it("asks the server about the token, as the client that it is, and tells the service who it is", async () => {
    using id = issuer()
    id.introspect = (token) =>
      token === "opaque" ? active({ iss: id.url, jti: "7", plan: "gold" }) : { active: false }
    const { served } = await routeTo(id, { plan: "plan" }).ask(asked())
    expect(served?.identity).toMatchObject({
      scheme: "introspection",
      subject: "ada",
      issuer: id.url,
      credential: "7",
      plan: "gold",
      scopes: ["read"],
    })
    expect(served?.headers.get("authorization")).toBeUndefined()
    const [question] = id.questions
    expect(question?.headers.get("authorization")).toBe(`Basic ${btoa("gate:s3cret")}`)
    expect(Object.fromEntries(question?.form ?? [])).toEqual({ token: "opaque", token_type_hint: "access_token" })
  })

  it("leaves requests without a token to others", async () => {
    using id = issuer()
    const { status, reply } = await routeTo(id).ask()
    expect(status).toBe(401)
    expect(reply.headers.get("www-authenticate")).toBe('Bearer realm="api"')
    expect(id.questions).toEqual([])
  })

  it.each<[why: string, answer: Readonly<Record<string, unknown>>, options?: Readonly<Record<string, unknown>>]>([
    ["that is not active", { active: false }],
    ["that has expired", active({ exp: seconds(-5) })],
    ["that is not valid yet", active({ nbf: seconds(60) })],
    ["for another audience", active({ aud: "bank" }), { audience: "shop" }],
    ["of another issuer", active({ iss: "https://other.example" }), { issuer: "https://id.example" }],
    ["of nobody", { active: true }],
    ["without a claim that has to be there", active(), { require: ["email"] }],
    ["that the function of the config does not let in", active(), { check: () => false }],
    ["whose claims are nested very deeply", active({ deep: JSON.parse("[".repeat(90) + "]".repeat(90)) })],
  ])("refuses a token %s", async (_, answer, options) => {
    using id = issuer()
    id.introspect = () => answer
    const { status, reply } = await routeTo(id, options).ask(asked())
    expect(status).toBe(401)
    expect(reply.headers.get("www-authenticate")).toBe('Bearer realm="api", error="invalid_token"')
  })

  it.each<[why: string, answer: () => Response]>([
    ["fails", () => Response.json({}, { status: 500 })],
    ["does not know the client", () => Response.json({ error: "invalid_client" }, { status: 401 })],
    ["says neither yes nor no", () => Response.json({ active: "true", sub: "eve" })],
    ["answers with a page", () => new Response("<html>")],
    ["sends it elsewhere", () => Response.redirect("http://127.0.0.1:1/")],
    ["answers endlessly", () => new Response(`{"active":true,"sub":"${"a".repeat(100_000)}"}`)],
  ])("lets nobody in when the server %s", async (_, answer) => {
    using id = issuer()
    id.instead = answer
    const route = routeTo(id)
    const { status, reply } = await route.ask(asked())
    expect(status).toBe(503)
    expect(String(reply.body)).not.toContain(id.url)
    await route.ask(asked())
    expect(route.tools.logged.filter(({ message }) => message.startsWith("introspection: "))).toHaveLength(1)
    expect(JSON.stringify(route.tools.logged)).not.toMatch(/s3cret|opaque/)
    id.instead = undefined
    id.introspect = () => active()
    expect((await route.ask(asked())).status).toBe(200)
  })

  it("believes a yes for a while and a no for another, but no longer than the token holds", async () => {
    vi.useFakeTimers({ now: 1_000_000_000_000, toFake: ["Date"] })
    using id = issuer()
    const route = routeTo(id, { ttl: "30s", refusedTtl: "10s" })
    id.introspect = (token) =>
      token === "short" ? active({ exp: seconds(5) }) : token === "bad" ? { active: false } : active()
    const times = async (token: string, ...after: number[]): Promise<number[]> => {
      const counts: number[] = []
      for (const time of after) {
        vi.setSystemTime(1_000_000_000_000 + time)
        await route.ask(asked(token))
        counts.push(id.questions.filter(({ form }) => form.get("token") === token).length)
      }
      return counts
    }
    expect(await times("good", 0, 29_999, 30_000)).toEqual([1, 1, 2])
    expect(await times("bad", 0, 9_999, 10_000)).toEqual([1, 1, 2])
    expect(await times("short", 0, 5_999, 6_000)).toEqual([1, 1, 2])
  })

  it("asks once for a token that many requests bring, and tells it at once from then on", async () => {
    using id = issuer()
    id.introspect = () => active()
    const scheme = introspection.create(
      introspection.options.parse({ url: `${id.url}/introspect`, ...client }, [], ({ message }) =>
        expect.fail(message),
      ),
      tools(),
    )
    const identities = await Promise.all(Array.from({ length: 20 }, () => scheme.identify(exchange(asked()))))
    expect(new Set(identities).size).toBe(1)
    expect(id.questions).toHaveLength(1)
    expect(scheme.identify(exchange(asked()))).toBe(identities[0])
  })

  it("does not ask about more than so many tokens at once", async () => {
    using id = issuer()
    const held = Promise.withResolvers<undefined>()
    id.instead = () => held.promise
    id.introspect = () => active()
    const route = routeTo(id)
    const waiting = Array.from({ length: 256 }, (_, at) => route.ask(asked(`t${at}`)))
    expect((await route.ask(asked("one too many"))).status).toBe(503)
    held.resolve(undefined)
    expect(new Set((await Promise.all(waiting)).map(({ status }) => status))).toEqual(new Set([200]))
    expect((await route.ask(asked("one too many"))).status).toBe(200)
  })

  it.each<[options: Readonly<Record<string, unknown>>, place: string, message: RegExp]>([
    [{ url: "http://id.example/i", ...client }, "url", /others can read along/],
    [{ url: "https://id.example/i", clientId: "gate" }, "", /one of "clientSecret" and "clientKey"/],
    [{ url: "https://id.example/i", ...client, clientAuth: "jwt" }, "clientSecret", /at least 32 bytes/],
    [{ url: "https://id.example/i", ...client, ttl: 5 }, "ttl", /Expected a duration/],
    [client, "", /Missing option "url"/],
  ])("is refused in a config as %j", (options, place, message) => {
    const [first] = problemsOf({ introspection: options })
    expect(first).toMatch(message)
    expect(first?.startsWith(["auth.introspection", place].filter(Boolean).join("."))).toBe(true)
  })
})
