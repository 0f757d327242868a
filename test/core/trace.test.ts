import { describe, expect, it } from "vitest"

import { Span } from "../../src/core/span.ts"
import { type B3, Trace } from "../../src/core/trace.ts"
import { HeaderList } from "../../src/http/header-list.ts"

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736"
const parentId = "00f067aa0ba902b7"
const made = (b3?: B3, state?: string): Trace => new Trace({ traceId, parentId, random: false }, true, state, b3)

describe("Trace", () => {
  it("write() takes the place of what the caller said", () => {
    const headers = HeaderList.of({ traceparent: "old", tracestate: "x", accept: "*/*", b3: "old" })
    const trace = made(undefined, "rojo=1")
    trace.write(headers)
    expect([...headers]).toEqual([
      ["traceparent", `00-${traceId}-${trace.spanId}-01`],
      ["tracestate", "rojo=1"],
      ["accept", "*/*"],
      ["b3", "old"],
    ])
  })

  it("write() leaves out a state that there is not", () => {
    const headers = HeaderList.of({ tracestate: "not valid" })
    made().write(headers)
    expect(headers.has("tracestate")).toBe(false)
  })

  it("write() adds B3 in one header or in several", () => {
    const single = HeaderList.of({ "x-b3-traceid": "old" })
    const one = made("single")
    one.write(single)
    expect(single.get("b3")).toBe(`${traceId}-${one.spanId}-1`)
    expect(single.has("x-b3-traceid")).toBe(false)
    const multi = HeaderList.of({ b3: "old" })
    const several = made("multi")
    several.write(multi)
    expect([...multi].slice(1)).toEqual([
      ["x-b3-traceid", traceId],
      ["x-b3-spanid", several.spanId],
      ["x-b3-parentspanid", parentId],
      ["x-b3-sampled", "1"],
    ])
  })

  it("valueOf() names the span that sends", () => {
    const outer = new Span("part", "cart")
    const span = outer.child("try", "cart")
    expect(made().valueOf("traceparent", span)).toBe(`00-${traceId}-${span.id}-01`)
    expect(made().valueOf("b3", span)).toBeUndefined()
    expect(made("single").valueOf("b3", span)).toBe(`${traceId}-${span.id}-1`)
    expect(made("multi").valueOf("x-b3-spanid", span)).toBe(span.id)
    expect(made("multi").valueOf("x-b3-parentspanid", span)).toBe(outer.id)
    expect(made("multi").valueOf("accept", span)).toBeUndefined()
  })

  it("valueOf() has nothing to say where there is no span", () => {
    expect(made("single").valueOf("traceparent", undefined)).toBeUndefined()
  })
})
