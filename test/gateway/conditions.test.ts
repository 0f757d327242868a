import { describe, expect, it, vi } from "vitest"

import { parseRoute, type When } from "../../src/config/route.ts"
import { condition } from "../../src/gateway/conditions.ts"
import { type Asked, exchange } from "../support/exchange.ts"

/** A condition as a config writes it. */
function when(given: object): When {
  const problems: string[] = []
  const [choice] = parseRoute({ service: "cart", when: given }, [], ({ message }) => void problems.push(message))
  if (!choice?.when || problems.length > 0) throw new Error(problems.join(" "))
  return choice.when
}

const takes = (given: object, asked: Asked): boolean | undefined => condition(when(given))?.(exchange(asked))

describe("condition()", () => {
  it("is none where the config says nothing", () => {
    expect(condition(undefined)).toBeUndefined()
  })

  it.each([
    [{ header: { "X-Beta": "1" } }, { headers: { "x-beta": "1" } }, true],
    [{ header: { "x-beta": "1" } }, { headers: { "x-beta": "2" } }, false],
    [{ header: { "x-beta": "1" } }, {}, false],
    [{ header: { "x-beta": true } }, { headers: { "x-beta": "" } }, true],
    [{ header: { "x-beta": true } }, { headers: { "x-alpha": "1" } }, false],
    [{ header: { "x-a": "1", "x-b": "2" } }, { headers: { "x-a": "1" } }, false],
    [{ header: { "x-a": "1", "x-b": "2" } }, { headers: { "x-a": "1", "x-b": "2" } }, true],
    [{ query: { v: "2" } }, { path: "/?v=2" }, true],
    [{ query: { v: "2" } }, { path: "/?v=1&v=2" }, true],
    [{ query: { v: "2" } }, { path: "/?V=2" }, false],
    [{ query: { v: "a b" } }, { path: "/?v=a%20b" }, true],
    [{ query: { v: true } }, { path: "/?v" }, true],
    [{ query: { v: true } }, { path: "/" }, false],
    [{ query: { constructor: true } }, { path: "/" }, false],
    [{ cookie: { beta: "1" } }, { headers: { cookie: "a=b; beta=1" } }, true],
    [{ cookie: { beta: "1" } }, { headers: { cookie: "beta=11" } }, false],
    [{ cookie: { beta: true } }, { headers: { cookie: "beta=" } }, true],
    [{ cookie: { beta: true } }, {}, false],
    [{ cookie: { beta: "a b" } }, { headers: { cookie: "beta=a%20b" } }, true],
    [{ cookie: { toString: true } }, { headers: { cookie: "a=b" } }, false],
    [{ header: { "x-a": "1" }, query: { v: "2" } }, { path: "/?v=2", headers: { "x-a": "1" } }, true],
    [{ header: { "x-a": "1" }, query: { v: "2" } }, { path: "/?v=2" }, false],
    [{}, {}, true],
  ])("%j of %j is %s", (given, asked, expected) => {
    expect(takes(given, asked)).toBe(expected)
  })

  it("looks at every header line of the name", () => {
    const headers = [
      ["x-a", "1"],
      ["x-a", "2"],
    ] as const
    expect(takes({ header: { "x-a": "2" } }, { headers })).toBe(true)
  })

  it("looks at every cookie line, as HTTP/2 sends them", () => {
    const headers = [
      ["cookie", "a=1"],
      ["cookie", "beta=1"],
    ] as const
    expect(takes({ cookie: { beta: "1" } }, { headers })).toBe(true)
  })

  it.each(["beta=%zz", "=", ";;;", "beta", "\u00ff=%ff", "beta=%c3; beta=1"])(
    "has no trouble with the cookie %j",
    (cookie) => {
      expect(takes({ cookie: { other: true } }, { headers: { cookie } })).toBe(false)
    },
  )

  it("takes a share by weight", () => {
    const shares: [number, boolean][] = [
      [0, true],
      [0.2499, true],
      [0.25, false],
      [0.999, false],
    ]
    for (const [drawn, expected] of shares)
      expect(condition(when({ weight: 25 }), 0, () => drawn)?.(exchange()), String(drawn)).toBe(expected)
  })

  it("takes a share of clients that stay together: by a cookie, a header, a query parameter, the path or an address", () => {
    const asked = (name: string, value: string): Asked =>
      ({
        ip: { client: value },
        path: { path: `/${value}` },
        header: { headers: { "x-tenant": value } },
        cookie: { headers: { cookie: `session=${value}` } },
        query: { path: `/?id=${value}` },
      })[name] ?? {}
    const bys = {
      ip: "ip",
      path: "path",
      header: { header: "X-Tenant" },
      cookie: { cookie: "session" },
      query: { query: "id" },
    }
    for (const [name, by] of Object.entries(bys)) {
      const takes = condition(when({ weight: { share: 30, by } }))
      const taken = Array.from({ length: 1000 }, (_, index) => takes?.(exchange(asked(name, `k${index}`))))
      const again = Array.from({ length: 1000 }, (_, index) => takes?.(exchange(asked(name, `k${index}`))))
      expect(again, name).toEqual(taken)
      const share = taken.filter((one) => one).length
      expect(share, name).toBeGreaterThan(250)
      expect(share, name).toBeLessThan(350)
    }
  })

  it("keeps those who were taken when the share grows", () => {
    const [few, more] = [10, 40].map((share) => condition(when({ weight: { share, by: { header: "x-id" } } })))
    for (let id = 0; id < 500; id++) {
      const asked = exchange({ headers: { "x-id": String(id) } })
      if (few?.(asked)) expect(more?.(asked), String(id)).toBe(true)
    }
  })

  it("takes a share of what an earlier choice left: places of the list do not draw alike", () => {
    const weight = { share: 50, by: { header: "x-id" } }
    const [first, second] = [0, 1].map((place) => condition(when({ weight }), place))
    const left = Array.from({ length: 2000 }, (_, id) => exchange({ headers: { "x-id": String(id) } })).filter(
      (asked) => !first?.(asked),
    )
    const taken = left.filter((asked) => second?.(asked)).length / left.length
    expect(taken).toBeGreaterThan(0.44)
    expect(taken).toBeLessThan(0.56)
  })

  it("goes by the address of those who have no key, and by the address where nothing is said", () => {
    const [byCookie, byAddress] = [{ by: { cookie: "session" } }, {}].map((by) =>
      condition(when({ weight: { share: 50, ...by } })),
    )
    for (let last = 0; last < 100; last++) {
      const asked = exchange({ client: `192.0.2.${last}` })
      expect(byCookie?.(asked)).toBe(byAddress?.(asked))
    }
    const clients = Array.from({ length: 100 }, (_, last) => byAddress?.(exchange({ client: `192.0.2.${last}` })))
    expect(new Set(clients)).toEqual(new Set([true, false]))
  })

  it.each([
    [{ share: 0 }],
    [{ share: 100 }],
    [{ by: "ip" }],
    [{ share: 10, by: "cookie" }],
    [{ share: 10, key: "x" }],
    [0],
  ])("is refused with the weight %j", (weight) => expect(() => when({ weight })).toThrow(/^(Expected|Missing|Unknown)/))

  it("draws only for those that meet the rest: a share is a share of them", () => {
    const random = vi.fn(() => 0)
    const both = condition(when({ weight: 50, header: { "x-a": "1" } }), 0, random)
    expect(both?.(exchange())).toBe(false)
    expect(random).not.toHaveBeenCalled()
    expect(both?.(exchange({ headers: { "x-a": "1" } }))).toBe(true)
    expect(random).toHaveBeenCalledTimes(1)
  })
})
