import { describe, expect, it } from "vitest"

import { check } from "../../src/config/check.ts"
import { compile } from "../../src/gateway/compile.ts"
import { changesBetween } from "../../src/server/changes.ts"
import { tools } from "../support/exchange.ts"

const compiled = (value: unknown) => compile(check(value).config, tools())

const between = (one: unknown, other: unknown) => changesBetween(compiled(one), compiled(other))
const same = { added: 0, changed: 0, removed: 0 }
const shop = (routes: Record<string, unknown>, services: Record<string, unknown> = { cart: "http://127.0.0.1:1" }) => ({
  services,
  routes: { "GET /cart": "cart", ...routes },
})

describe("changesBetween()", () => {
  it("finds nothing between a config and itself", () => {
    const config = shop({ "GET /n": { handler: () => 1, timeout: "3s" } })
    expect(between(config, config)).toEqual({ routes: same, services: same })
    expect(between(shop({}), structuredClone(shop({})))).toEqual({ routes: same, services: same })
  })

  it("counts routes and services that came, changed and went", () => {
    const before = shop({ "GET /old": "cart", "GET /n": { service: "cart", timeout: "3s" } })
    const after = shop(
      { "GET /new": "cart", "GET /newer": "user", "GET /n": { service: "cart", timeout: "4s" } },
      { cart: { url: "http://127.0.0.1:2" }, user: "http://127.0.0.1:3" },
    )
    expect(between(before, after)).toEqual({
      routes: { added: 2, changed: 1, removed: 1 },
      services: { added: 1, changed: 1, removed: 0 },
    })
  })

  it("sees a change of a target, a condition, a function, a map and a policy switched off", () => {
    const of = (route: unknown) => shop({ "GET /n": route })
    const pairs: [unknown, unknown][] = [
      [{ reply: {} }, { redirect: { to: "/cart" } }],
      [{ reply: { headers: { a: "1" } } }, { reply: { headers: { a: "2" } } }],
      [
        [{ when: { weight: 10 }, reply: {} }, "cart"],
        [{ when: { weight: 20 }, reply: {} }, "cart"],
      ],
      [{ handler: () => 1 }, { handler: () => 2 }],
      [{ service: "cart" }, { service: "cart", timeout: false }],
    ]
    for (const [one, other] of pairs) expect(between(of(one), of(other)).routes).toEqual({ ...same, changed: 1 })
  })
})
