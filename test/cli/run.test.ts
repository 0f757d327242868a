import { describe, expect, it } from "vitest"

import { type AnyCommand, defineCommand } from "../../src/cli/command.ts"
import { called } from "./called.ts"

const failing = (error: unknown): readonly AnyCommand[] => [
  defineCommand({
    name: "sink",
    about: "Sinks.",
    args: [],
    flags: {},
    examples: [["bellhop sink", "glug"]],
    run() {
      throw error
    },
  }),
]

const refused = (code: string, more: object = {}): Error => Object.assign(new Error(`${code}: refused`), { code }, more)

describe("run()", () => {
  it("prints the short help for bellhop alone, and is content", async () => {
    const { code, out, err } = await called([])
    expect(code).toBe(0)
    expect(out).toContain("bellhop <command> [options]")
    expect(out).toContain("bellhop help <command>")
    expect(err).toBe("")
  })

  it.each([[["--help"]], [["-h"]], [["help"]]])("prints the exit codes for %j", async (argv) => {
    const { code, out } = await called(argv)
    expect(code).toBe(0)
    for (const line of [/^ +0 +all is well$/m, /^ +3 +the config is not valid$/m, /^ +130 +interrupted$/m])
      expect(out).toMatch(line)
  })

  it.each([[["--version"]], [["-v"]], [["version"]]])("prints the version for %j", async (argv) => {
    const { code, out } = await called(argv)
    expect([code, out]).toEqual([0, expect.stringMatching(/^bellhop \d+\.\d+\.\d+\n$/)])
  })

  it.each([
    [["types", "--help"]],
    [["types", "-h"]],
    [["types", "--wrong", "-h"]],
    [["help", "types"]],
    [["help", "help", "-h"]],
  ])("prints help on a command for %j", async (argv) => {
    const { code, out, err } = await called(argv)
    expect([code, err]).toEqual([0, ""])
    expect(out).toMatch(/^bellhop (types|help)\n/)
  })

  it("takes --help after -- for a word like any other", async () => {
    const { code, err } = await called(["version", "--", "--help"])
    expect([code, err]).toEqual([2, expect.stringContaining('Unexpected argument "--help"')])
  })

  it.each([
    [["xylophone"], 'Unknown command "xylophone".', undefined],
    [["hlep"], 'Unknown command "hlep".', 'Did you mean "bellhop help"?'],
    [["--hlep"], 'Unknown option "--hlep".', 'Did you mean "bellhop --help"?'],
    [["help", "verison"], 'Unknown command "verison".', 'Did you mean "bellhop version"?'],
    [["version", "--jsno"], 'Unknown option "--jsno" for "bellhop version".', 'Did you mean "--json"?'],
    [["constructor"], 'Unknown command "constructor".', undefined],
  ])("says on the error stream what is wrong with %j, and ends with 2", async (argv, message, guess) => {
    const { code, out, err } = await called(argv)
    expect([code, out]).toEqual([2, ""])
    expect(err).toContain(`error ${message}${guess ? ` ${guess}` : ""}\n`)
    expect(err).toMatch(/See: bellhop (\w+ )?--help\n$/)
  })

  it.each([
    ["EACCES", 4],
    ["EPERM", 4],
    ["EROFS", 4],
    ["EADDRINUSE", 4],
    ["ENOSPC", 1],
  ])("ends with the right code for %s, without a stack", async (name, expected) => {
    const { code, err } = await called(["sink"], { commands: failing(refused(name)) })
    expect(code).toBe(expected)
    expect(err).toBe(`error ${name}: refused\n`)
  })

  it("says which path may not be used, and what to do", async () => {
    const { err } = await called(["sink"], { commands: failing(refused("EACCES", { path: "/etc/x" })) })
    expect(err).toBe(
      'error Cannot use "/etc/x": it is not permitted. Change the permissions, or use another place (EACCES).\n',
    )
  })

  it("shows where a fault of its own arose, and ends with 1", async () => {
    const { code, err } = await called(["sink"], { commands: failing(new TypeError("no such thing")) })
    expect(code).toBe(1)
    expect(err).toMatch(/^error TypeError: no such thing\n\s+at /)
  })
})
