import { describe, expect, it } from "vitest"

import { hexId } from "../../src/core/hex-id.ts"

describe("hexId()", () => {
  it("gives so many bytes as digits, others each time", () => {
    const ids = Array.from({ length: 3000 }, (_, at) => hexId(at % 2 === 0 ? 8 : 16))
    expect(ids.every((id, at) => new RegExp(`^[0-9a-f]{${at % 2 === 0 ? 16 : 32}}$`).test(id))).toBe(true)
    expect(new Set(ids).size).toBe(3000)
  })
})
