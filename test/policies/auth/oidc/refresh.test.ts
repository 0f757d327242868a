import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { tools } from "../../../support/exchange.ts"
import { another, page } from "../visiting.ts"
import { type Issuer, issuer } from "./issuer.ts"
import { logIn, refreshes, shop, who } from "./shop.ts"

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

describe("refreshing() of tokens that are over soon", () => {
  const minutes = 60_000

  it.each(["cookie", "store"])("renews them once for all who ask, in all processes (kept in the %s)", async (keep) => {
    const given = tools()
    const visitor = shop(provider, { passAccessToken: true }, given, { keep }).visitor()
    const far = shop(provider, { passAccessToken: true }, another(given), { keep })
    await logIn(visitor, provider)
    later(4.6 * minutes)
    const before = visitor.copy()
    const all = [
      ...Array.from({ length: 8 }, () => visitor.copy()),
      ...Array.from({ length: 8 }, () => far.visitor(visitor.jar)),
    ]
    const answers = await Promise.all(all.map((one) => one.visit()))
    expect(new Set(answers.map(({ served }) => served?.headers.get("authorization")))).toEqual(
      new Set(["Bearer access 2"]),
    )
    expect(refreshes(provider)).toEqual(["refresh 1"])
    // A request that was sent before the new cookie was there comes late.
    later(minutes)
    expect((await before.visit()).served?.headers.get("authorization")).toBe("Bearer access 2")
    later(4 * minutes)
    expect((await before.visit()).served?.headers.get("authorization")).toBe("Bearer access 3")
    expect(refreshes(provider)).toEqual(["refresh 1", "refresh 2"])
  })

  it("leaves tokens alone that hold", async () => {
    const visitor = shop(provider).visitor()
    await logIn(visitor, provider)
    later(4 * minutes)
    expect(await who(visitor)).toBe("ada")
    expect(refreshes(provider)).toEqual([])
  })

  it("goes on with the old refresh token and ID token where there are no new ones", async () => {
    const visitor = shop(provider).visitor()
    await logIn(visitor, provider)
    provider.answer = { refresh_token: undefined, id_token: undefined }
    later(5 * minutes)
    expect(await who(visitor)).toBe("ada")
    expect(refreshes(provider)).toEqual(["refresh 1"])
    provider.answer = {}
    later(5 * minutes)
    expect(await who(visitor)).toBe("ada")
    expect(refreshes(provider)).toEqual(["refresh 1", "refresh 1"])
  })

  it.each<[string, () => void]>([
    ["the provider does not want to", () => (provider.status = 400)],
    ["they are about somebody else", () => (provider.claims = { sub: "eve" })],
  ])("ends the session when %s", async (_, wrong) => {
    const visitor = shop(provider).visitor()
    await logIn(visitor, provider)
    const copy = visitor.copy()
    wrong()
    later(5 * minutes)
    expect((await visitor.visit({ headers: page })).location).toContain(`${provider.url}/authorize`)
    expect(visitor.jar.has("oidc")).toBe(false)
    expect((await copy.visit()).status).toBe(401)
    expect(refreshes(provider)).toHaveLength(1)
  })

  it("lets those in whose tokens still hold while the provider is away, and answers 503 to others", async () => {
    const visitor = shop(provider).visitor()
    await logIn(visitor, provider)
    provider.away = true
    later(4.6 * minutes)
    expect(await who(visitor)).toBe("ada")
    later(minutes)
    expect((await visitor.visit()).status).toBe(503)
    provider.away = false
    expect(await who(visitor)).toBe("ada")
  })

  it("asks for nothing where the config does not want it to", async () => {
    const visitor = shop(provider, { refresh: false }).visitor()
    await logIn(visitor, provider)
    later(20 * minutes)
    expect(await who(visitor)).toBe("ada")
    expect(refreshes(provider)).toEqual([])
  })

  it("ends the session with an access token that services get and that cannot be renewed", async () => {
    provider.answer = { refresh_token: undefined }
    const visitor = shop(provider, { passAccessToken: true }).visitor()
    await logIn(visitor, provider)
    const { served } = await visitor.visit({ headers: { authorization: "Bearer of the client" } })
    expect(served?.headers.all("authorization")).toEqual(["Bearer access 1"])
    later(5 * minutes)
    expect((await visitor.visit()).status).toBe(401)
  })
})
