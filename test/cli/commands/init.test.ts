import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { starterConfig, starterMocks } from "../../../src/cli/starter.ts"
import { called, folder } from "../called.ts"

const files = (root: string): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort()

const read = (root: string, path: string): string => readFileSync(join(root, path), "utf8")

describe("init", () => {
  it("writes a config that is fine as it stands, types included", async () => {
    const cwd = folder()
    const { code, out, err } = await called(["init"], { cwd })
    expect([code, err]).toEqual([0, ""])
    expect(out).toContain("Next\n  bellhop dev\n  curl http://localhost:8080/home/7\n")
    expect(files(cwd)).toEqual(
      expect.arrayContaining([
        ".bellhop/bellhop.d.ts",
        ".bellhop/tsconfig.json",
        ".gitignore",
        "gateway.config.ts",
        "tsconfig.json",
      ]),
    )
    const checked = await called(["check"], { cwd })
    expect(checked.out).toMatch(/^gateway\.config\.ts is fine: 2 services, 3 routes/)
  })

  it("names a request to try that the config answers from its mocks", async () => {
    const cwd = folder()
    const { out } = await called(["init"], { cwd })
    const url = /curl (\S+)/.exec(out)?.[1] ?? ""
    const { out: explained } = await called(["explain", url, "--json"], { cwd })
    expect(JSON.parse(explained)).toMatchObject({
      route: { choices: [{ target: { name: "aggregate" }, services: [{ mode: "mock" }, { mode: "mock" }] }] },
    })
  })

  it("makes the folder it is given, and says how to get there", async () => {
    const cwd = folder()
    const { code, out } = await called(["init", "my shops/first"], { cwd })
    expect([code, out]).toEqual([0, expect.stringContaining("  cd 'my shops/first'\n  bellhop dev\n")])
    expect(read(cwd, "my shops/first/gateway.config.ts")).toBe(starterConfig.text)
  })

  it("keeps every file that is there, and says so", async () => {
    const cwd = folder()
    writeFileSync(join(cwd, "gateway.config.ts"), "// mine\n")
    writeFileSync(join(cwd, "tsconfig.json"), "{}\n")
    const { code, out } = await called(["init"], { cwd })
    expect(code).toBe(0)
    expect(out).toMatch(/kept +gateway\.config\.ts {2}--force writes it anew\n/)
    expect(out).toMatch(/kept +tsconfig\.json {2}for completion, let it extend "\.\/\.bellhop\/tsconfig\.json"\n/)
    expect([read(cwd, "gateway.config.ts"), read(cwd, "tsconfig.json")]).toEqual(["// mine\n", "{}\n"])
    // The mocks of the starter are nothing to a config of somebody's own.
    expect(files(cwd).filter((file) => file.startsWith("mocks"))).toEqual([])
  })

  it("changes nothing when it is run again", async () => {
    const cwd = folder()
    await called(["init"], { cwd })
    const before = files(cwd).map((file) => read(cwd, file))
    const { code, out } = await called(["init"], { cwd })
    expect([code, out]).toEqual([0, expect.not.stringContaining("wrote")])
    expect(files(cwd).map((file) => read(cwd, file))).toEqual(before)
  })

  it("overwrites the config with --force, after saying so, and nothing else", async () => {
    const cwd = folder()
    const mock = starterMocks[0]?.path ?? ""
    await called(["init"], { cwd })
    writeFileSync(join(cwd, "gateway.config.ts"), "// mine\n")
    writeFileSync(join(cwd, mock), "// mine\n")
    const { code, out } = await called(["init", "--force"], { cwd })
    expect([code, out]).toEqual([0, expect.stringMatching(/^ +overwriting gateway\.config\.ts\n/)])
    expect([read(cwd, "gateway.config.ts"), read(cwd, mock)]).toEqual([starterConfig.text, "// mine\n"])
  })

  it.each([
    ["node_modules\n", "node_modules\n.bellhop/\n"],
    ["node_modules", "node_modules\n.bellhop/\n"],
    ["", ".bellhop/\n"],
    ["/.bellhop\nx\n", "/.bellhop\nx\n"],
    ["a\r\n.bellhop/\r\n", "a\r\n.bellhop/\r\n"],
  ])("makes git leave .bellhop/ alone where .gitignore is %j", async (before, after) => {
    const cwd = folder()
    writeFileSync(join(cwd, ".gitignore"), before)
    await called(["init"], { cwd })
    expect(read(cwd, ".gitignore")).toBe(after)
  })

  it("refuses a file where a folder should be", async () => {
    const cwd = folder()
    writeFileSync(join(cwd, "shop"), "")
    const { code, err } = await called(["init", "shop"], { cwd })
    expect([code, err]).toEqual([2, expect.stringContaining('Cannot write into "shop": it is a file.')])
  })

  it("ends with 4 where it may not write, and says where", async ({ skip }) => {
    if (process.getuid?.() === 0) return skip("root may write everywhere")
    const cwd = folder()
    mkdirSync(join(cwd, "locked"), { mode: 0o555 })
    const { code, err } = await called(["init", "locked"], { cwd })
    expect([code, err]).toEqual([4, expect.stringMatching(/^error Cannot use ".*locked.*": it is not permitted\./)])
  })
})
