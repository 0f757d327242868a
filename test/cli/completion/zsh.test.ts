import { describe, expect, it } from "vitest"

import { zsh } from "../../../src/cli/completion/zsh.ts"
import { fleet, has, inShell } from "./shells.ts"

const script = zsh("bellhop", fleet)

describe("zsh()", () => {
  it("describes every command and flag, with what zsh would act upon escaped", () => {
    expect(script).toMatch(/^#compdef bellhop\n/)
    expect(script).toContain("'version:Shows the version of this executable.'")
    expect(script).toContain(
      `'(-f --flag)'{-f,--flag=}'[The flag\\: \\[red\\] or '\\''white'\\''.]:COLOUR:(red rosy white)'`,
    )
    expect(script).toContain("--no-wind'[Without wind.]'")
    expect(script).toContain("'::dir:_files -/'")
    expect(script).toContain(":FILE:_files'")
  })

  it("makes a script that zsh can read", ({ skip }) => {
    if (!has("zsh")) return skip("this machine has no zsh")
    expect(inShell("zsh", ["-n", "-c", script])).toMatchObject({ status: 0, err: "" })
  })
})
