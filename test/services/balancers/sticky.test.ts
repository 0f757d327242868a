import { describe, expect, it, onTestFinished } from "vitest"

import { check } from "../../../src/config/check.ts"
import type { Exchange } from "../../../src/core/exchange.ts"
import { Kept } from "../../../src/core/kept.ts"
import { compile } from "../../../src/gateway/compile.ts"
import { sticky } from "../../../src/services/balancers/sticky.ts"
import { parsed, places } from "../../core/parsed.ts"
import { exchange, tools } from "../../support/exchange.ts"
import { rawUpstream } from "../../support/upstream.ts"
import { asked, built, type FakeUpstream, seeded, weighted } from "./picking.ts"

const secret = "a secret of the test"

const cookiesOf = ({ answerHeaders }: Exchange): string[] =>
  answerHeaders.flatMap(([name, value]) => (name === "set-cookie" ? [value] : []))

/** The next request of a client that was given this cookie. */
const withCookie = (line: string): Exchange =>
  exchange({ headers: { cookie: `other=1; ${line.split(";")[0] ?? ""}; last=2` } })

describe("sticky", () => {
  it("keeps a client at the upstream that it was first sent to, and says so once", () => {
    const given = weighted(1, 1, 1, 1)
    const pick = built(sticky)
    for (let client = 0; client < 40; client++) {
      const first = asked(client)
      const upstream = pick(given, first) as FakeUpstream
      upstream.pool.busy += 1
      const [cookie = "", ...more] = cookiesOf(first)
      expect(more).toEqual([])
      for (let time = 0; time < 3; time++) {
        const next = withCookie(cookie)
        expect(pick(given, next)).toBe(upstream)
        expect(next.answerHeaders).toEqual([])
      }
    }
    expect(given.map(({ pool }) => pool.busy)).toEqual([10, 10, 10, 10])
  })

  it.each([
    [{}, "http", /^bellhop-user=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/],
    [{}, "https", /^bellhop-user=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/],
    [{ sameSite: "strict", ttl: "90s" }, "http", /=[\w-]{43}; Path=\/; Max-Age=90; HttpOnly; SameSite=Strict$/],
    [{ sameSite: "none" }, "http", /; SameSite=None; Secure$/],
    [{ cookie: "at", path: "/shop", ttl: "1ms" }, "http", /^at=[\w-]{43}; Path=\/shop; Max-Age=1; HttpOnly; /],
  ] as const)("with %j over %s sets the cookie %s", (given, scheme, expected) => {
    const first = exchange({ scheme })
    built(sticky, given)(weighted(1, 1), first)
    expect(cookiesOf(first)).toEqual([expect.stringMatching(expected)])
  })

  it("does not tell the address of the upstream", () => {
    const first = asked(0)
    const { url } = built(sticky)(weighted(1, 1), first)
    const [value = ""] = /=([^;]*)/.exec(cookiesOf(first)[0] ?? "")?.slice(1) ?? []
    const plain = [url, new Bun.CryptoHasher("sha256").update(url).digest("base64url")]
    expect(plain).not.toContain(value)
    expect(Buffer.from(value, "base64url").toString("latin1")).not.toContain("10.0.0")
  })

  const marked = (made: ReturnType<typeof built>, given: FakeUpstream[]): { cookie: string; at: FakeUpstream } => {
    const first = asked(0)
    const at = made(given, first) as FakeUpstream
    return { cookie: cookiesOf(first)[0] ?? "", at }
  }

  it.each([
    ["changed", (cookie: string) => cookie.replace(/=(.)/, (_, letter) => (letter === "A" ? "=B" : "=A"))],
    ["cut short", (cookie: string) => cookie.replace(/=(.{42}).*/, "=$1")],
    ["empty", () => "bellhop-user="],
    ["of nonsense", () => "bellhop-user=__proto__"],
    ["of another name", (cookie: string) => cookie.replace("bellhop-user", "bellhop-users")],
  ])("picks anew when the cookie is %s", (_, forge) => {
    const given = weighted(1, 1)
    const pick = built(sticky)
    const { cookie, at } = marked(pick, given)
    at.pool.busy = 5
    const next = withCookie(forge(cookie))
    expect(pick(given, next)).not.toBe(at)
    expect(cookiesOf(next)).toHaveLength(1)
  })

  it("picks anew when the upstream is gone, and stays there when it comes back", () => {
    const given = weighted(1, 1, 1)
    const pick = built(sticky)
    const { cookie, at } = marked(pick, given)
    const moved = withCookie(cookie)
    const next = pick(
      given.filter((one) => one !== at),
      moved,
    )
    expect(next).not.toBe(at)
    expect(pick(given, withCookie(cookiesOf(moved)[0] ?? ""))).toBe(next)
  })

  it("sets the cookie of the try that counted, beside cookies of others", () => {
    const given = weighted(1, 1)
    const pick = built(sticky)
    const first = asked(0)
    first.answerHeaders.push(["set-cookie", "bellhop-users=x"], ["x-request-id", "1"])
    const failed = pick(given, first)
    const second = pick(
      given.filter((one) => one !== failed),
      first,
    )
    const [theirs, ours = "", ...more] = cookiesOf(first)
    expect([theirs, more]).toEqual(["bellhop-users=x", []])
    expect(pick(given, withCookie(ours))).toBe(second)
  })

  it("knows its clients again in another process only by the same secret, and those of other services never", () => {
    const given = weighted(1, 1)
    const { cookie, at } = marked(built(sticky, { secret }), given)
    at.pool.busy = 9
    const again = (service: string, options: object): boolean => {
      const copies = weighted(1, 1)
      for (const [index, one] of copies.entries()) one.pool.busy = given[index]?.pool.busy ?? 0
      const pick = built(sticky, { cookie: "bellhop-user", ...options }, { service })
      return pick(copies, withCookie(cookie)).url === at.url
    }
    expect(again("user", { secret })).toBe(true)
    expect(again("user", { secret: "another secret of the test" })).toBe(false)
    expect(again("cart", { secret })).toBe(false)
    expect(again("user", {})).toBe(false)
  })

  it("keeps its own secret over a reload", () => {
    const kept = new Kept()
    const given = weighted(1, 1)
    const { cookie, at } = marked(built(sticky, {}, { keep: kept.generation().keep }), given)
    at.pool.busy = 9
    expect(built(sticky, {}, { keep: kept.generation().keep })(given, withCookie(cookie))).toBe(at)
  })

  it("sends nobody new to an upstream without weight, but keeps those that are there", () => {
    const before = weighted(1, 1)
    const { cookie, at } = marked(built(sticky, { secret }), before)
    const drained = weighted(...before.map((one) => (one === at ? 0 : 1)))
    const pick = built(sticky, { secret }, { random: seeded(2) })
    for (let number = 0; number < 50; number++) expect(pick(drained, asked(number)).url).not.toBe(at.url)
    expect(pick(drained, withCookie(cookie)).url).toBe(at.url)
  })

  it.each([
    [{ secret: "short" }, "E204 here.secret"],
    [{ cookie: "a b" }, "E204 here.cookie"],
    [{ path: "shop" }, "E204 here.path"],
    [{ path: "/; Domain=example.com" }, "E204 here.path"],
    [{ sameSite: "Lax" }, "E204 here.sameSite"],
    [{ ttl: 5 }, "E203 here.ttl"],
    [{ name: "a" }, "E201 here.name key"],
  ])("refuses %j", (given, place) => {
    expect(places(parsed(sticky.options, given).problems)).toEqual([place])
  })

  it("leaves the cookies that the service itself sets in the answer", async () => {
    const upstreams = await Promise.all(
      [1, 2].map((number) =>
        rawUpstream(
          () => `HTTP/1.1 200 OK\r\nSet-Cookie: a=${number}\r\nSet-Cookie: b=${number}\r\nContent-Length: 0\r\n\r\n`,
        ),
      ),
    )
    onTestFinished(() => upstreams.forEach((one) => one[Symbol.dispose]()))
    const { config, problems } = check({
      services: { user: { url: upstreams.map(({ url }) => url), balance: "sticky" } },
      routes: { "/": "user" },
    })
    expect(problems).toEqual([])
    const gateway = compile(config, tools())
    const { headers } = await gateway.answer(exchange(), () => {})
    const [a = "", b = "", ours = "", ...more] = headers.all("set-cookie")
    expect(more).toEqual([])
    expect(b).toBe(a.replace("a", "b"))
    for (let time = 0; time < 5; time++) {
      const next = await gateway.answer(withCookie(ours), () => {})
      expect(next.headers.all("set-cookie")).toEqual([a, b])
    }
  })
})
