import { describe, expect, it } from "vitest"

import { type AnyCommand, offered } from "../../src/cli/command.ts"
import { commands } from "../../src/cli/commands/index.ts"
import { offers } from "../../src/cli/completion/offers.ts"
import { commandHelp, usageLine } from "../../src/cli/help.ts"
import { parse } from "../../src/cli/parse.ts"
import { called } from "../cli/called.ts"

const sentence = /^[A-Z].*\.$/

/** The words of an example behind the name of its command, as a shell splits them, up to where it redirects. */
const words = (line: string): string[] => (line.split(" > ")[0] ?? "").split(" ").slice(2)

describe("the shelf of commands", () => {
  it("gives every command a name of its own, in letters a shell leaves alone", () => {
    const names = commands.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^[a-z]+$/)
  })
})

describe.each(commands.map((command) => [command.name, command] as const))("the command %s", (name, command) => {
  const { about, args, flags, examples } = command
  const help = Bun.stripANSI(commandHelp(command, { color: false, width: 10_000 }))

  it("says in one sentence what it is for", () => {
    expect(about).toMatch(sentence)
    expect(about.length).toBeLessThanOrEqual(100)
  })

  it("documents every argument and flag in a sentence", () => {
    for (const { about: text } of [...args, ...Object.values(flags)]) expect(text).toMatch(sentence)
  })

  it("shows all of it in its help", () => {
    expect(help).toContain(`  ${usageLine(command)}\n`)
    for (const arg of args) expect(help).toMatch(new RegExp(`^  ${arg.name} +\\S`, "m"))
    for (const [key, flag] of Object.entries(flags)) {
      expect(help).toContain(offered(key, flag))
      expect(help).toContain(flag.about)
    }
    for (const [line, shows] of examples)
      expect(help).toMatch(new RegExp(`^  ${RegExp.escape(line)} +${RegExp.escape(shows)}$`, "m"))
  })

  it("prints that help for --help", async () => {
    expect(await called([name, "--help"], { width: 10_000 })).toEqual({ code: 0, out: help, err: "" })
  })

  it("has examples that begin with it and that it understands", () => {
    expect(examples.length).toBeGreaterThan(0)
    for (const [line] of examples) {
      expect(`${line} `.startsWith(`bellhop ${name} `)).toBe(true)
      expect(() => parse(command, words(line))).not.toThrow()
    }
  })

  it("takes its optional arguments last, and many only at the end", () => {
    const optional = args.map((arg) => arg.optional === true)
    expect(optional).toEqual(optional.toSorted())
    expect(args.slice(0, -1).some((arg) => arg.many)).toBe(false)
  })

  it("gives each short flag one meaning, and leaves -h and -v to help and version", () => {
    const shorts = Object.values(flags).flatMap(({ short }) => short ?? [])
    expect(new Set([...shorts, "h", "v"]).size).toBe(shorts.length + 2)
    for (const short of shorts) expect(short).toMatch(/^[a-z]$/)
  })

  it("can be completed: nothing in it needs a shell's quotes", () => {
    for (const word of completedWords(command)) expect(word).toMatch(/^[\w-]+$/)
  })

  it("refuses what it does not know, and ends with 2", async () => {
    const { code, out, err } = await called([name, "--surely-not-an-option"])
    expect([code, out]).toEqual([2, ""])
    expect(err).toContain(`See: bellhop ${name} --help`)
  })
})

function completedWords(command: AnyCommand): string[] {
  return offers([command]).flatMap(({ flags, args }) =>
    [...args.map(({ offer }) => offer), ...flags.flatMap(({ value }) => value?.offer ?? [])].flatMap((offer) =>
      offer.kind === "words" ? offer.words : [],
    ),
  )
}
