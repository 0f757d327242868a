import { join, relative } from "node:path"

import { describe, expect, it } from "vitest"

import { load } from "../../src/config/load.ts"
import { folder } from "../support/executable.ts"
import { marked } from "../support/saves.ts"

const silent = { info() {}, warn() {}, error() {} }

/** The issues of a config, and the places that its files mark, as file:line:column. */
async function refused(files: Record<string, string>) {
  using shop = folder(
    Object.fromEntries(Object.entries(files).map(([file, text]) => [file, marked(text)?.text ?? text])),
  )
  const result = await load(join(shop.path, "gateway.config.ts"), { log: silent, environment: {} })
  if (!Array.isArray(result)) throw new Error("It was loaded.")
  return {
    expected: Object.entries(files).flatMap(([file, text]) => {
      const at = marked(text)
      return at ? [`${file}:${at.line}:${at.column}`] : []
    }),
    found: result.map(({ place }) => place && `${relative(shop.path, place.file)}:${place.line}:${place.column}`),
    issues: result,
  }
}

const one = `import { value } from "./one.ts"\nexport default value\n`

describe("loadIssues() finds the place of", () => {
  it.each<{ what: string; code: string; files: Record<string, string> }>([
    { what: "a syntax error", code: "E101", files: { "gateway.config.ts": `export default {\n  a: 1 ⟦b: 2,\n}\n` } },
    {
      what: "a syntax error in a file two imports away",
      code: "E101",
      files: {
        "gateway.config.ts": one,
        "one.ts": `export { value } from "./two.ts"\n`,
        "two.ts": "export const value = [1, ⟦;\n",
      },
    },
    {
      what: "a missing import in a file that is imported",
      code: "E102",
      files: { "gateway.config.ts": one, "one.ts": `// from "./gone.ts"\nexport { value } from ⟦"./gone.ts"\n` },
    },
    {
      what: "a missing export that an imported file asks for",
      code: "E103",
      files: {
        "gateway.config.ts": `// a valeu\n${one}`,
        "one.ts": `import { other,\n  ⟦valeu as value } from "./two.ts"\nexport { value, other }\n`,
        "two.ts": "export const value = 1, other = 2\n",
      },
    },
    {
      what: "an export that a package does not have",
      code: "E103",
      files: {
        "gateway.config.ts": `import { ⟦gone } from "bellhop-test-one"\nexport default gone\n`,
        "node_modules/bellhop-test-one/index.js": "export const here = 1\n",
      },
    },
    {
      what: "a default that a file does not have",
      code: "E103",
      files: {
        "gateway.config.ts": `import ⟦value from "./one.ts"\nexport default value\n`,
        "one.ts": "export const value = 1\n",
      },
    },
    {
      what: "an error, where it was thrown in a function that another file calls",
      code: "E104",
      files: {
        "gateway.config.ts": `import { fail } from "./one.ts"\nexport default fail()\n`,
        "one.ts": `export function fail(): never {\n  throw new ⟦Error("no")\n}\n`,
      },
    },
    {
      what: "an error out of a package, where the config called it",
      code: "E104",
      files: {
        "gateway.config.ts": `import { fail } from "bellhop-test-one"\nexport default ⟦fail()\n`,
        "node_modules/bellhop-test-one/index.js": `export function fail() { throw new Error("no") }\n`,
      },
    },
    {
      what: "an error in a class, with a type of its own",
      code: "E104",
      files: {
        "gateway.config.ts": `class Wrong extends Error { override name = "Wrong" }\nexport default (() => { throw ⟦new Wrong("no") })()\n`,
      },
    },
    {
      what: "the one throw of what is no Error",
      code: "E104",
      files: { "gateway.config.ts": one, "one.ts": `export const value = 1\n⟦throw { reason: "no" }\n` },
    },
    {
      what: "a rejected await",
      code: "E104",
      files: { "gateway.config.ts": `await Promise.reject(new ⟦TypeError("no"))\nexport default 1\n` },
    },
  ])("$what", async ({ code, files }) => {
    const { expected, found, issues } = await refused(files)
    expect(found).toEqual(expected)
    expect(issues.map((issue) => issue.code)).toEqual([code])
    expect(issues[0]?.fix).toMatch(/./)
  })
})

describe("loadIssues()", () => {
  it("tells the first error of a file that does not parse, not what follows from it", async () => {
    const { expected, found } = await refused({
      "gateway.config.ts": "export default {\n  a: ⟦;\n  b: ;\n}\nlet 1 = 2\n",
    })
    expect(found).toEqual(expected)
  })

  it("knows what the module of the gateway exports, and what was meant", async () => {
    const { issues } = await refused({
      "gateway.config.ts": `import { defineGatway } from "bellhop"\nexport default defineGatway({})\n`,
    })
    expect(issues).toEqual([
      expect.objectContaining({
        code: "E103",
        message: '"defineGatway" is not exported by "bellhop". Did you mean "defineGateway"?',
        fix: "It exports defineGateway, env and file.",
      }),
    ])
  })

  it.each([
    ["a text", `throw "no"`, 'The config threw "no" while it was loaded.'],
    ["nothing", "throw undefined", "The config threw undefined while it was loaded."],
    ["null", "throw null", "The config threw null while it was loaded."],
    ["an object", "throw { a: 1 }", "The config threw an object while it was loaded."],
    ["a number", "throw 404", "The config threw 404 while it was loaded."],
  ])("tells what was thrown: %s", async (_, code, message) => {
    const { issues } = await refused({ "gateway.config.ts": `${code}\nexport default 1\n` })
    expect(issues.map((issue) => issue.message)).toEqual([message])
  })
})
