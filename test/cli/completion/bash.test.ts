import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

import { beforeEach, describe, expect, it } from "vitest"

import { bash } from "../../../src/cli/completion/bash.ts"
import { folder } from "../called.ts"
import { fleet, has, inShell } from "./shells.ts"

const script = bash("bellhop", fleet)

/** What bash offers for the last of these words, split as bash itself splits a line. */
function completed(words: readonly string[], cwd?: string): string[] {
  const line = `${script}
    COMP_WORDS=(bellhop ${words.map((word) => `'${word}'`).join(" ")})
    COMP_CWORD=${words.length}
    _bellhop
    printf '%s\\n' "\${COMPREPLY[@]}"`
  const ran = inShell("bash", ["-u", "-c", line], cwd)
  expect(ran?.err).toBe("")
  return ran?.out.split("\n").filter(Boolean) ?? []
}

describe("bash()", () => {
  beforeEach(({ skip }) => {
    if (!has("bash")) skip("this machine has no bash")
  })

  it("makes a script that bash can read and that registers itself", () => {
    expect(inShell("bash", ["-n", "-c", script])).toMatchObject({ status: 0, err: "" })
    expect(inShell("bash", ["-c", `${script}\ncomplete -p bellhop`])?.out).toBe("complete -F _bellhop bellhop\n")
  })

  it("completes commands", () => {
    expect(completed(["ver"])).toEqual(["version"])
    expect(completed([""])).toEqual([...fleet.map((command) => command.name), "--help", "--version"])
  })

  it("completes the flags of a command", () => {
    expect(completed(["sail", "--"])).toEqual(["--flag", "--config", "--name", "--no-wind", "--help"])
    expect(completed(["version", "--j"])).toEqual(["--json"])
  })

  it("completes the values of a flag, written as a word of its own or after =", () => {
    expect(completed(["sail", "--flag", "r"])).toEqual(["red", "rosy"])
    expect(completed(["sail", "-f", ""])).toEqual(["red", "rosy", "white"])
    expect(completed(["sail", "--flag", "=", "w"])).toEqual(["white"])
    expect(completed(["sail", "--flag", "="])).toEqual(["red", "rosy", "white"])
  })

  it("completes arguments", () => {
    expect(completed(["completion", ""])).toEqual(["bash", "zsh", "fish"])
    expect(completed(["help", "sa"])).toEqual(["sail"])
  })

  it("completes files and folders, names with blanks too, and nothing where anything may stand", () => {
    const cwd = folder()
    mkdirSync(join(cwd, "a folder"))
    writeFileSync(join(cwd, "a file.ts"), "")
    expect(completed(["sail", "--config", "a"], cwd).sort()).toEqual(["a file.ts", "a folder"])
    expect(completed(["sail", "a"], cwd)).toEqual(["a folder"])
    expect(completed(["sail", "--name", ""], cwd)).toEqual([])
  })
})
