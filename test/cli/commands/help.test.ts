import { describe, expect, it } from "vitest"

import { commands } from "../../../src/cli/commands/index.ts"
import { called } from "../called.ts"

describe("help", () => {
  it("lists every command with what it is for", async () => {
    const { out } = await called(["help"], { width: 1000 })
    for (const { name, about } of commands)
      expect(out).toMatch(new RegExp(`^  ${name} +${about.replace(/[.*()]/g, "\\$&")}$`, "m"))
  })

  it("stays within the width of the terminal", async () => {
    const { out } = await called(["help"], { width: 60 })
    for (const line of out.split("\n").slice(2)) expect(line.length).toBeLessThanOrEqual(60)
  })

  it("says the same with colours as without", async () => {
    const [plain, coloured] = [await called(["help", "check"]), await called(["help", "check"], { color: true })]
    expect(coloured.out).not.toBe(plain.out)
    expect(Bun.stripANSI(coloured.out)).toBe(plain.out)
  })
})
