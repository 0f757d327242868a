import { describe, expect, it } from "vitest"

import { readB3, readB3Headers, writeB3 } from "../../src/http/b3.ts"

const traceId = "80f198ee56343ba864fe8b2a57d3eff7"
const spanId = "e457b5a2e4d86bd1"

describe("readB3()", () => {
  it("reads the ids, and what the caller decided", () => {
    expect(readB3(`${traceId}-${spanId}`)).toEqual({ traceId, parentId: spanId, sampled: undefined, random: false })
    expect(readB3(`${traceId}-${spanId}-0`)?.sampled).toBe(false)
    expect(readB3(`${traceId}-${spanId}-1-05e3ac9a4f6e3b90`)?.sampled).toBe(true)
    expect(readB3(`${traceId}-${spanId}-d`)?.sampled).toBe(true)
  })

  it("takes a trace id of 64 bits for the right half of one", () => {
    expect(readB3(`${spanId}-${spanId}-1`)?.traceId).toBe(`0000000000000000${spanId}`)
  })

  it.each(["0", "1", "", `${traceId}-${spanId}-x`, `${"0".repeat(32)}-${spanId}-1`, `${traceId}-${"0".repeat(16)}`])(
    "names no trace by %j",
    (value) => {
      expect(readB3(value)).toBeUndefined()
    },
  )
})

describe("readB3Headers()", () => {
  const read = (headers: Readonly<Record<string, string>>) =>
    readB3Headers((name) => new Map(Object.entries(headers)).get(name))

  it("reads the ids, and what the caller decided", () => {
    const ids = { "x-b3-traceid": traceId, "x-b3-spanid": spanId }
    expect(read(ids)).toEqual({ traceId, parentId: spanId, sampled: undefined, random: false })
    expect(read({ ...ids, "x-b3-sampled": "0" })?.sampled).toBe(false)
    expect(read({ ...ids, "x-b3-sampled": "true" })?.sampled).toBe(true)
    expect(read({ ...ids, "x-b3-flags": "1" })?.sampled).toBe(true)
  })

  it("names no trace where an id is missing or not valid", () => {
    expect(read({ "x-b3-traceid": traceId })).toBeUndefined()
    expect(read({ "x-b3-traceid": "x", "x-b3-spanid": spanId })).toBeUndefined()
  })
})

describe("writeB3()", () => {
  it("writes what is read again", () => {
    expect(readB3(writeB3(traceId, spanId, true))).toEqual({ traceId, parentId: spanId, sampled: true, random: false })
  })
})
