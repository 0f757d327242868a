import { describe, expect, it } from "vitest"

import { Span } from "../../src/core/span.ts"

describe("Span", () => {
  it("child() hangs below it, in the order in which they began", () => {
    const root = new Span("route", "GET /")
    const first = root.child("policy", "auth")
    const second = root.child("part", "cart")
    const inner = second.child("try", "cart")
    expect(root.children).toEqual([first, second])
    expect(inner.parent).toBe(second)
    expect(root.size).toBe(4)
  })

  it("end() counts once", () => {
    const span = new Span("try", "cart")
    span.end(200)
    const { ended } = span
    span.end(503, "unavailable")
    expect(span).toMatchObject({ status: 200, failure: undefined, ended })
    expect(ended).toBeGreaterThanOrEqual(span.began)
  })

  it("id stays the same, and is another one for each", () => {
    const span = new Span("try", "cart")
    expect(span.id).toMatch(/^[0-9a-f]{16}$/)
    expect(span.id).toBe(span.id)
    const ids = new Set(Array.from({ length: 2000 }, () => new Span("try", "x").id))
    expect(ids.size).toBe(2000)
  })

  it("child() of a tree that is full works, and is counted and not kept", () => {
    const root = new Span("route", "")
    const inner = root.child("part", "items")
    for (let number = 0; number < 2000; number++) inner.child("try", "x").end(200)
    expect(root.size).toBe(1000)
    expect(inner.children).toHaveLength(998)
    expect(root.dropped).toBe(1002)
  })
})
