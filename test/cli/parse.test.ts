import { describe, expect, expectTypeOf, it } from "vitest"

import { type AnyCommand, defineCommand } from "../../src/cli/command.ts"
import { parse } from "../../src/cli/parse.ts"

const sail = defineCommand({
  name: "sail",
  about: "Sails.",
  args: [
    { name: "ship", about: "What sails." },
    { name: "crew", about: "Who sails.", optional: true, many: true },
  ],
  flags: {
    json: { type: "boolean", about: "JSON.", short: "j" },
    dryRun: { type: "boolean", about: "Only says so.", short: "d" },
    wind: { type: "boolean", about: "Without wind.", negatable: true },
    config: { type: "string", value: "FILE", about: "The config.", short: "c" },
    port: { type: "number", value: "PORT", about: "The port." },
    flag: { type: "string", value: "COLOUR", about: "The flag.", values: ["red", "white"] },
  },
  examples: [],
  run({ args, flags }) {
    expectTypeOf(args.ship).toEqualTypeOf<string>()
    expectTypeOf(args.crew).toEqualTypeOf<readonly string[]>()
    expectTypeOf(flags.json).toEqualTypeOf<boolean>()
    expectTypeOf(flags.config).toEqualTypeOf<string | undefined>()
    expectTypeOf(flags.port).toEqualTypeOf<number | undefined>()
    expectTypeOf(flags.flag).toEqualTypeOf<"red" | "white" | undefined>()
    return 0
  },
})

const read = (line: string, command: AnyCommand = sail) => parse(command, line.split(" ").filter(Boolean))

describe("parse()", () => {
  it("gives every argument and flag its value, and each boolean its standard", () => {
    expect(read("argo jason")).toEqual({
      args: { ship: "argo", crew: ["jason"] },
      flags: { json: false, dryRun: false, wind: true },
    })
  })

  it.each([
    ["--config=a.ts argo", "=" as const],
    ["--config a.ts argo", "a space"],
    ["-c a.ts argo", "a short flag and a space"],
    ["-ca.ts argo", "a short flag alone"],
    ["-c=a.ts argo", "a short flag and ="],
    ["argo -jc a.ts", "a short flag after another"],
  ])("reads a value in %s, after %s", (line) => {
    expect(read(line).flags).toMatchObject({ config: "a.ts" })
  })

  it("reads an empty value after =, and one that begins with a dash", () => {
    expect(read("argo --config=").flags).toMatchObject({ config: "" })
    expect(read("argo --config=-x=y").flags).toMatchObject({ config: "-x=y" })
  })

  it("reads flags in camel case by their spelling with dashes", () => {
    expect(read("argo --dry-run").flags).toMatchObject({ dryRun: true })
    expect(() => read("argo --dryRun")).toThrow('Unknown option "--dryRun"')
  })

  it("reads several short flags at once", () => {
    expect(read("argo -jd").flags).toMatchObject({ json: true, dryRun: true })
  })

  it("switches off with --no- only what is declared negatable", () => {
    expect(read("argo --no-wind").flags).toMatchObject({ wind: false })
    expect(read("argo --no-wind --wind").flags).toMatchObject({ wind: true })
    expect(() => read("argo --no-json")).toThrow('Unknown option "--no-json"')
  })

  it("takes all words after -- as arguments, and a lone dash anywhere", () => {
    expect(read("- -- --json -c").args).toEqual({ ship: "-", crew: ["--json", "-c"] })
  })

  it("reads whole numbers and nothing else as numbers", () => {
    expect(read("argo --port 0").flags).toMatchObject({ port: 0 })
    for (const wrong of ["1.5", "0x10", "1e3", "many", "99999999999999999999"])
      expect(() => read(`argo --port=${wrong}`)).toThrow(`"--port" needs a whole number, got "${wrong}".`)
  })

  it("names the allowed values where there are only some", () => {
    expect(read("argo --flag white").flags).toMatchObject({ flag: "white" })
    expect(refused("argo --flag wite")).toEqual(['"--flag" cannot be "wite".', "Use one of red, white."])
  })

  it("guesses what a mistyped flag should have been", () => {
    expect(refused("argo --jsno")).toEqual(['Unknown option "--jsno" for "bellhop sail".', 'Did you mean "--json"?'])
    expect(refused("argo --no-wnid")[1]).toBe('Did you mean "--no-wind"?')
    expect(refused("argo -x")[0]).toBe('Unknown option "-x" for "bellhop sail".')
  })

  it.each([
    ["argo --config", '"--config" needs a value.'],
    ["argo --config --json", '"--config" needs a value.'],
    ["argo --config -- a", '"--config" needs a value.'],
    ["argo -c", '"-c" needs a value.'],
    ["argo --json=false", '"--json" takes no value.'],
    ["argo -j=1", '"-j" takes no value.'],
    ["argo --config a --config b", '"--config" is given twice.'],
    ["", "Missing argument <ship>."],
  ])("refuses %j", (line, message) => {
    expect(refused(line)[0]).toBe(message)
  })

  it("refuses more arguments than there are places, with control characters made visible", () => {
    const lone = { ...sail, args: [] }
    expect(() => parse(lone, ["a\u001b[31m"])).toThrow('Unexpected argument "a\\u001b[31m" for "bellhop sail".')
  })

  it("is not led astray by the names that every object has", () => {
    expect(refused("argo --constructor")[0]).toBe('Unknown option "--constructor" for "bellhop sail".')
    expect(refused("argo --__proto__=1")[0]).toBe('Unknown option "--__proto__" for "bellhop sail".')
  })
})

function refused(line: string): [string, string | undefined] {
  try {
    read(line)
  } catch (error) {
    if (error instanceof Error && "hint" in error) return [error.message, error.hint as string | undefined]
  }
  throw new Error(`"${line}" was not refused as a usage error.`)
}
