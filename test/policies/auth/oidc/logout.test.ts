import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { tools } from "../../../support/exchange.ts"
import { type Issuer, issuer } from "./issuer.ts"
import { logIn, shop, who } from "./shop.ts"

let provider: Issuer

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2030, 0, 1) })
  provider = issuer()
})
afterEach(() => {
  provider[Symbol.dispose]()
  vi.useRealTimers()
})

describe("oidc() at the logout", () => {
  it("ends the session, gives the refresh token back, and leads to the logout of the provider", async () => {
    const visitor = shop(provider, { afterLogout: "/bye" }).visitor()
    await logIn(visitor, provider)
    const copy = visitor.copy()
    const url = new URL((await visitor.visit({ path: "/logout" })).location)
    expect(url.origin + url.pathname).toBe(`${provider.url}/end`)
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: "shop",
      post_logout_redirect_uri: "http://shop.example/bye",
      id_token_hint: expect.stringMatching(/^ey/),
    })
    expect(provider.asked.at(-1)?.form).toMatchObject({ token: "refresh 1", token_type_hint: "refresh_token" })
    expect((await copy.visit()).status).toBe(401)
  })

  it("leads on at once where the provider has no logout, or is not to be told", async () => {
    provider.description = { end_session_endpoint: undefined }
    const visitor = shop(provider).visitor()
    await logIn(visitor, provider)
    expect((await visitor.visit({ path: "/logout" })).location).toBe("http://shop.example/")
    const quiet = shop(provider, { providerLogout: false, afterLogout: "https://shop.example/bye" }).visitor()
    await logIn(quiet, provider)
    expect((await quiet.visit({ path: "/logout" })).location).toBe("https://shop.example/bye")
    expect((await quiet.visit({ path: "/logout" })).location).toBe("https://shop.example/bye")
  })

  it("ends the session while the provider is away, and tells the log", async () => {
    const given = tools()
    const visitor = shop(provider, {}, given).visitor()
    await logIn(visitor, provider)
    provider.away = true
    expect((await visitor.visit({ path: "/logout" })).status).toBe(303)
    expect(await who(visitor)).toBeUndefined()
    expect(given.logged).toEqual([{ level: "warn", message: expect.stringContaining("it answers with 502") }])
  })

  it("is not there where the config switches it off", async () => {
    const visitor = shop(provider, { logout: false }).visitor()
    await logIn(visitor, provider)
    expect((await visitor.visit({ path: "/logout" })).served).toBeDefined()
  })
})
