import { describe, expect, it } from "vitest"

import type { Ended } from "../../src/core/observer.ts"
import { standardTraces, type TracesOptions } from "../../src/observe/traces-options.ts"
import { type TakeTrace, tracer } from "../../src/observe/traces.ts"
import { exchange } from "../support/exchange.ts"
import { ended } from "./ended.ts"

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736"
const parent = `00-${traceId}-00f067aa0ba902b7`

/** An exchange that a tracer has seen. */
function traced(options: Partial<TracesOptions>, headers: Readonly<Record<string, string>> = {}, take?: TakeTrace) {
  const { watch, ended: end } = tracer({ ...standardTraces(), ...options }, take)
  const asked = exchange({ headers })
  watch(asked)
  const { trace, span, headers: sent } = asked
  if (!trace) throw new Error("It has no trace.")
  return { asked, trace, span, sent, end: (said: Partial<Ended> = {}) => end(ended({ exchange: asked, ...said })) }
}

const takes: TakeTrace = () => undefined

describe("tracer()", () => {
  it("goes on with the trace that a request names", () => {
    const { trace, sent } = traced({}, { traceparent: `${parent}-01`, tracestate: "rojo=1, congo=2", baggage: "a=1" })
    expect(trace).toMatchObject({ traceId, parentId: "00f067aa0ba902b7", sampled: true, state: "rojo=1,congo=2" })
    expect(sent.get("traceparent")).toBe(`00-${traceId}-${trace.spanId}-01`)
    expect(sent.get("tracestate")).toBe("rojo=1,congo=2")
    expect(sent.get("baggage")).toBe("a=1")
  })

  it("begins a trace where there is none, with an id that is random", () => {
    const { trace, sent } = traced({})
    expect(trace.parentId).toBeUndefined()
    expect(sent.get("traceparent")).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-03$/)
    expect(sent.get("traceparent")).toContain(trace.traceId)
  })

  it("begins a trace where the one that is named is not valid, and drops its state", () => {
    const { trace, sent } = traced({}, { traceparent: `${parent}-1`, tracestate: "rojo=1" })
    expect(trace.traceId).not.toBe(traceId)
    expect(sent.has("tracestate")).toBe(false)
  })

  it("incoming: does not believe clients where the config says so", () => {
    const said = { traceparent: `${parent}-01`, tracestate: "rojo=1", baggage: "a=1", "x-b3-traceid": traceId }
    const { trace, sent } = traced({ incoming: "restart", b3: "multi" }, said)
    expect(trace.traceId).not.toBe(traceId)
    expect(sent.has("tracestate")).toBe(false)
    expect(sent.has("baggage")).toBe(false)
    expect(sent.get("x-b3-traceid")).toBe(trace.traceId)
  })

  it("b3: takes what it says only where there is no traceparent", () => {
    const b3 = `${"a".repeat(32)}-${"b".repeat(16)}-0`
    expect(traced({ b3: "single" }, { b3 }).trace).toMatchObject({ traceId: "a".repeat(32), sampled: false })
    expect(traced({ b3: "single" }, { b3, traceparent: `${parent}-01` }).trace.traceId).toBe(traceId)
    expect(traced({}, { b3 }).trace.traceId).not.toBe("a".repeat(32))
    const multi = { "x-b3-traceid": "a".repeat(32), "x-b3-spanid": "b".repeat(16) }
    expect(traced({ b3: "multi" }, multi).trace.parentId).toBe("b".repeat(16))
  })

  it("parent: what the caller decided counts, unless the config says otherwise", () => {
    expect(traced({ sample: 0 }, { traceparent: `${parent}-01` }).trace.sampled).toBe(true)
    expect(traced({ sample: 100 }, { traceparent: `${parent}-00` }).trace.sampled).toBe(false)
    expect(traced({ sample: 0, parent: false }, { traceparent: `${parent}-01` }).trace.sampled).toBe(false)
  })

  it("sample: chooses by the id, the same ones for every share that is larger", () => {
    const ids = Array.from(
      { length: 4000 },
      () => `${"0".repeat(16)}${crypto.randomUUID().replaceAll("-", "").slice(16)}`,
    )
    const chosen = (sample: number): string[] =>
      ids.filter(
        (id) => traced({ sample, parent: false }, { traceparent: `00-${id}-00f067aa0ba902b7-00` }).trace.sampled,
      )
    const few = chosen(10)
    const more = new Set(chosen(30))
    expect(few.length).toBeGreaterThan(250)
    expect(few.length).toBeLessThan(600)
    expect(few.every((id) => more.has(id))).toBe(true)
    expect(chosen(0)).toEqual([])
    expect(chosen(100)).toEqual(ids)
  })

  it("makes no span where nobody takes it, or it would never be taken", () => {
    expect(traced({}).span).toBeUndefined()
    expect(traced({ sample: 0, errors: false }, {}, takes).span).toBeUndefined()
    expect(traced({ sample: 0, errors: false, slow: 10 }, {}, takes).span).toBeDefined()
    const { span, trace } = traced({}, {}, takes)
    expect(span?.id).toBe(trace.spanId)
  })

  it("hands over what was decided before, and what failed or was slow whatever was decided", () => {
    const taken: Ended[] = []
    const take: TakeTrace = (one) => void taken.push(one)
    const count = (options: Partial<TracesOptions>, said: Partial<Ended>): number => {
      taken.length = 0
      traced(options, {}, take).end(said)
      return taken.length
    }
    expect(count({}, {})).toBe(1)
    expect(count({ sample: 0 }, {})).toBe(0)
    expect(count({ sample: 0 }, { status: 404 })).toBe(0)
    expect(count({ sample: 0 }, { status: 503 })).toBe(1)
    expect(count({ sample: 0 }, { outcome: "cut" })).toBe(1)
    expect(count({ sample: 0, errors: false, slow: 50 }, { status: 503 })).toBe(0)
    expect(count({ sample: 0, slow: 50 }, { began: 0, answered: 49 })).toBe(0)
    expect(count({ sample: 0, slow: 50 }, { began: 0, answered: 51 })).toBe(1)
  })
})
