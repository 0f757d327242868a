import { describe, expect, it } from "vitest"

import type { Exchange } from "../../../src/core/exchange.ts"
import { hash } from "../../../src/services/balancers/hash.ts"
import { parsed, places } from "../../core/parsed.ts"
import type { Asked } from "../../support/exchange.ts"
import { asked, built, counted, fake, weighted } from "./picking.ts"

const keys = 10_000
const exchanges: readonly Exchange[] = Array.from({ length: keys }, (_, number) => asked(number))

describe("hash", () => {
  it.each([[[1, 1]], [[1, 1, 1]], [[1, 2, 5]], [Array<number>(10).fill(1)], [Array<number>(20).fill(1)]])(
    "moves the keys of the one that leaves and no others, whichever of %j it is, and back when it returns",
    (weights) => {
      const all = weighted(...weights)
      const pick = built(hash)
      const before = exchanges.map((one) => pick(all, one))
      let moved = 0
      for (const leaver of all) {
        const left = all.filter((one) => one !== leaver)
        for (const [index, exchange] of exchanges.entries()) {
          const after = pick(left, exchange)
          if (after === before[index]) continue
          expect(before[index]).toBe(leaver)
          moved++
        }
      }
      // Each key has moved once: when its own upstream was the one to leave. On average that is 1/N of them.
      expect(moved).toBe(keys)
      expect(exchanges.map((one) => pick(all, one))).toEqual(before)
    },
  )

  it.each([2, 3, 10, 20])("moves no more than its share when one of %i leaves", (size) => {
    const counts = counted(built(hash), weighted(...Array<number>(size).fill(1)), keys)
    const chance = Math.sqrt(((1 / size) * (1 - 1 / size)) / keys)
    for (const count of counts) expect(count / keys).toBeLessThanOrEqual(1 / size + 3 * chance)
  })

  it("moves only keys towards one that gets more weight", () => {
    const [one, other] = [weighted(1, 1, 1), weighted(1, 2, 1)]
    const pick = built(hash)
    let moved = 0
    for (const exchange of exchanges) {
      const [before, after] = [one.indexOf(pick(one, exchange) as never), other.indexOf(pick(other, exchange) as never)]
      if (before === after) continue
      expect(after).toBe(1)
      moved++
    }
    expect(Math.abs(moved / keys - (1 / 2 - 1 / 3))).toBeLessThan(0.02)
  })

  it("gives the same upstream whatever the order, in another process and after a restart", () => {
    const all = weighted(1, 3, 1, 2)
    const other = weighted(1, 3, 1, 2).reverse()
    const [pick, again] = [built(hash), built(hash)]
    for (const exchange of exchanges.slice(0, 500)) expect(again(other, exchange).url).toBe(pick(all, exchange).url)
    // What it was when this was written: other processes may be of another version.
    const urls = [..."abcdefghijklmn"].map((client) => pick(all, asked(0, { client })).url.slice(-6, -5))
    expect(urls.join("")).toBe("21222122341222")
  })

  const same: [by: unknown, one: Asked, other: Asked][] = [
    ["ip", { client: "1.2.3.4", path: "/a" }, { client: "1.2.3.4", path: "/b" }],
    ["path", { client: "1.2.3.4", path: "/a?x" }, { client: "4.3.2.1", path: "/a?y" }],
    [
      { header: "X-Tenant" },
      { client: "1", headers: { "x-tenant": "t" } },
      { client: "2", headers: { "x-tenant": "t" } },
    ],
    [
      { cookie: "s" },
      { client: "1", headers: { cookie: "a=b; s=1" } },
      { client: "2", headers: { cookie: "s=1;ss=2" } },
    ],
    [{ query: "q" }, { client: "1", path: "/a?q=7" }, { client: "2", path: "/b?p=1&q=7" }],
    [
      ({
        headers,
        query,
        client,
        params,
      }: {
        headers: Headers
        query: URLSearchParams
        client: string
        params: object
      }) => (client === "" ? undefined : `${headers.get("x-a")}${query.get("b")}${JSON.stringify(params)}`),
      { client: "1", path: "/?b=2", headers: { "x-a": "1" }, params: { id: "x%20y" } },
      { client: "2", path: "/?b=2&c", headers: { "x-a": "1" }, params: { id: "x y" } },
    ],
  ]

  it.each(same)("by %o takes the same upstream for the same", (by, one, other) => {
    const all = weighted(...Array<number>(200).fill(1))
    const pick = built(hash, { by })
    expect(pick(all, asked(0, one))).toBe(pick(all, asked(0, other)))
  })

  it.each(["path", { header: "x-user" }, { cookie: "session" }, { query: "n" }, ({ path }: { path: string }) => path])(
    "by %o takes others for others",
    (by) => {
      const all = weighted(1, 1, 1, 1)
      const pick = built(hash, { by })
      const client = "192.0.2.1"
      const taken = new Set(Array.from({ length: 100 }, (_, number) => pick(all, asked(number, { client }))))
      expect(taken.size).toBe(4)
    },
  )

  it.each([{ header: "x-none" }, { cookie: "none" }, { query: "none" }, () => undefined, () => "", () => 5])(
    "by %o goes by the client where a request has none",
    (by) => {
      const all = weighted(1, 1, 1, 1)
      const [pick, byClient] = [built(hash, { by }), built(hash, { by: "ip" })]
      for (const exchange of exchanges.slice(0, 100)) expect(pick(all, exchange)).toBe(byClient(all, exchange))
    },
  )

  it("lets a function of the config fail the exchange: another upstream could be the wrong one", () => {
    const by = (): string => {
      throw new Error("No tenant.")
    }
    expect(() => built(hash, { by })(weighted(1, 1), asked(0))).toThrow("No tenant.")
  })

  it.each([
    [{ by: "ipp" }, "E204 here.by"],
    [{ by: {} }, "E204 here.by"],
    [{ by: { body: "x" } }, "E204 here.by"],
    [{ by: { header: "a", cookie: "b" } }, "E204 here.by"],
    [{ by: { header: "a b" } }, "E204 here.by.header"],
    [{ by: { header: 5 } }, "E203 here.by.header"],
    [{ by: { cookie: "a=b" } }, "E204 here.by.cookie"],
    [{ by: { query: "" } }, "E204 here.by.query"],
    [{ by: 5 }, "E203 here.by"],
    [{ on: "ip" }, "E201 here.on key"],
  ])("refuses %j", (given, place) => {
    expect(places(parsed(hash.options, given).problems)).toEqual([place])
  })

  it("shares keys as weights say, and takes twins of one address alike", () => {
    const [a = 0, b = 0, c = 0] = counted(built(hash), weighted(1, 2, 7), keys)
    for (const [count, share] of [
      [a, 0.1],
      [b, 0.2],
      [c, 0.7],
    ] as const)
      expect(Math.abs(count / keys - share)).toBeLessThan(0.02)
    const twins = [fake("http://same"), fake("http://same")]
    expect(counted(built(hash), twins, 10)).toEqual([10, 0])
  })
})
