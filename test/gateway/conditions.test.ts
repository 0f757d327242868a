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
      expect(condition(when({ weight: 25 }), () => drawn)?.(exchange()), String(drawn)).toBe(expected)
  })

  it("draws only for those that meet the rest: a share is a share of them", () => {
    const random = vi.fn(() => 0)
    const both = condition(when({ weight: 50, header: { "x-a": "1" } }), random)
    expect(both?.(exchange())).toBe(false)
    expect(random).not.toHaveBeenCalled()
    expect(both?.(exchange({ headers: { "x-a": "1" } }))).toBe(true)
    expect(random).toHaveBeenCalledTimes(1)
  })
})
