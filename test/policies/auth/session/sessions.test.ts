import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { another } from "../visiting.ts"
import { logIn, secret, shop, who } from "./shop.ts"

const minutes = 60_000

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2030, 0, 1) }))
afterEach(() => void vi.useRealTimers())

const later = (length: number): void => void vi.setSystemTime(Date.now() + length)

describe.each(["cookie", "store"])("session() kept in the %s", (keep) => {
  it("knows whoever a service says has logged in, and tells nobody else how", async () => {
    const visitor = shop({ keep }).visitor()
    expect(await who(visitor)).toBeUndefined()
    const { reply, set } = await logIn(visitor)
    expect(reply.headers.has("x-session")).toBe(false)
    expect(set).toEqual([expect.stringMatching(/^session=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax$/)])
    expect((await visitor.visit({ path: "/cart" })).served?.identity).toMatchObject({
      scheme: "session",
      subject: "ada",
      roles: ["buyer"],
      scopes: ["read", "write"],
    })
  })

  it("has claims with letters of all alphabets", async () => {
    const visitor = shop({ keep }).visitor()
    const said = Buffer.from(JSON.stringify({ sub: "Žofie", name: "日本" })).toString("latin1")
    await visitor.visit({ path: `/login?${encodeURIComponent(said)}` })
    expect((await visitor.visit()).served?.identity).toMatchObject({ subject: "Žofie", claims: { name: "日本" } })
  })

  it("keeps its cookie from the service, and leaves the others", async () => {
    const visitor = shop({ keep }).visitor()
    await logIn(visitor)
    visitor.jar.set("theme", "dark")
    expect((await visitor.visit()).served?.headers.get("cookie")).toBe("theme=dark")
  })

  it("has a new id after each login, whatever the browser had before", async () => {
    const { visitor: come } = shop({ keep })
    const [visitor, other] = [come(), come()]
    await logIn(visitor)
    const planted = visitor.jar.get("session") ?? ""
    other.jar.set("session", planted)
    await logIn(other, { sub: "eve" })
    expect(other.jar.get("session")).not.toBe(planted)
    expect(await who(other)).toBe("eve")
    // The one that was there before is over.
    expect(await who(visitor)).toBeUndefined()
  })

  it("ends when the service says so", async () => {
    const visitor = shop({ keep }).visitor()
    await logIn(visitor)
    const copy = visitor.copy()
    await visitor.visit({ path: "/login?none" })
    expect([...visitor.jar]).toEqual([])
    expect(await who(copy)).toBeUndefined()
  })

  it("ends at the logout, for copies of its cookie too", async () => {
    const visitor = shop({ keep }).visitor()
    await logIn(visitor)
    const copy = visitor.copy()
    const { status, location } = await visitor.visit({ method: "POST", path: "/logout" })
    expect([status, location]).toEqual([303, "/"])
    expect([...visitor.jar]).toEqual([])
    expect(await who(copy)).toBeUndefined()
  })

  it("ends in another process that shares the store within ten seconds", async () => {
    const one = shop({ keep })
    const other = shop({ keep }, another(one.tools))
    const visitor = one.visitor()
    await logIn(visitor)
    const copy = other.visitor(visitor.jar)
    expect(await who(copy)).toBe("ada")
    await visitor.visit({ method: "POST", path: "/logout" })
    later(10_000)
    expect(await who(copy)).toBeUndefined()
  })

  it("ends after a while without requests, and goes on with them", async () => {
    const visitor = shop({ keep, idle: "30m", lifetime: "8h" }).visitor()
    await logIn(visitor)
    for (let times = 0; times < 5; times++) {
      later(29 * minutes)
      expect(await who(visitor)).toBe("ada")
    }
    later(30 * minutes)
    expect(await who(visitor)).toBeUndefined()
  })

  it("ends after its lifetime, whatever happens", async () => {
    const visitor = shop({ keep, idle: "30m", lifetime: "1h" }).visitor()
    await logIn(visitor)
    for (const wait of [20, 20, 19]) {
      later(wait * minutes)
      expect(await who(visitor)).toBe("ada")
    }
    later(minutes)
    expect(await who(visitor)).toBeUndefined()
  })

  it("outlives the browser only where it is to be remembered", async () => {
    const visitor = shop({ keep, remember: true, idle: "30m" }).visitor()
    expect((await logIn(visitor)).set[0]).toContain("; Max-Age=1800;")
  })

  it("goes on with a new secret as long as the old one is listed, and no longer", async () => {
    const first = shop({ keep })
    const visitor = first.visitor()
    await logIn(visitor)
    const newer = "another secret that is long enough for sessions"
    const both = shop({ keep, secret: [newer, secret] }, another(first.tools))
    expect(await who(both.visitor(visitor.jar))).toBe("ada")
    const anew = both.visitor()
    await logIn(anew, { sub: "eve" })
    const only = shop({ keep, secret: newer }, another(first.tools))
    expect(await who(only.visitor(anew.jar))).toBe("eve")
    expect(await who(only.visitor(visitor.jar))).toBeUndefined()
  })

  it("is not found under any other text than its own", async () => {
    const { visitor: come } = shop({ keep })
    const visitor = come()
    await logIn(visitor)
    const text = visitor.jar.get("session") ?? ""
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.constantFrom(..."Aw_-9.~"), async (at, letter) => {
        const changed = text.slice(0, at) + letter + text.slice(at + 1)
        const found = await who(come(new Map([["session", changed]])))
        expect(found).toBe(changed === text ? "ada" : undefined)
      }),
      { numRuns: 300 },
    )
  })

  it("is not found under a text that means the same bytes", async () => {
    const { visitor: come } = shop({ keep })
    const visitor = come()
    await logIn(visitor)
    const text = visitor.jar.get("session") ?? ""
    // The last letter has bits in it that no byte needs.
    for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
      if (text.endsWith(letter)) continue
      expect(await who(come(new Map([["session", text.slice(0, -1) + letter]])))).toBeUndefined()
    }
  })

  it("takes any bytes for a cookie without failing", async () => {
    const { visitor: come } = shop({ keep })
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: "binary-ascii" }).filter((text) => !/[\r\n\0]/.test(text)),
        async (text) => {
          const { status, served } = await come(new Map([["session", text]])).visit()
          expect([status, served?.identity]).toEqual([200, undefined])
        },
      ),
      { numRuns: 500 },
    )
  })

  it("is for https only there, and not to be planted from elsewhere", async () => {
    const { visitor: come } = shop({ keep })
    const visitor = come()
    const { set } = await visitor.visit({ scheme: "https", path: `/login?${encodeURIComponent('{"sub":"ada"}')}` })
    expect(set).toEqual([expect.stringMatching(/^__Host-session=\S+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)])
    const planted = come(new Map([["session", visitor.jar.get("__Host-session") ?? ""]]))
    expect((await planted.visit({ scheme: "https" })).served?.identity).toBeUndefined()
    expect((await visitor.visit({ scheme: "https" })).served?.identity?.subject).toBe("ada")
  })

  it("is shared by the hosts of a domain where the config says so", async () => {
    const visitor = shop({ keep, domain: "shop.example", secure: true, sameSite: "strict" }).visitor()
    const { set } = await logIn(visitor)
    expect(set[0]).toMatch(/^__Secure-session=\S+; Path=\/; Domain=shop\.example; HttpOnly; Secure; SameSite=Strict$/)
    expect(await who(visitor)).toBe("ada")
  })

  it("is of no use to pages of other origins", async () => {
    const visitor = shop({ keep, origins: ["https://admin.example"] }).visitor()
    await logIn(visitor)
    const sent = async (headers: Record<string, string>, method = "POST") =>
      (await visitor.visit({ method, path: "/cart", headers })).status
    expect(await sent({ origin: "https://evil.example", "sec-fetch-site": "cross-site" })).toBe(403)
    expect(await sent({ origin: "https://evil.example" })).toBe(403)
    expect(await sent({ origin: "null" })).toBe(403)
    expect(await sent({ "sec-fetch-site": "same-site" })).toBe(403)
    expect(await sent({ "sec-fetch-site": "cross-site" }, "GET")).toBe(200)
    expect(await sent({ origin: "https://admin.example", "sec-fetch-site": "cross-site" })).toBe(200)
    expect(await sent({ origin: "http://shop.example", "sec-fetch-site": "same-origin" })).toBe(200)
    expect(await sent({})).toBe(200)
    expect((await visitor.visit({ path: "/logout", headers: { "sec-fetch-site": "cross-site" } })).status).toBe(403)
    expect(await who(visitor)).toBe("ada")
  })

  it("is not begun by pages of other origins, which would log visitors in as somebody else", async () => {
    const visitor = shop({ keep }).visitor()
    const path = `/login?${encodeURIComponent('{"sub":"eve"}')}`
    const { status } = await visitor.visit({ method: "POST", path, headers: { origin: "https://evil.example" } })
    expect([status, visitor.jar.size]).toEqual([403, 0])
  })
})
