import { describe, expect, it } from "vitest"

import { readTraceparent, readTracestate, writeTraceparent } from "../../src/http/trace-context.ts"

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736"
const parentId = "00f067aa0ba902b7"

describe("readTraceparent()", () => {
  it("reads the ids and the flags", () => {
    expect(readTraceparent(`00-${traceId}-${parentId}-01`)).toEqual({ traceId, parentId, sampled: true, random: false })
    expect(readTraceparent(`00-${traceId}-${parentId}-02`)).toEqual({ traceId, parentId, sampled: false, random: true })
  })

  it("reads what it knows of a later version", () => {
    expect(readTraceparent(`cc-${traceId}-${parentId}-01`)).toMatchObject({ traceId, sampled: true })
    expect(readTraceparent(`cc-${traceId}-${parentId}-01-more`)).toMatchObject({ traceId, parentId })
  })

  it.each([
    ["version ff", `ff-${traceId}-${parentId}-01`],
    ["more behind version 00", `00-${traceId}-${parentId}-01-more`],
    ["more behind a later version without a dash", `cc-${traceId}-${parentId}-01.more`],
    ["a trace id of zeros", `00-${"0".repeat(32)}-${parentId}-01`],
    ["a parent id of zeros", `00-${traceId}-${"0".repeat(16)}-01`],
    ["capitals", `00-${traceId.toUpperCase()}-${parentId}-01`],
    ["two of them", `00-${traceId}-${parentId}-01, 00-${traceId}-${parentId}-01`],
    ["a short trace id", `00-${traceId.slice(1)}-${parentId}-01`],
    ["nothing", ""],
  ])("does not take %s", (_, value) => {
    expect(readTraceparent(value)).toBeUndefined()
  })
})

describe("writeTraceparent()", () => {
  it("writes what is read again", () => {
    const written = writeTraceparent(traceId, parentId, 3)
    expect(written).toBe(`00-${traceId}-${parentId}-03`)
    expect(readTraceparent(written)).toEqual({ traceId, parentId, sampled: true, random: true })
  })
})

describe("readTracestate()", () => {
  it("gives the members as they are sent on", () => {
    expect(readTracestate("rojo=1 ,\tcongo=t61r cWk ,, ")).toBe("rojo=1,congo=t61r cWk")
  })

  it("keeps the first of members with the same key", () => {
    expect(readTracestate("a=1,b=2,a=3")).toBe("a=1,b=2")
  })

  it("takes 32 members, and no more", () => {
    const members = (count: number): string => Array.from({ length: count }, (_, at) => `k${at}=1`).join(",")
    expect(readTracestate(members(32))).toBe(members(32))
    expect(readTracestate(members(33))).toBeUndefined()
  })

  it.each(["", " , ", "foo", "foo=", "Foo=1", "foo=bar=baz", "foo=1;bar=2=3", `${"k".repeat(257)}=1`, "foo=é"])(
    "does not take %j",
    (value) => {
      expect(readTracestate(value)).toBeUndefined()
    },
  )
})
