import { describe, expect, it } from "vitest"

import { called } from "../called.ts"

describe("completion", () => {
  it.each([
    ["bash", "# bash completion for bellhop\n"],
    ["zsh", "#compdef bellhop\n"],
    ["fish", "# fish completion for bellhop\n"],
  ])("prints the script for %s", async (shell, begin) => {
    const { code, out } = await called(["completion", shell])
    expect([code, out.startsWith(begin)]).toEqual([0, true])
  })

  it("refuses other shells", async () => {
    const { code, err } = await called(["completion", "tcsh"])
    expect([code, err]).toEqual([2, expect.stringContaining('<shell> cannot be "tcsh". Use one of bash, zsh, fish.')])
  })
})
