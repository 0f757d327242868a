import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { bellhopTypes } from "../../../src/config/types.ts"
import { called, folder } from "../called.ts"
import { project } from "../shop.ts"

describe("types", () => {
  it("writes what the editor needs, and only what is not there yet", async () => {
    const cwd = project()
    const first = await called(["types"], { cwd })
    expect([first.code, first.out]).toEqual([0, expect.stringContaining("wrote .bellhop/bellhop.d.ts\n")])
    expect(readFileSync(join(cwd, ".bellhop/bellhop.d.ts"), "utf8")).toBe(bellhopTypes())
    const second = await called(["types"], { cwd })
    expect([second.code, second.out]).toEqual([0, ".bellhop/ is up to date\n"])
  })

  it("only looks with --check, and ends with 5 when something is out of date", async () => {
    const cwd = project()
    const missing = await called(["types", "--check"], { cwd })
    expect([missing.code, missing.err]).toEqual([5, expect.stringContaining("out of date .bellhop/bellhop.d.ts\n")])
    expect(existsSync(join(cwd, ".bellhop"))).toBe(false)
    await called(["types"], { cwd })
    expect((await called(["types", "--check"], { cwd })).code).toBe(0)
    writeFileSync(join(cwd, ".bellhop/bellhop.d.ts"), "old")
    const old = await called(["types", "--check"], { cwd })
    expect([old.code, old.out]).toEqual([5, ""])
    expect(old.err).toBe('out of date .bellhop/bellhop.d.ts\nRun "bellhop types" to write them again.\n')
  })

  it("writes beside the config it is given", async () => {
    const cwd = project({ "shop/edge.config.ts": "export default 1\n" })
    await called(["types", "-c", "shop/edge.config.ts"], { cwd })
    expect(readFileSync(join(cwd, "shop/.bellhop/tsconfig.json"), "utf8")).toContain('"../edge.config.ts"')
  })

  it("writes nothing where there is no config", async () => {
    const cwd = folder()
    const { code, err } = await called(["types"], { cwd })
    expect([code, err]).toEqual([3, expect.stringContaining('Run "bellhop init" to write one.')])
    expect(existsSync(join(cwd, ".bellhop"))).toBe(false)
  })
})
