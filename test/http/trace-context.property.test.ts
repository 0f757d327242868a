import { array, assert, constantFrom, property, string } from "fast-check"
import { describe, it } from "vitest"

import { readTraceparent, readTracestate } from "../../src/http/trace-context.ts"

const letters = string({ unit: constantFrom(..."0afz-=, \t@*/_A".split(""), "\u00e9", "\n"), maxLength: 70 })

describe("what clients write about traces", () => {
  it("readTraceparent() gives ids that can be written into a header, or nothing", () => {
    assert(
      property(letters, (text) => {
        const found = readTraceparent(text)
        return !found || (/^[0-9a-f]{32}$/.test(found.traceId) && /^[0-9a-f]{16}$/.test(found.parentId))
      }),
    )
  })

  it("readTracestate() gives what it would give again, or nothing", () => {
    const members = array(letters, { maxLength: 40 })
    assert(
      property(members, (parts) => {
        const found = readTracestate(parts.join(","))
        return found === undefined || (readTracestate(found) === found && /^[\x20-\x7e]+$/.test(found))
      }),
    )
  })
})
