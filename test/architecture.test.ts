import { readdirSync, readFileSync } from "node:fs"
import { join, relative, sep } from "node:path"
import { fileURLToPath } from "node:url"

import { describe, expect, it } from "vitest"

import { rules, type Violation, violations } from "./support/architecture.ts"

const root = fileURLToPath(new URL("..", import.meta.url))

function tree(...folders: string[]): Map<string, string> {
  const files = folders.flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
  const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name))
  return new Map(paths.map((path) => [relative(root, path).split(sep).join("/"), readFileSync(path, "utf8")]))
}

describe("the house", () => {
  const files = tree("src", "test")
  const found = violations(files)

  it("has something in it", () => {
    expect(files.size).toBeGreaterThan(50)
  })

  it.each(rules)("keeps the rule: %s", (rule) => {
    expect(messages(found, rule)).toEqual([])
  })
})

describe("violations()", () => {
  const cases: { rule: Violation["rule"]; why: string; files: Record<string, string>; says: string[] }[] = [
    {
      rule: "every file can be read",
      why: "finds a file that is no TypeScript",
      files: { "src/core/a.ts": "const = 1" },
      says: ["src/core/a.ts: Unexpected token (1:6)"],
    },
    {
      rule: "imports go down the staircase",
      why: "finds an import that goes up",
      files: { "src/policies/cache.ts": 'import { a } from "../gateway/a.ts"', "src/gateway/a.ts": "" },
      says: ['src/policies/cache.ts:1 imports src/gateway/a.ts: "gateway" is above "policies"'],
    },
    {
      rule: "imports go down the staircase",
      why: "finds an import of a type that goes up",
      files: { "src/core/a.ts": 'import type { A } from "../cli/a.ts"', "src/cli/a.ts": "" },
      says: ['src/core/a.ts:1 imports src/cli/a.ts: "cli" is above "core"'],
    },
    {
      rule: "imports go down the staircase",
      why: "finds re-exports, import(), require() and import types that go up",
      files: {
        "src/core/a.ts": [
          'export { a } from "../main.ts"',
          'export * from "../main.ts"',
          'await import("../main.ts")',
          'require("../main.ts")',
          'type A = import("../main.ts").A',
        ].join("\n"),
        "src/main.ts": "",
      },
      says: [1, 2, 3, 4, 5].map((line) => `src/core/a.ts:${line} imports src/main.ts: "main.ts" is above "core"`),
    },
    {
      rule: "imports go down the staircase",
      why: "finds an import across one floor",
      files: {
        "src/policies/a.ts": 'import { b } from "../targets/b.ts"',
        "src/targets/b.ts": "",
        "src/server/a.ts": 'import { b } from "../dashboard/b.ts"',
        "src/dashboard/b.ts": "",
        "src/http/a.ts": 'import { b } from "../core/b.ts"',
        "src/core/b.ts": "",
      },
      says: [
        'src/policies/a.ts:1 imports src/targets/b.ts: "targets" is on the same floor',
        'src/server/a.ts:1 imports src/dashboard/b.ts: "dashboard" is on the same floor',
        'src/http/a.ts:1 imports src/core/b.ts: "core" is on the same floor',
      ],
    },
    {
      rule: "imports go down the staircase",
      why: "finds an import of a test, of a room that is not in the plan, and of the module for configs",
      files: {
        "src/core/a.ts": 'import "../../test/a.ts"\nimport "../attic/a.ts"\nimport "bellhop"',
        "src/attic/a.ts": "",
      },
      says: [
        "src/core/a.ts:1 imports test/a.ts, which is not in src",
        'src/core/a.ts:2 imports src/attic/a.ts: "attic" is above "core"',
        'src/core/a.ts:3 imports "bellhop", which is for configs: import the file',
        'src/attic/a.ts: "attic" is not a room of the house: src/README.md names them',
      ],
    },
    {
      rule: "imports name a file that exists, with its ending",
      why: "finds an import without ending",
      files: { "src/core/a.ts": 'import "./b"', "src/core/b.ts": "" },
      says: ["src/core/a.ts:1 imports src/core/b"],
    },
    {
      rule: "files do not import each other in a circle",
      why: "finds a circle of types, and a file that imports itself, once each",
      files: {
        "src/core/a.ts": 'import type { B } from "./b.ts"',
        "src/core/b.ts": 'import { c } from "./c.ts"',
        "src/core/c.ts": 'import { a } from "./a.ts"',
        "src/core/d.ts": 'import "./a.ts"\nimport "./d.ts"',
      },
      says: ["src/core/a.ts → src/core/b.ts → src/core/c.ts → src/core/a.ts", "src/core/d.ts → src/core/d.ts"],
    },
    {
      rule: "files are short, or say why not",
      why: "finds a file of 301 lines and one whose reason is empty",
      files: { "src/core/a.ts": "1\n".repeat(301), "src/core/b.ts": "// long:\n" + "1\n".repeat(300) },
      says: ["a", "b"].map(
        (name) => `src/core/${name}.ts has 301 lines, more than 300: split it, or begin it with "// long: <reason>"`,
      ),
    },
    {
      rule: "folders have telling names",
      why: "finds a folder that says nothing, at any depth",
      files: { "src/core/utils/a/b.ts": "", "test/helpers/b.json": "" },
      says: [
        "src/core/utils/ says nothing: name it after what is in it",
        "test/helpers/ says nothing: name it after what is in it",
      ],
    },
    {
      rule: "only the server imports Elysia",
      why: "finds Elysia and its packages elsewhere",
      files: {
        "src/cli/a.ts":
          'import { Elysia } from "elysia"\nimport type { T } from "@elysiajs/swagger"\nimport "elysia/ws"',
        "src/server/a.ts": 'import { Elysia } from "elysia"',
      },
      says: [
        'src/cli/a.ts:1 imports "elysia"',
        'src/cli/a.ts:2 imports "@elysiajs/swagger"',
        'src/cli/a.ts:3 imports "elysia/ws"',
      ],
    },
    {
      rule: "every part stands on its shelf",
      why: "names the file and the shelf that forgot it",
      files: {
        "src/policies/index.ts": 'import { headers } from "./headers.ts"\nexport const policies = [headers]',
        "src/policies/headers.ts": "export const headers = definePolicy({})",
        "src/policies/rate-limit.ts": "export const rateLimit = definePolicy({})",
        "src/policies/cache/cache.ts": "export const cache = definePolicy({}) satisfies Part",
        "src/cli/commands/index.ts": "export const commands = []",
        "src/cli/commands/check.ts": "export const check: Command = {}",
        "src/cli/commands/start.ts": "export const start = {} satisfies Command",
        "src/stores/redis.ts": "export const redis = defineStore({})",
      },
      says: [
        'src/policies/rate-limit.ts exports the part "rateLimit", but src/policies/index.ts does not list it',
        'src/policies/cache/cache.ts exports the part "cache", but src/policies/index.ts does not list it',
        'src/cli/commands/check.ts exports the part "check", but src/cli/commands/index.ts does not list it',
        'src/cli/commands/start.ts exports the part "start", but src/cli/commands/index.ts does not list it',
        'src/stores/redis.ts exports the part "redis", but no index.ts beside or above it is a shelf',
      ],
    },
    {
      rule: "types are told, not switched off",
      why: "finds any and switched-off checks, in tests too",
      files: {
        "src/core/a.ts": "let a: Map<string, any>\n// @ts-expect-error\na = 1",
        "test/a.test.ts":
          "// @ts-ignore\nconst a = b as any\n// @ts-expect-error: this is what is tested\nlet c: string = 1",
      },
      says: [
        "src/core/a.ts:1 uses the type any: use unknown, or the type it is",
        'src/core/a.ts:2 says "@ts-expect-error"',
        "test/a.test.ts:2 uses the type any: use unknown, or the type it is",
        'test/a.test.ts:1 says "@ts-ignore"',
      ],
    },
    {
      rule: "nothing is left for later",
      why: "finds notes to oneself",
      files: { "src/core/a.ts": "// TODO: all of it", "test/a.test.ts": "/* a FIXME */" },
      says: [
        "src/core/a.ts:1 says TODO: do it, or leave it out",
        "test/a.test.ts:1 says FIXME: do it, or leave it out",
      ],
    },
  ]

  for (const { rule, why, files, says } of cases) {
    it(why, () => {
      expect(messages(violations(new Map(Object.entries(files))), rule)).toEqual(says)
    })
  }

  it("has a made-up tree for every rule", () => {
    expect(new Set(cases.map(({ rule }) => rule))).toEqual(new Set(rules))
  })

  it("finds nothing in a house that is in order", () => {
    const files = {
      "src/main.ts": 'import "./index.ts"\nimport "./cli/run.ts"\nimport about from "../package.json"',
      "src/index.ts": 'export { a } from "./core/a.ts"',
      "src/cli/run.ts": 'import { live } from "../server/live.ts"\nimport { a } from "../core/a.ts"',
      "src/server/live.ts": 'import { Elysia } from "elysia"\nimport page from "../config/page.html"',
      "src/config/page.html": "<p>any TODO here is content</p>",
      "src/policies/index.ts": 'import { bodyLimit } from "./body-limit.ts"',
      "src/policies/body-limit.ts":
        'import "node:fs"\nexport const bodyLimit = definePolicy({})\nexport const define = 1',
      "src/core/a.ts": 'import { b } from "../http/b.ts"\nexport const a = `import x from "../main.ts" // TODO any`',
      "src/http/b.ts": `// long: one table\n${"1\n".repeat(400)}`,
      "test/core/a.test.ts": 'import { a } from "../../src/core/a.ts"',
    }
    expect(violations(new Map(Object.entries(files)))).toEqual([])
  })
})

function messages(found: readonly Violation[], rule: Violation["rule"]): string[] {
  return found.filter((violation) => violation.rule === rule).map(({ message }) => message)
}
