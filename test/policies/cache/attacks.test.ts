import { describe, expect, it } from "vitest"

import { identity } from "../../../src/core/identity.ts"
import { Kept } from "../../../src/core/kept.ts"
import { type Asked, exchange } from "../../support/exchange.ts"
import { cached, type Service, stoppedClock } from "./cached.ts"

stoppedClock()

const kept = { "cache-control": "max-age=60" }

/** A service that puts into its answer what it was sent under this name. */
const reflecting =
  (name: string): Service =>
  ({ headers }) => ({ headers: kept, body: `<a href="//${headers.get(name) ?? "shop.example"}">` })

/** One asks, then another: what the second one gets. */
async function victim(
  service: Service,
  attack: Asked,
  ask: Asked = {},
  options: unknown = true,
): Promise<{ text: string; story: string; status: number }> {
  const { get } = cached(service, options)
  await get(attack)
  return get(ask)
}

const as = (subject: string, path = "/me") => {
  const one = exchange({ path })
  one.identity = identity({ scheme: "jwt", subject })
  return one
}

const byWho: Service = (one) => ({
  headers: kept,
  body: `for ${one.identity?.subject ?? one.headers.get("authorization") ?? one.headers.get("cookie") ?? "nobody"}`,
})

describe("a cache under attack", () => {
  it.each([
    "x-http-method-override",
    "x-original-url",
    "x-rewrite-url",
    "x-host",
    "x-forwarded-scheme",
    "x-forwarded-server",
  ])("does not keep what a service makes of %s: it does not get that header", async (name) => {
    const { text } = await victim(reflecting(name), { headers: { [name]: "evil.example" } })
    expect(text).toBe('<a href="//shop.example">')
  })

  it("keeps answers to different hosts apart: a poisoned host poisons itself", async () => {
    const service: Service = ({ host }) => ({ headers: kept, body: host })
    expect((await victim(service, { host: "evil.example" })).text).toBe("shop.example")
    expect((await victim(service, { host: "SHOP.example" })).story).toBe("hit; ttl=60")
  })

  it("keeps answers to http and https apart", async () => {
    const service: Service = ({ scheme }) => ({ headers: kept, body: scheme })
    expect((await victim(service, { scheme: "http" }, { scheme: "https" })).text).toBe("https")
  })

  it("keeps no answer to a GET with a body", async () => {
    const service: Service = ({ body }) => ({ headers: kept, body: body ? "poisoned" : "fine" })
    expect((await victim(service, { body: "evil=1" })).text).toBe("fine")
  })

  it("gives no kept answer to a GET with a body either", async () => {
    const service: Service = (_, count) => ({ headers: kept, body: String(count) })
    expect(await victim(service, {}, { body: "x" })).toMatchObject({ text: "2", story: "fwd=bypass" })
  })

  it("keeps nothing because of how a path ends: /account/x.css is as private as /account", async () => {
    const service: Service = () => ({ body: "the account" })
    expect((await victim(service, { path: "/account/x.css" }, { path: "/account/x.css" })).story).toMatch(/^fwd=/)
  })

  it("gives the account that was lured to /account/x.css to nobody else, even where it may be kept", async () => {
    const { get } = cached(byWho, { ttl: "1h" })
    expect((await get(as("ann", "/account/x.css"))).text).toBe("for ann")
    expect((await get({ path: "/account/x.css" })).text).toBe("for nobody")
    expect((await get(as("eve", "/account/x.css"))).text).toBe("for eve")
  })

  it("keeps paths apart that mean the same to some: encoded letters, dots, slashes", async () => {
    const service: Service = ({ rawPath }) => ({ headers: kept, body: rawPath })
    for (const path of ["/%61", "/a%2fb", "/a//b", "/a;x", "/a%3f", "/A"])
      for (const other of ["/a", "/a/b", "/a?"])
        expect((await victim(service, { path }, { path: other })).text).toBe(other.replace("?", ""))
  })

  it("does not let a parameter hide in one that does not count (parameter cloaking)", async () => {
    const service: Service = ({ search }) => ({
      headers: kept,
      body: new URLSearchParams(search.replaceAll(";", "&")).get("callback") ?? "fine",
    })
    const options = { key: { query: { exclude: ["utm_*"] } } }
    const attack = { path: "/?utm_content=1;callback=evil" }
    expect((await victim(service, attack, { path: "/" }, options)).text).toBe("fine")
    expect((await victim(service, { path: "/?utm%5fcontent=1;callback=evil" }, { path: "/" }, options)).text).toBe(
      "fine",
    )
  })

  it("does not let a parameter that does not count change the answer: the service does not get it", async () => {
    const service: Service = ({ search }) => ({ headers: kept, body: search })
    const options = { key: { query: { include: ["id"] } } }
    expect((await victim(service, { path: "/?id=1&lang=evil" }, { path: "/?id=1" }, options)).text).toBe("?id=1")
  })

  it("takes the second of two parameters of one name for another request", async () => {
    const service: Service = ({ search }) => ({ headers: kept, body: search })
    expect((await victim(service, { path: "/?a=1&a=evil" }, { path: "/?a=1" })).text).toBe("?a=1")
  })

  it.each([400, 401, 403, 404, 407, 413, 429, 431, 500, 502, 503])(
    "keeps no %d that an oversized or broken header provokes, though `ttl` says how long",
    async (status) => {
      const service: Service = ({ headers }) => (headers.has("x-huge") ? { status } : { headers: kept, body: "fine" })
      const attack = { headers: { "x-huge": "x".repeat(9000) } }
      expect((await victim(service, attack, {}, { ttl: "1h", default: undefined })).text).toBe("fine")
      expect((await victim(service, attack)).text).toBe("fine")
    },
  )

  it("keeps no 401 and no 407, whatever the service says", async () => {
    for (const status of [401, 407]) {
      const service: Service = (_, count) => (count === 1 ? { status, headers: kept } : "fine")
      expect((await victim(service, {})).text).toBe("fine")
    }
  })

  it.each(["*", "*, *", "accept, *", ", *"])("keeps nothing with Vary: %s", async (vary) => {
    const service: Service = (_, count) => ({ headers: { ...kept, vary }, body: String(count) })
    expect((await victim(service, {})).text).toBe("2")
  })

  it("keeps no answer that sets a cookie, even with `ttl`", async () => {
    const service: Service = (_, count) => ({
      headers: { ...kept, "set-cookie": `session=${count}` },
      body: `${count}`,
    })
    expect((await victim(service, {})).text).toBe("2")
    expect((await victim(service, {}, {}, { ttl: "1h" })).text).toBe("2")
  })

  it("gives cookies to others only where the config says so", async () => {
    const service: Service = () => ({ headers: { ...kept, "set-cookie": "seen=1" } })
    expect((await victim(service, {}, {}, { setCookie: true })).story).toBe("hit; ttl=60")
  })

  it("keeps apart those whom `auth` knows, and those whom it does not", async () => {
    const { get } = cached(byWho)
    for (const who of ["ann", "bob", "constructor", "__proto__", "ann"])
      expect((await get(as(who))).text).toBe(`for ${who}`)
    expect((await get("/me")).text).toBe("for nobody")
  })

  it("tells identities apart by scheme and issuer, not by their names alone", async () => {
    const { get } = cached((one) => ({ headers: kept, body: JSON.stringify(one.identity) }))
    const texts: string[] = []
    for (const [scheme, issuer, subject] of [
      ["jwt", "a", "b"],
      ["jwt", "a\nb", ""],
      ["basic", "a", "b"],
      ["jwt", undefined, "a b"],
    ] as const) {
      const one = exchange()
      one.identity = identity({ scheme, issuer, subject })
      texts.push((await get(one)).text)
    }
    expect(new Set(texts).size).toBe(4)
  })

  it.each(["authorization", "cookie", "x-api-key"])("keeps apart those who show another %s, or none", async (name) => {
    const service: Service = ({ headers }) => ({ headers: kept, body: headers.get(name) ?? "none" })
    const { get } = cached(service)
    for (const value of ["a", "b", "a, b"]) expect((await get({ headers: { [name]: value } })).text).toBe(value)
    expect((await get()).text).toBe("none")
  })

  it("shares nothing that an Authorization header got, unless the service says it may be (RFC 9111 section 3.5)", async () => {
    const service: Service = ({ headers, path }) => ({
      headers: { "cache-control": path === "/public" ? "public, max-age=60" : "max-age=60" },
      body: headers.get("authorization") ?? "nobody",
    })
    const mine = { headers: { authorization: "mine" } }
    expect((await victim(service, mine, {}, { shared: true })).text).toBe("nobody")
    expect((await victim(service, { ...mine, path: "/public" }, { path: "/public" }, { shared: true })).text).toBe(
      "mine",
    )
  })

  it("keeps no secret in a key", async () => {
    const { get, room } = cached(byWho, { key: { cookies: ["session"] } })
    await get({ headers: { cookie: "session=s3cret", authorization: "Bearer s3cret" } })
    const place = room.memory.place("http://shop.example/")
    expect(place?.only?.variant).toMatch(/^choice [\w-]{43}$/)
  })

  it("keeps the answers of two choices of one route apart", async () => {
    const one = new Kept()
    const first = cached(() => ({ headers: kept, body: "first" }), true, { kept: one, choice: "1" })
    const second = cached(() => ({ headers: kept, body: "second" }), true, { kept: one, choice: "2" })
    await first.get()
    expect((await second.get()).text).toBe("second")
    expect((await first.get()).text).toBe("first")
  })

  it("answers a client that asks for no parts it could not have with what there is", async () => {
    const { get } = cached(() => ({ headers: kept, body: "0123456789" }))
    await get()
    for (const range of ["bytes=0-1,3-4", "bytes=9-0", "bytes=x", "lines=1-2", "bytes=0-99999999999999999999"])
      expect(await get({ headers: { range } }), range).toMatchObject({ status: 200, text: "0123456789" })
    expect((await get({ headers: { range: "bytes=5-999" } })).text).toBe("56789")
  })

  it("takes no trailing word of a service for another directive", async () => {
    const cases = ['x="max-age=60"', "max-age=60s", "max-age='60'", "max-age=-60", "max-age=6e1", "no-store max-age=60"]
    for (const control of cases) {
      const service: Service = (_, count) => ({ headers: { "cache-control": control }, body: String(count) })
      expect((await victim(service, {})).text, control).toBe("2")
    }
  })

  it("does not let one client make others wait for a body that it does not read", async () => {
    const { send, get } = cached(() => ({ headers: kept, body: new Response("x".repeat(100_000)).body }))
    const [stalled, other] = await Promise.all([send(), get()])
    expect(other.text.length).toBe(100_000)
    await (stalled.body as ReadableStream<Uint8Array>).cancel()
  })

  it("does not let many variants of one URL take all of the room", async () => {
    const { get, room } = cached((_, count) => ({ headers: { ...kept, vary: "x-random" }, body: `${count}` }))
    room.memory.limit = 64 * 1024
    for (let at = 0; at < 500; at++) await get({ headers: { "x-random": String(at) } })
    expect(room.memory.bytes).toBeLessThanOrEqual(64 * 1024)
    expect(room.memory.entries).toBeGreaterThan(20)
  })
})

