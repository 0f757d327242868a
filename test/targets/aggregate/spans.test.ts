import { describe, expect, it } from "vitest"

import { Span } from "../../../src/core/span.ts"
import { Trace } from "../../../src/core/trace.ts"
import { type Answer, exchange } from "../../support/exchange.ts"
import { type Tree, treeOf } from "../../support/spans.ts"
import { aggregating, answering } from "./aggregating.ts"

/** What is seen of an aggregate; services leave a `try` in the tree where they are asked. */
async function seen(route: object, services: Readonly<Record<string, Answer>>, body?: unknown) {
  const watched = Object.fromEntries(
    Object.entries(services).map(([name, answer]): [string, Answer] => [
      name,
      async (asked) => {
        const span = asked.span?.child("try", name)
        const reply = typeof answer === "function" ? await answer(asked) : answering(200, answer.json)()
        span?.end(reply.status)
        return reply
      },
    ]),
  )
  const made = aggregating(route, watched)
  const text = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }
  const asked = exchange({ ...text, headers: { "content-type": "application/json" } })
  const root = new Span("route", "x")
  const trace = new Trace({ traceId: "a".repeat(32), random: false }, true)
  asked.span = root
  asked.trace = trace
  await made.handle(asked).catch(() => undefined)
  root.end()
  expect(asked.span).toBe(root)
  expect(made.calls.every((call) => call.exchange.trace === trace)).toBe(true)
  return { tree: inside(treeOf(root)), root, calls: made.calls }
}

const inside = (tree: Tree): unknown => (typeof tree === "string" ? [] : Object.values(tree)[0])

describe("an aggregate that is watched", () => {
  it("has a span for each part, and the tries of a part within it", async () => {
    const { tree, root } = await seen(
      {
        aggregate: { cart: "cart GET /cart", user: "user GET /user", charge: { call: "pay POST /c", needs: ["cart"] } },
      },
      { cart: { json: {} }, user: { json: {} }, pay: answering(201) },
    )
    expect(tree).toEqual([
      { "part cart 200": ["try cart 200"] },
      { "part user 200": ["try user 200"] },
      { "part charge 201": ["try pay 201"] },
    ])
    const [cart, , charge] = root.children
    expect(charge?.began).toBeGreaterThanOrEqual(cart?.ended ?? Number.NaN)
  })

  it("says what stood in, what was left out, and why all of it failed", async () => {
    const aggregate = {
      user: { call: "user GET /u", fallback: {} },
      offers: { call: "user GET /o", required: false },
      extra: { call: "user GET /e", when: () => false },
      cart: "cart GET /cart",
    }
    const { tree } = await seen({ aggregate }, { user: answering(503), cart: answering(500) })
    expect(tree).toEqual([
      { "part user fallback error_status": ["try user 503"] },
      { "part offers failed error_status": ["try user 503"] },
      "part extra skipped",
      { "part cart error_status": ["try cart 500"] },
    ])
  })

  it("has a span for each try of a part, for each item of a list, and for each part of a part", async () => {
    let number = 0
    const aggregate = {
      ids: "ids GET /ids",
      items: { call: "item GET /items/{item}", forEach: "ids" },
      both: { aggregate: { one: { call: "flaky GET /1", retry: 1 } } },
    }
    const { tree } = await seen(
      { aggregate },
      { ids: { json: ["a", "b"] }, item: { json: {} }, flaky: () => answering(++number === 1 ? 503 : 200)() },
    )
    expect(tree).toEqual([
      { "part ids 200": ["try ids 200"] },
      { "part both 200": [{ "part one 200": ["try flaky 503", "try flaky 200"] }] },
      { "part items 200*2": [{ "part items[0] 200": ["try item 200"] }, { "part items[1] 200": ["try item 200"] }] },
    ])
  })

  it("has a span for what is undone", async () => {
    const aggregate = {
      reserve: { call: "stock POST /r", compensate: { call: "stock DELETE /r" } },
      charge: { call: "pay POST /c", needs: ["reserve"] },
    }
    const { tree, root } = await seen({ aggregate }, { stock: answering(200), pay: answering(500) }, {})
    expect(tree).toEqual([
      { "part reserve 200": ["try stock 200"] },
      { "part charge error_status": ["try pay 500"] },
      { "part reserve 200": ["try stock 200"] },
    ])
    expect(root.children[2]?.attributes?.get("bellhop.part.undo")).toBe(true)
  })
})
