import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import type { Exchange } from "../../../src/core/exchange.ts"
import { auth } from "../../../src/policies/auth.ts"
import { exchange, tools } from "../../support/exchange.ts"
import { logIn, secret, service, shop, who } from "./session/shop.ts"
import { site } from "./visiting.ts"

const minutes = 60_000

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2030, 0, 1) }))
afterEach(() => void vi.useRealTimers())

const later = (length: number): void => void vi.setSystemTime(Date.now() + length)

describe("session()", () => {
  it("is known at once while it is kept in its cookie", async () => {
    const visitor = site({ session: { secret } }, tools()).visitor()
    const begins = shop({}, tools()).visitor()
    await logIn(begins)
    visitor.jar.set("session", begins.jar.get("session") ?? "")
    expect((await visitor.visit()).atOnce).toBe(false)
    expect((await visitor.visit()).atOnce).toBe(true)
  })

  it("sets no cookie again before a tenth of its idle time is over", async () => {
    const visitor = shop({ idle: "30m" }).visitor()
    await logIn(visitor)
    later(3 * minutes - 1)
    expect((await visitor.visit()).set).toEqual([])
    later(1)
    expect((await visitor.visit()).set).toHaveLength(1)
  })

  it("is split over cookies where one would be too long, and takes them away with it", async () => {
    const visitor = shop().visitor()
    await logIn(visitor, { sub: "ada", note: "x".repeat(6000) })
    expect([...visitor.jar.keys()]).toEqual(["session", "session.1", "session.2"])
    for (const value of visitor.jar.values()) expect(value.length).toBeLessThan(4000)
    const { served } = await visitor.visit()
    expect(served?.identity?.claims["note"]).toHaveLength(6000)
    expect(served?.headers.has("cookie")).toBe(false)
    const torn = visitor.copy()
    torn.jar.delete("session.1")
    expect(await who(torn)).toBeUndefined()
    await logIn(visitor, { sub: "ada" })
    expect([...visitor.jar.keys()]).toEqual(["session"])
  })

  it("says what to do when it is too long for cookies, and lives in the store then", async () => {
    const given = tools()
    const claims = { sub: "ada", note: "x".repeat(9000) }
    expect(await logIn(shop({}, given).visitor(), claims)).toMatchObject({ status: 500 })
    expect(String(given.logged[0]?.error)).toContain('Set keep: "store"')
    const visitor = shop({ keep: "store" }).visitor()
    await logIn(visitor, claims)
    expect(await who(visitor)).toBe("ada")
  })

  it("fails where a service says something else than who has logged in", async () => {
    const given = tools()
    const visitor = shop({}, given).visitor()
    for (const said of ["{}", '{"sub":7}', "[]", "ada", '{"sub":""}'])
      expect(await visitor.visit({ path: `/login?${encodeURIComponent(said)}` })).toMatchObject({
        status: 500,
        set: [],
      })
    expect(given.logged).toHaveLength(5)
  })

  it("lets only routes with begin begin sessions", async () => {
    const visitor = site({ anonymous: true, session: { secret } }, tools(), service).visitor()
    const { set } = await logIn(visitor)
    expect(set).toEqual([])
  })

  it("is not taken for one of another cookie, though the secret is the same", async () => {
    const visitor = shop().visitor()
    await logIn(visitor)
    const other = shop({ cookie: "other" }).visitor(new Map([["other", visitor.jar.get("session") ?? ""]]))
    expect(await who(other)).toBeUndefined()
  })

  it("leaves nothing in the store that could be read or used, and looks up signed ids only", async () => {
    const given = tools()
    const visitor = shop({ keep: "store" }, given).visitor()
    await logIn(visitor)
    const kept = await given.store.list("")
    const id = visitor.jar.get("session")?.split(".")[0] ?? ""
    expect(kept).toHaveLength(1)
    for (const [key, value] of kept) expect(key + new TextDecoder().decode(value)).not.toMatch(new RegExp(`ada|${id}`))
    const get = vi.spyOn(given.store, "get")
    const [sound = "", mark = ""] = visitor.jar.get("session")?.split(".") ?? []
    visitor.jar.set("session", `${sound}.${mark.slice(1)}`)
    expect(await who(visitor)).toBeUndefined()
    expect(get).not.toHaveBeenCalled()
  })

  it("answers 401 without a session, in words that name the cookie", async () => {
    const { status, reply } = await site({ session: { secret, cookie: "sid" } })
      .visitor()
      .visit()
    expect([status, reply.headers.get("www-authenticate")]).toEqual([401, 'Cookie cookie-name="sid"'])
  })

  it("refuses WebSockets that pages of other origins open", async () => {
    const begins = shop().visitor()
    await logIn(begins)
    const asked = exchange({
      headers: { cookie: `session=${begins.jar.get("session")}`, origin: "https://evil.example" },
    })
    asked.websocket = {} as NonNullable<Exchange["websocket"]>
    const handle = auth.create(
      auth.options.parse({ session: { secret } }, [], () => {}),
      tools(),
    )(service)
    await expect(handle(asked)).rejects.toMatchObject({ status: 403 })
    asked.settled()
  })
})