describe("identities in a cache", () => {
  it("never get each other's answers, in 100,000 requests by chance", async () => {
    // Reproducible chance.
    let state = 42
    const chance = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state % below
    }
    const nameOf = (one: Asked["headers"] | undefined, subject: string | undefined): string =>
      JSON.stringify([subject ?? null, one ?? null])
    const service: Service = async (one) => {
      if (chance(3) === 0) await undefined
      const control = ["max-age=60", "max-age=1", "no-store", "private", "no-cache", "public, s-maxage=9"][
        chance(6)
      ] as string
      const headers: Record<string, string> = { "cache-control": control, etag: '"same"' }
      if (one.headers.has("if-none-match") && chance(2) === 0) return { status: 304, headers, body: null }
      if (chance(4) === 0) headers.vary = "accept"
      const said = Object.fromEntries(
        ["authorization", "cookie"].flatMap((name) => (one.headers.has(name) ? [[name, one.headers.get(name)]] : [])),
      ) as Record<string, string>
      return { headers, body: nameOf(Object.keys(said).length > 0 ? said : undefined, one.identity?.subject) }
    }
    const { send, room } = cached(service, { staleWhileRevalidate: "5s", refreshAhead: "30s" })
    room.memory.limit = 256 * 1024
    const wrong: string[] = []
    const ask = async (): Promise<void> => {
      const kind = chance(4)
      const name = `user-${chance(25)}`
      const headers: Record<string, string> | undefined =
        kind === 1 ? { authorization: name } : kind === 2 ? { cookie: `session=${name}` } : undefined
      const one = exchange({ path: `/p${chance(12)}`, ...(headers ? { headers } : {}) })
      if (kind === 3) one.identity = identity({ scheme: "jwt", subject: name })
      const reply = await send(one)
      const text = typeof reply.body === "string" ? reply.body : new TextDecoder().decode(reply.body as Uint8Array)
      const mine = nameOf(headers, kind === 3 ? name : undefined)
      if (text !== mine) wrong.push(`${mine} got ${text}`)
    }
    for (let round = 0; round < 1000; round++) await Promise.all(Array.from({ length: 100 }, ask))
    expect(wrong.slice(0, 5)).toEqual([])
    expect(room.counts.hits).toBeGreaterThan(10_000)
    expect(room.counts.collapsed).toBeGreaterThan(100)
  }, 60_000)
})
