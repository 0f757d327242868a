import { readFileSync } from "node:fs"

import { describe, expect, it } from "vitest"

import { mockTypes } from "../../src/mocks/mock-types.ts"

describe("mockTypes", () => {
  it("says what request.ts says, word for word", () => {
    const source = readFileSync(new URL("../../src/mocks/request.ts", import.meta.url), "utf8")
    const declared = /\/\*\* What a mock written[^]*?=> unknown\n/.exec(source)?.[0]
    expect(mockTypes).toBe(declared)
  })
})
