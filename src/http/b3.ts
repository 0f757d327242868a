import type { Caller } from "./trace-context.ts"

/** The headers of B3 that stand for themselves, in the order in which they are written. */
export const b3Names = ["x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "x-b3-sampled", "x-b3-flags"] as const

const shape = /^([0-9a-f]{16}|[0-9a-f]{32})-([0-9a-f]{16})(?:-([01d])(?:-[0-9a-f]{16})?)?$/
const zero = /^0+$/

/** Reads the one header `b3`; undefined where it names no trace. */
export function readB3(value: string): Caller | undefined {
  const found = shape.exec(value)
  return found ? caller(found[1] as string, found[2] as string, found[3]) : undefined
}

/** Reads the headers `x-b3-…`; undefined where they name no trace. */
export function readB3Headers(get: (name: string) => string | undefined): Caller | undefined {
  const traceId = get("x-b3-traceid") ?? ""
  const spanId = get("x-b3-spanid") ?? ""
  if (!/^(?:[0-9a-f]{16}|[0-9a-f]{32})$/.test(traceId) || !/^[0-9a-f]{16}$/.test(spanId)) return undefined
  return caller(traceId, spanId, get("x-b3-flags") === "1" ? "d" : get("x-b3-sampled"))
}

// Ids of 64 bits are the right half of one of today. To be debugged is to be recorded.
function caller(traceId: string, parentId: string, state: string | undefined): Caller | undefined {
  if (zero.test(traceId) || zero.test(parentId)) return undefined
  const on = state === "1" || state === "d" || state === "true"
  const sampled = on ? true : state === "0" || state === "false" ? false : undefined
  return { traceId: traceId.padStart(32, "0"), parentId, sampled, random: false }
}

/** Writes the one header `b3`. */
export const writeB3 = (traceId: string, spanId: string, sampled: boolean): string =>
  `${traceId}-${spanId}-${sampled ? "1" : "0"}`
