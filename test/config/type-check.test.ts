import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

import { afterEach, describe, expect, it } from "vitest"

import { typeCheck } from "../../src/config/type-check.ts"

const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const tsconfig = JSON.stringify({
  compilerOptions: {
    target: "esnext",
    module: "preserve",
    strict: true,
    noEmit: true,
    paths: { bellhop: ["./bellhop.d.ts"] },
  },
  include: ["**/*.ts"],
})

const types = `type Call<S extends string> = \`\${S} \${"GET" | "POST"} /\${string}\`
type Duration = \`\${number}\${"ms" | "s"}\`
interface Route<S extends string> { service?: S; timeout?: Duration; aggregate?: Record<string, Call<S>> }
export declare function defineGateway<const S extends string>(config: {
  services: Record<S, string>
  routes: Record<string, NoInfer<S> | Route<NoInfer<S>>>
}): unknown
`

function project(files: Record<string, string>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "type check (1,2) ")))
  folders.push(folder)
  for (const [name, text] of Object.entries({ "tsconfig.json": tsconfig, "bellhop.d.ts": types, ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

const config = (routes: string): string => `import { defineGateway } from "bellhop"
export default defineGateway({
  services: { cart: "http://localhost:4001", user: "http://localhost:4002" },
  routes: {
    ${routes}
  },
})
`

describe("typeCheck()", () => {
  it("finds nothing in a good config", async () => {
    const folder = project({ "gateway.config.ts": config('"GET /cart": "cart"') })
    expect(await typeCheck(folder)).toEqual([])
  })

  it("finds a wrong service inline, with its place, its length and what was meant", async () => {
    const folder = project({ "gateway.config.ts": config('"POST /c": { aggregate: { cart: "crat GET /cart" } },') })
    expect(await typeCheck(folder)).toEqual([
      {
        code: "E901",
        severity: "error",
        message:
          'TS2322: "crat GET /cart" is not allowed here. Allowed: cart|user GET|POST /…. Did you mean "cart GET /cart"?',
        place: { file: join(folder, "gateway.config.ts"), line: 5, column: 31, length: 4 },
      },
    ])
  })

  it("measures string literals and names", async () => {
    const folder = project({
      "gateway.config.ts": config('"GET /é世😀": { tmeout: "3s" }'),
      "other.ts":
        'import { x } from "./missing"\nexport const y: string = [x, "世"].nope\nfunction f(a: 1) {}\nf("two words")',
    })
    const issues = await typeCheck(folder)
    expect(issues.map(({ place }) => [place?.line, place?.column, place?.length])).toEqual([
      [5, 20, 6],
      [1, 19, 11],
      [2, 35, 4],
      [4, 3, 11],
    ])
    expect(issues[0]?.message).toBe('TS2561: Unknown option "tmeout". Did you mean "timeout"?')
  })

  it("names files in sub-folders by their whole path", async () => {
    const folder = project({ "deep/part.ts": "export const x: string = 5" })
    const [issue] = await typeCheck(folder)
    expect(issue?.place).toEqual({ file: join(folder, "deep", "part.ts"), line: 1, column: 14, length: 1 })
  })

  it("takes the path of a tsconfig file as well", async () => {
    const folder = project({ "deep/part.ts": "export const x: string = 5" })
    const [issue] = await typeCheck(join(folder, "tsconfig.json"))
    expect(issue?.place?.file).toBe(join(folder, "deep", "part.ts"))
  })

  it("reports syntax errors and mistakes in tsconfig.json", async () => {
    const broken = await typeCheck(project({ "gateway.config.ts": "export default {" }))
    expect(broken.map((issue) => issue.message)).toEqual(["TS1005: '}' expected."])
    const [removed] = await typeCheck(project({ "tsconfig.json": '{ "compilerOptions": { "target": "es5" } }' }))
    expect(removed?.message).toMatch(/^TS\d+: /)
    expect(removed?.place?.file).toMatch(/tsconfig\.json$/)
  })

  it("reports a folder without tsconfig.json, and one that is not there", async () => {
    const folder = project({})
    rmSync(join(folder, "tsconfig.json"))
    const [missing] = await typeCheck(folder)
    expect(missing?.message).toContain("tsconfig.json")
    expect(missing?.place).toBeUndefined()
    const [nowhere] = await typeCheck(join(folder, "nowhere"))
    expect(nowhere?.message).toMatch(/^Cannot check types: .*nowhere/)
  })

  it("runs the type checker even if the project has a script of that name", async () => {
    const folder = project({
      "package.json": '{ "scripts": { "check": "exit 0" } }',
      "part.ts": "export const x: string = 5",
    })
    expect(await typeCheck(folder)).toHaveLength(1)
  })

  it("says so when the executable cannot be started", async () => {
    const [issue] = await typeCheck(project({}), { executable: "/nowhere/bellhop" })
    expect(issue).toMatchObject({ code: "E901", severity: "error" })
    expect(issue?.message).toMatch(/^Cannot check types: .*\/nowhere\/bellhop/)
  })

  it.each([
    ["echo 'out of memory' >&2; exit 134", 'Cannot check types: it ended with code 134 ("out of memory").'],
    ["kill -9 $$", "Cannot check types: it was ended by SIGKILL."],
    ["exit 1", "Cannot check types: it ended with code 1."],
  ])("says so when the process dies: %s", async (script, message) => {
    const executable = executableOf(script)
    expect((await typeCheck(project({}), { executable })).map((issue) => issue.message)).toEqual([message])
  })

  it("keeps what was found before the process died", async () => {
    const executable = executableOf("echo 'a.ts(1,2): error TS2322: Bad.'; exit 139")
    const issues = await typeCheck(project({}), { executable })
    expect(issues.map((issue) => issue.message)).toEqual([
      "TS2322: Bad.",
      'Cannot check types: it ended with code 139 ("a.ts(1,2): error TS2322: Bad.").',
    ])
  })

  it("finds nothing when it is given up before it begins", async () => {
    const folder = project({ "part.ts": "export const x: string = 5" })
    expect(await typeCheck(folder, { signal: AbortSignal.abort() })).toEqual([])
  })

  it("ends the process when it is given up, and finds nothing", async () => {
    const folder = project({})
    const started = join(folder, "started")
    Bun.spawnSync(["mkfifo", started])
    const executable = executableOf(`echo 'a.ts(1,2): error TS2322: Bad.'; echo $$ > '${started}'; exec sleep 600`)
    const stop = new AbortController()
    const check = typeCheck(folder, { executable, signal: stop.signal })
    const pid = Number(await readFile(started, "utf8"))
    stop.abort()
    expect(await check).toEqual([])
    expect(() => process.kill(pid, 0)).toThrow("ESRCH")
  })
})

function executableOf(script: string): string {
  const path = join(project({}), "checker")
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}
