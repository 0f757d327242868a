import { describe, expect, it } from "vitest"

import { fish } from "../../../src/cli/completion/fish.ts"
import { fleet, has, inShell } from "./shells.ts"

const script = fish("bellhop", fleet)

describe("fish()", () => {
  it("describes every command and flag, with quotes escaped", () => {
    expect(script).toContain(
      "complete -c bellhop -n __fish_use_subcommand -a version -d 'Shows the version of this executable.'",
    )
    expect(script).toContain("-s f -l flag -r -x -a 'red rosy white' -d 'The flag: [red] or \\'white\\'.'")
    expect(script).toContain("-l no-wind -d 'Without wind.'")
    expect(script).toContain("-s c -l config -r -F -d")
  })

  it("makes a script that fish completes by", ({ skip }) => {
    if (!has("fish")) return skip("this machine has no fish")
    const offered = (line: string): string[] =>
      inShell("fish", ["--no-config", "-c", `${script}\ncomplete -C '${line}'`])?.out.match(/^[^\t\n]+/gm) ?? []
    expect(offered("bellhop vers")).toEqual(["version"])
    expect(offered("bellhop completion ")).toEqual(["bash", "fish", "zsh"])
    expect(offered("bellhop sail --flag r")).toEqual(["red", "rosy"])
    expect(offered("bellhop sail --no")).toEqual(["--no-wind"])
  })
})
