import { describe, expect, it } from "vitest"

import { Kept } from "../../src/core/kept.ts"
import { problemsOf } from "../contracts/part-contract.ts"
import { exchange, failureOf, textOf } from "../support/exchange.ts"
import { type Answer, cached, later, stoppedClock } from "./cache/cached.ts"

stoppedClock()

const fresh = (seconds: number, more: Record<string, string> = {}): Record<string, string> => ({
  "cache-control": `max-age=${seconds}`,
  ...more,
})

/** A service that counts its answers. */
const counting =
  (headers: Record<string, string>, status = 200) =>
  (_: unknown, count: number): Answer => ({ status, headers, body: `answer ${count}` })

describe("cache()", () => {
  it("gives an answer away as long as it is fresh, with its age, and asks again then", async () => {
    const { get, asked } = cached(counting(fresh(10)))
    const first = await get()
    expect(first).toMatchObject({ text: "answer 1", story: "fwd=uri-miss; ttl=10; stored" })
    expect(first.headers.get("age")).toBeUndefined()
    later(9)
    const second = await get()
    expect(second).toMatchObject({ text: "answer 1", story: "hit; ttl=1" })
    expect(second.headers.get("age")).toBe("9")
    expect(second.headers.get("date")).toBe("Thu, 01 Jan 2026 00:00:00 GMT")
    later(1)
    expect(await get()).toMatchObject({ text: "answer 2", story: "fwd=stale; ttl=10; stored" })
    expect(asked.length).toBe(2)
  })

  it("answers a hit at once, without a promise", async () => {
    const { get, handle } = cached(counting(fresh(10)))
    await get()
    expect(handle(exchange())).not.toBeInstanceOf(Promise)
  })

  it("counts what the age of an answer was when it came", async () => {
    const { get } = cached(counting(fresh(100, { age: "40" })))
    await get()
    later(10)
    expect((await get()).headers.get("age")).toBe("50")
    later(50)
    expect((await get()).text).toBe("answer 2")
  })

  it("keeps nothing that the service says nothing about, unless `default` or `ttl` says how long", async () => {
    const silent = cached(counting({}))
    await silent.get()
    expect(await silent.get()).toMatchObject({ text: "answer 2", story: "fwd=uri-miss; detail=pass" })
    const standard = cached(counting({}), { default: "10s" })
    await standard.get()
    expect((await standard.get()).story).toBe("hit; ttl=10")
  })

  it("goes by `ttl` whatever the service says of freshness, but not where it says not to keep it", async () => {
    const short = cached(counting(fresh(1)), { ttl: "1m" })
    await short.get()
    later(59)
    expect((await short.get()).text).toBe("answer 1")
    for (const control of ["no-store", "private", "private, max-age=10", "no-cache"]) {
      const { get } = cached(counting({ "cache-control": control }), { ttl: "1m" })
      await get()
      expect((await get()).text, control).toBe("answer 2")
    }
    const failing = cached(counting({}, 500), { ttl: "1m" })
    await failing.get()
    expect((await failing.get()).text).toBe("answer 2")
  })

  it("goes by the field that speaks to gateways before that for everybody", async () => {
    const { get } = cached(counting({ "cache-control": "no-store", "cdn-cache-control": "max-age=60" }))
    await get()
    expect((await get()).story).toBe("hit; ttl=60")
  })

  it("keeps 404 and 410 for the time of `negative`, where the service does not say", async () => {
    const { get } = cached(counting({}, 404), { negative: { ttl: "5s" } })
    await get()
    expect(await get()).toMatchObject({ status: 404, text: "answer 1", story: "hit; ttl=5" })
    later(5)
    expect((await get()).text).toBe("answer 2")
  })

  it("guesses with `heuristic`: a tenth of the time since the last change", async () => {
    const modified = "Wed, 31 Dec 2025 23:58:20 GMT"
    const { get } = cached(counting({ "last-modified": modified }), { heuristic: true })
    await get()
    expect((await get()).story).toBe("hit; ttl=10")
  })

  it("tells answers apart by what `Vary` names, and by nothing else", async () => {
    const { get } = cached((one, count) => ({
      headers: fresh(60, { vary: "accept-language" }),
      body: `${one.headers.get("accept-language")} ${count}`,
    }))
    const ask = (language: string, other = "") => get({ headers: { "accept-language": language, "x-other": other } })
    expect((await ask("en")).text).toBe("en 1")
    expect(await ask("de")).toMatchObject({ text: "de 2", story: "fwd=vary-miss; ttl=60; stored" })
    expect((await ask("en", "else")).text).toBe("en 1")
    expect((await ask("DE")).text).toBe("de 2")
  })

  it("asks only whether a stale answer is still good, and brings its headers up to date", async () => {
    const { get, asked } = cached((one) =>
      one.headers.get("if-none-match") === '"v1"'
        ? { status: 304, headers: fresh(20, { etag: '"v1"', "x-new": "1", "content-length": "999" }), body: null }
        : { headers: fresh(10, { etag: '"v1"', "x-old": "1" }), body: "content" },
    )
    await get()
    later(11)
    const again = await get()
    expect(again).toMatchObject({ status: 200, text: "content", story: "fwd=stale; fwd-status=304; ttl=20; stored" })
    expect([again.headers.get("x-old"), again.headers.get("x-new")]).toEqual(["1", "1"])
    expect((await get()).story).toBe("hit; ttl=20")
    expect(asked.length).toBe(2)
  })

  it("fetches the whole when a 304 is about another answer than the kept one", async () => {
    const { get, asked } = cached((_, count) =>
      count === 2
        ? { status: 304, headers: { etag: '"v2"' }, body: null }
        : { headers: fresh(10, { etag: `"v${count}"` }), body: `content ${count}` },
    )
    await get()
    later(11)
    expect(await get()).toMatchObject({ status: 200, text: "content 3" })
    expect(asked.map(({ headers }) => headers.get("if-none-match"))).toEqual([undefined, '"v1"', undefined])
  })

  it("answers conditions, ranges and HEAD out of what is kept", async () => {
    const { get, send, asked } = cached(counting(fresh(60, { etag: '"v1"', "content-type": "text/plain" })))
    await get()
    const same = await get({ headers: { "if-none-match": '"v0", W/"v1"' } })
    expect([same.status, same.text, same.headers.get("etag"), same.headers.has("content-type")]).toEqual([
      304,
      "",
      '"v1"',
      false,
    ])
    expect(await get({ headers: { range: "bytes=0-1" } })).toMatchObject({ status: 206, text: "an" })
    expect((await get({ headers: { range: "bytes=-1" } })).headers.get("content-range")).toBe("bytes 7-7/8")
    expect(await get({ headers: { range: "bytes=8-" } })).toMatchObject({ status: 416, text: "" })
    expect(await get({ headers: { range: "bytes=0-1", "if-range": '"v0"' } })).toMatchObject({ status: 200 })
    expect((await send({ method: "HEAD" })).status).toBe(200)
    expect(asked.length).toBe(1)
  })

  it("fetches the whole for a client that has the content already, and tells that one that nothing changed", async () => {
    const { get, asked } = cached(counting(fresh(60, { etag: '"v1"' })))
    expect(await get({ headers: { "if-none-match": '"v1"' } })).toMatchObject({ status: 304, text: "" })
    expect(asked[0]?.headers.has("if-none-match")).toBe(false)
    expect(await get()).toMatchObject({ status: 200, text: "answer 1", story: "hit; ttl=60" })
  })

  it("does what clients say in Cache-Control, and does not with `clientDirectives: false`", async () => {
    const say = (control: string) => ({ headers: { "cache-control": control } })
    const { get, asked } = cached(counting(fresh(10)))
    await get()
    later(4)
    for (const control of ["no-cache", "max-age=3", "min-fresh=30", "no-store"]) {
      await get(say(control))
      later(4)
    }
    expect(asked.length).toBe(5)
    expect(await failureOf(() => get({ ...say("only-if-cached"), path: "/new" }))).toMatchObject({ code: "not_cached" })
    const deaf = cached(counting(fresh(10)), { clientDirectives: false })
    await deaf.get()
    for (const control of ["no-cache", "max-age=0", "no-store"])
      expect((await deaf.get(say(control))).text).toBe("answer 1")
  })

  it("gives a stale answer to a client that takes one, unless the service forbids it", async () => {
    const stale = { headers: { "cache-control": "max-stale=60" } }
    const { get } = cached(counting(fresh(10)))
    await get()
    later(20)
    expect(await get(stale)).toMatchObject({ text: "answer 1", story: "hit; ttl=-10; detail=max-stale" })
    const strict = cached(counting({ "cache-control": "max-age=10, must-revalidate" }))
    await strict.get()
    later(20)
    expect((await strict.get(stale)).text).toBe("answer 2")
  })

  it.each(["POST", "PUT", "PATCH", "DELETE", "M-SEARCH"])(
    "drops what is kept of a URL when %s changes it, and not when that fails",
    async (method) => {
      const { get } = cached(({ method: name, search }, count) => ({
        status: name === "GET" || search === "" ? 200 : 500,
        headers: name === "GET" ? fresh(60) : {},
        body: `answer ${count}`,
      }))
      await get("/a")
      await get("/a?fails")
      await get({ path: "/a?fails", method })
      expect((await get("/a?fails")).story).toBe("hit; ttl=60")
      expect((await get({ path: "/a", method })).story).toBe("fwd=method")
      expect((await get("/a")).story).toBe("fwd=uri-miss; ttl=60; stored")
    },
  )

  it("drops what is kept of the URLs that an answer says were changed, on the same origin only", async () => {
    const { get } = cached(({ method }) =>
      method === "POST"
        ? { status: 201, headers: { location: "/list/7", "content-location": "http://else.example/list" } }
        : { headers: fresh(60), body: "x" },
    )
    await get("/list/7")
    await get({ path: "/list", host: "else.example" })
    await get({ path: "/list", method: "POST" })
    expect((await get("/list/7")).story).toBe("fwd=uri-miss; ttl=60; stored")
    expect((await get({ path: "/list", host: "else.example" })).story).toBe("hit; ttl=60")
  })

  it("counts of the query what `key` says, and sends the service no more of it", async () => {
    const { get, asked } = cached(counting(fresh(60)), { key: { query: { exclude: ["utm_*", "ref"], sort: true } } })
    await get("/a?b=2&utm_source=x&a=1&r%65f=y")
    expect(asked[0]?.search).toBe("?a=1&b=2")
    expect((await get("/a?a=1&ref=z&b=2")).story).toBe("hit; ttl=60")
    const one = cached(counting(fresh(60)), { key: { query: { include: ["id"] } } })
    await one.get("/a?id=1&x=1")
    expect((await one.get("/a?y=2&id=1")).story).toBe("hit; ttl=60")
    expect((await one.get("/a?id=2")).story).toBe("fwd=uri-miss; ttl=60; stored")
    expect(one.asked[0]?.search).toBe("?id=1")
  })

  it("tells requests apart by the headers and cookies of `key`, and sends no other cookies", async () => {
    const { get, asked } = cached(counting(fresh(60)), { key: { headers: ["X-Tenant"], cookies: ["theme"] } })
    const ask = (tenant: string, cookie: string) => get({ headers: { "x-tenant": tenant, cookie } })
    await ask("a", "session=1; theme=dark")
    expect((await ask("a", "session=2; theme=dark")).story).toBe("hit; ttl=60")
    expect((await ask("b", "theme=dark")).story).toBe("fwd=vary-miss; ttl=60; stored")
    expect((await ask("a", "theme=light")).story).toBe("fwd=vary-miss; ttl=60; stored")
    expect(asked[0]?.headers.get("cookie")).toBe("theme=dark")
  })

  it("keeps answers to POST apart by their bodies, and forwards those", async () => {
    const { get } = cached(async (one, count) => ({ headers: fresh(60), body: `${await textOf(one.body)} ${count}` }), {
      methods: ["GET", "HEAD", "POST"],
      key: { body: "1kb" },
    })
    const post = (body: string, length = String(body.length)) =>
      get({ method: "POST", body, headers: { "content-length": length } })
    expect((await post("a")).text).toBe("a 1")
    expect((await post("b")).text).toBe("b 2")
    expect(await post("a")).toMatchObject({ text: "a 1", story: "hit; ttl=60" })
    expect((await post("a", "2000")).story).toBe("fwd=bypass; detail=body-too-large")
    expect((await get()).story).toBe("fwd=uri-miss; ttl=60; stored")
  })

  it("keeps what a reload left as it was, and drops the answers of a choice that was changed", async () => {
    const kept = new Kept()
    const before = cached(counting(fresh(60)), true, { kept, choice: "one" })
    await before.get()
    const same = cached(() => "not asked", true, { kept, choice: "one" })
    expect((await same.get()).text).toBe("answer 1")
    const changed = cached(() => "asked", true, { kept, choice: "two" })
    expect((await changed.get()).text).toBe("asked")
  })

  it("adds to what caches before it say of themselves", async () => {
    const { get } = cached(counting(fresh(60, { "cache-status": "inner; hit" })))
    expect((await get()).headers.get("cache-status")).toBe("inner; hit, bellhop; fwd=uri-miss; ttl=60; stored")
    expect((await get()).headers.get("cache-status")).toBe("inner; hit, bellhop; hit; ttl=60")
    const named = cached(counting(fresh(60)), { status: "X-Cache" })
    await named.get()
    expect((await named.get()).headers.get("x-cache")).toBe("bellhop; hit; ttl=60")
    const quiet = cached(counting(fresh(60)), { status: false })
    await quiet.get()
    expect((await quiet.get()).headers.has("cache-status")).toBe(false)
  })

  it.each([{ "x-bellhop-source": "mock" }, { "x-bellhop-failover": "spare" }, { "x-bellhop-complete": "false" }])(
    "keeps no stand-in, though `ttl` says how long: %j",
    async (headers) => {
      const { get } = cached(counting(headers), { ttl: "1h" })
      await get()
      expect((await get()).text).toBe("answer 2")
    },
  )

  it("does not share the lines of one answer with another", async () => {
    const { send } = cached(counting(fresh(60, { "x-a": "1" })))
    await send()
    const one = await send()
    one.headers.set("x-a", "changed")
    one.headers.delete("date")
    expect((await send()).headers.get("x-a")).toBe("1")
  })

  it("lets an answer of one kind take the place of another", async () => {
    const { get } = cached((_, count) => (count === 1 ? { headers: fresh(1), body: "old" } : { status: 410 }))
    await get()
    later(2)
    expect((await get()).status).toBe(410)
    expect((await get()).status).toBe(410)
  })
})

describe("the options of cache()", () => {
  const wrong = (options: unknown) =>
    problemsOf({ service: "cart", cache: options })
      .filter(({ code }) => code !== "E504")
      .map(({ path, message }) => `${path.slice(3).join(".")}: ${message}`)

  it.each([
    [{ ttl: "1s", default: "1s" }, "default"],
    [{ ttl: "1s", heuristic: true }, "heuristic"],
    [{ methods: ["GET", "POST"] }, "methods"],
    [{ methods: ["HEAD"] }, "methods"],
    [{ key: { body: "1kb" } }, "key.body"],
    [{ key: { query: { include: ["a"], exclude: ["b"] } } }, "key.query.exclude"],
    [{ key: { headers: ["Cookie"] } }, "key.headers"],
  ])("refuse %j, which contradicts itself", (options, where) => {
    const found = wrong(options)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(new RegExp(`^${where}: `))
  })

  it("take what is sound", () => {
    expect(wrong(true)).toEqual([])
    expect(wrong({ ttl: "30s" })).toEqual([])
    expect(wrong({ key: { headers: ["cookie"] }, shared: true })).toEqual([])
  })
})
