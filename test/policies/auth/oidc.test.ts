import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { allowed, type Issuer, issuer } from "./oidc/issuer.ts"
import { secret, shop } from "./oidc/shop.ts"
import { page, site } from "./visiting.ts"

let provider: Issuer

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2030, 0, 1) })
  provider = issuer()
})
afterEach(() => {
  provider[Symbol.dispose]()
  vi.useRealTimers()
})

describe("oidc() when nobody has logged in", () => {
  it("sends a page to the provider with all that makes a login safe", async () => {
    const { visitor } = shop(provider, { scopes: ["email"], params: { prompt: "login" } })
    const { status, location, set, reply } = await visitor().visit({ path: "/cart?x=1", headers: page })
    const url = new URL(location)
    expect([status, url.origin + url.pathname]).toEqual([303, `${provider.url}/authorize`])
    expect(reply.headers.get("cache-control")).toBe("no-store")
    expect(Object.fromEntries(url.searchParams)).toEqual({
      prompt: "login",
      response_type: "code",
      client_id: "shop",
      redirect_uri: "http://shop.example/oauth/callback",
      scope: "openid email",
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: "S256",
    })
    expect(set).toEqual([expect.stringMatching(/^oidc-login\.\d+=\S+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/)])
  })

  it.each([
    ["a navigation", {}, page, 303],
    ["a frame", {}, { ...page, "sec-fetch-dest": "iframe" }, 303],
    ["an old browser", {}, { accept: "text/html" }, 303],
    ["a script that asks for a page", {}, { accept: "text/html", "sec-fetch-mode": "cors" }, 401],
    ["a script of an old browser", {}, { accept: "text/html", "x-requested-with": "XMLHttpRequest" }, 401],
    ["a program", {}, {}, 401],
    ["a form that is sent", { method: "POST" }, page, 401],
    ["a look ahead", { method: "HEAD" }, page, 401],
  ])("answers %s so that it can follow", async (_, asked, headers, status) => {
    expect(
      (
        await shop(provider)
          .visitor()
          .visit({ ...asked, headers })
      ).status,
    ).toBe(status)
  })

  it("redirects nobody where the config says so", async () => {
    const answer = await shop(provider, { redirect: "nobody" }).visitor().visit({ headers: page })
    expect([answer.status, answer.reply.headers.get("www-authenticate")]).toEqual([401, 'Cookie cookie-name="oidc"'])
  })

  it("uses the origin and the callback that the config says", async () => {
    const options = { origin: "https://www.shop.example", callback: "/auth/back" }
    const { location, set } = await shop(provider, options).visitor().visit({ headers: page })
    expect(set[0]).toMatch(/^__Host-oidc-login\.\d+=.*; Secure/)
    expect(new URL(location).searchParams.get("redirect_uri")).toBe("https://www.shop.example/auth/back")
  })

  it("keeps its cookies from the service where the route is open to everybody", async () => {
    const { visitor } = site({
      anonymous: true,
      oidc: { issuer: provider.url, clientId: "shop", session: { secret }, login: "/login" },
    })
    const one = visitor()
    expect((await one.visit({ path: "/login?to=/cart" })).status).toBe(303)
    const { served } = await one.visit()
    expect([served?.identity, one.jar.size]).toEqual([undefined, 1])
  })

  it("forgets logins that nobody completed before they make requests too large", async () => {
    const visitor = shop(provider).visitor()
    for (let times = 0; times < 40; times++) await visitor.visit({ headers: page })
    expect(visitor.jar.size).toBeLessThanOrEqual(6)
  })

  it("asks for the description of the provider once, for many at once too", async () => {
    const visitor = shop(provider).visitor()
    await Promise.all(Array.from({ length: 5 }, () => visitor.copy().visit({ headers: page })))
    await visitor.visit({ headers: page })
    expect(provider.count("/.well-known/openid-configuration")).toBe(1)
  })

  it.each([
    ["is away", () => void (provider.away = true)],
    ["describes itself as another one", () => void (provider.description = { issuer: "http://127.0.0.1:1" })],
    ["has no token endpoint", () => void (provider.description = { token_endpoint: undefined })],
    ["would have secrets sent over http", () => void (provider.description = { token_endpoint: "http://id.example/" })],
  ])("answers 503 while the provider %s", async (_, wrong) => {
    wrong()
    const { status, code, reply, set } = await shop(provider).visitor().visit({ headers: page })
    expect([status, code, reply.headers.get("retry-after"), set]).toEqual([503, "unavailable", "5", []])
  })
})

describe("oidc() at the path that begins a login", () => {
  it("leads back to a path of this origin only", async () => {
    const visitor = shop(provider, { login: "/login" }).visitor()
    const { location } = await visitor.visit({ path: "/login?to=%2Fcart%3Fx%3D1" })
    expect((await visitor.visit({ path: allowed(location, provider) })).location).toBe("/cart?x=1")
    expect((await visitor.visit({ path: "/login?to=https%3A%2F%2Fevil.example" })).code).toBe("login_failed")
  })
})
