import { createHash } from "node:crypto"

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { type TestTools, tools } from "../../../support/exchange.ts"
import { another, page, site } from "../visiting.ts"
import { allowed, type Issuer, issuer } from "./issuer.ts"
import { logIn, secret, shop, who } from "./shop.ts"

let provider: Issuer

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2030, 0, 1) })
  provider = issuer()
})
afterEach(() => {
  provider[Symbol.dispose]()
  vi.useRealTimers()
})

const later = (length: number): void => void vi.setSystemTime(Date.now() + length)

describe("oidc() at the callback", () => {
  it("proves that it is the one who has begun the login, and knows who it is from then on", async () => {
    const visitor = shop(provider).visitor()
    const { location } = await visitor.visit({ path: "/cart?x=1", headers: page })
    const answer = await visitor.visit({ path: allowed(location, provider) })
    expect([answer.status, answer.location]).toEqual([303, "/cart?x=1"])
    expect([...visitor.jar.keys()]).toEqual(["oidc"])
    const { form, authorization } = provider.asked[0] ?? { form: {} as Record<string, string>, authorization: null }
    // RFC 6749 section 2.3.1: both are encoded as in a form.
    expect(atob(authorization?.slice(6) ?? "")).toBe("shop:s%2Be+c%3Aret")
    expect(form["redirect_uri"]).toBe("http://shop.example/oauth/callback")
    expect(
      createHash("sha256")
        .update(form["code_verifier"] ?? "")
        .digest("base64url"),
    ).toBe(new URL(location).searchParams.get("code_challenge"))
    const { served } = await visitor.visit()
    expect(served?.identity).toMatchObject({ scheme: "oidc", subject: "ada", issuer: provider.url })
    expect(served?.identity?.scopes).toEqual(["openid", "profile", "email"])
    expect(served?.headers.has("cookie")).toBe(false)
  })

  it("sends its secret in the form, or none, as the config says", async () => {
    await logIn(shop(provider, { clientAuth: "post" }).visitor(), provider)
    expect(provider.asked[0]).toMatchObject({
      form: { client_id: "shop", client_secret: "s+e c:ret" },
      authorization: null,
    })
    const open = site({ oidc: { issuer: provider.url, clientId: "shop", session: { secret } } })
    await logIn(open.visitor(), provider)
    expect(provider.asked[1]).toMatchObject({ form: { client_id: "shop" }, authorization: null })
    expect(provider.asked[1]?.form).not.toHaveProperty("client_secret")
  })

  it("reads roles, plan and tenant where the config says, and what the userinfo endpoint adds", async () => {
    provider.claims = { realm_access: { roles: ["buyer"] }, org: "acme" }
    provider.userinfo = { sub: "ada", level: "gold" }
    provider.answer = { scope: "openid orders" }
    const options = { roles: "realm_access.roles", tenant: "org", plan: "level", userinfo: true }
    const visitor = shop(provider, options).visitor()
    await logIn(visitor, provider)
    expect((await visitor.visit()).served?.identity).toMatchObject({
      roles: ["buyer"],
      tenant: "acme",
      plan: "gold",
      scopes: ["openid", "orders"],
    })
  })

  it("leads on by a page where a cookie is strict, since it would not be sent with a redirect", async () => {
    const visitor = shop(provider, {}, tools(), { sameSite: "strict" }).visitor()
    const { status, reply } = await logIn(visitor, provider, '/cart?a="b"&c')
    expect(status).toBe(200)
    expect(String(reply.body)).toContain('content="0;url=/cart?a=')
    expect(String(reply.body)).not.toContain('"b"')
    expect(await who(visitor)).toBe("ada")
  })

  const begin = async (given?: TestTools) => {
    const visitor = shop(provider, {}, given).visitor()
    const { location } = await visitor.visit({ headers: page })
    const second = shop(provider, {}, given).visitor()
    await second.visit({ headers: page })
    const [other = ""] = second.jar.values()
    return { visitor, location, back: allowed(location, provider), other }
  }

  it.each<[string, (begun: Awaited<ReturnType<typeof begin>>) => string]>([
    ["without a state", ({ back }) => back.replace(/&?state=[^&]*/, "")],
    [
      "with another state",
      ({ back }) => back.replace(/state=./, (found) => (found.endsWith("A") ? "state=B" : "state=A")),
    ],
    ["with two states", ({ back }) => `${back}&state=x`],
    ["with two codes", ({ back }) => `${back}&code=x`],
    ["without a code", ({ back }) => back.replace(/code=[^&]*&/, "")],
    ["from another browser", ({ back, visitor }) => (visitor.jar.clear(), back)],
    [
      "with the cookie of another login",
      ({ back, visitor, other }) => {
        for (const name of visitor.jar.keys()) visitor.jar.set(name, other)
        return back
      },
    ],
    ["after more than ten minutes", ({ back }) => (later(600_001), back)],
    ["from another issuer", ({ back }) => `${back}&iss=https%3A%2F%2Fevil.example`],
    ["from nobody, where the provider always says who it is", ({ back }) => back],
    ["that tells of an error", ({ location }) => allowed(location, provider, { error: "access_denied" })],
    [
      "that tells of an error in strange letters",
      ({ location }) => allowed(location, provider, { error: "<b>\u202e" }),
    ],
  ])("refuses an answer %s", async (what, change) => {
    if (what.includes("always")) provider.description = { authorization_response_iss_parameter_supported: true }
    const given = tools()
    const begun = await begin(given)
    const { status, code, reply } = await begun.visitor.visit({ path: change(begun) })
    expect([status, code]).toEqual([400, "login_failed"])
    expect(String(reply.body)).not.toContain("<b>")
    expect(begun.visitor.jar.has("oidc")).toBe(false)
    expect(provider.asked).toEqual([])
  })

  it("takes an answer once, whatever cookies come with it, in any process", async () => {
    const given = tools()
    const { visitor, back } = await begin(given)
    const copy = visitor.copy()
    const far = shop(provider, {}, another(given)).visitor(visitor.jar)
    expect((await visitor.visit({ path: back })).status).toBe(303)
    for (const other of [visitor, copy, far]) expect((await other.visit({ path: back })).code).toBe("login_failed")
    expect(provider.asked).toHaveLength(1)
  })

  it("completes nothing for those who only look ahead", async () => {
    const { visitor, back } = await begin()
    expect((await visitor.visit({ method: "HEAD", path: back })).status).toBe(400)
    expect((await visitor.visit({ path: back })).status).toBe(303)
  })

  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url")

  it.each<[string, () => void]>([
    ["another nonce", () => (provider.claims = { nonce: "x".repeat(43) })],
    ["no nonce", () => (provider.claims = { nonce: undefined })],
    ["another issuer", () => (provider.claims = { iss: "https://evil.example" })],
    ["another audience", () => (provider.claims = { aud: "other" })],
    ["several audiences and no client", () => (provider.claims = { aud: ["shop", "other"] })],
    ["another client", () => (provider.claims = { azp: "other" })],
    ["an end in the past", () => (provider.claims = { exp: Math.floor(Date.now() / 1000) - 6 })],
    ["no end", () => (provider.claims = { exp: undefined })],
    ["no beginning", () => (provider.claims = { iat: undefined })],
    ["a beginning in the future", () => (provider.claims = { iat: Math.floor(Date.now() / 1000) + 60 })],
    ["no subject", () => (provider.claims = { sub: undefined })],
    ["no signature", () => (provider.sign = (claims) => `${part({ alg: "none" })}.${part(claims)}.`)],
    [
      "a signature with the secret that is shared",
      () =>
        (provider.sign = (claims) => {
          const said = `${part({ alg: "HS256" })}.${part(claims)}`
          return `${said}.${new Bun.CryptoHasher("sha256", "s+e c:ret").update(said).digest("base64url")}`
        }),
    ],
    ["a form that is no token", () => (provider.sign = () => "token")],
  ])("refuses an ID token with %s, and tells only the log why", async (_, wrong) => {
    wrong()
    const given = tools()
    const { visitor, back } = await begin(given)
    const { status, code, reply } = await visitor.visit({ path: back })
    expect([status, code]).toEqual([400, "login_failed"])
    expect(JSON.parse(String(reply.body)).detail).toBe("What the provider has sent does not hold.")
    expect(given.logged).toHaveLength(1)
    expect([...visitor.jar]).toEqual([])
  })

  it.each<[string, () => void]>([
    ["no ID token", () => (provider.answer = { id_token: undefined })],
    ["a token of another kind", () => (provider.answer = { token_type: "mac" })],
    ["no tokens", () => (provider.status = 400)],
    ["userinfo of somebody else", () => (provider.userinfo = { sub: "eve" })],
  ])("refuses %s", async (_, wrong) => {
    wrong()
    const visitor = shop(provider, { userinfo: provider.userinfo["sub"] !== undefined }).visitor()
    expect((await logIn(visitor, provider)).code).toBe("login_failed")
  })

  it("answers 503 when the provider is gone in between", async () => {
    const { visitor, back } = await begin()
    provider.away = true
    expect((await visitor.visit({ path: back })).status).toBe(503)
  })
})
