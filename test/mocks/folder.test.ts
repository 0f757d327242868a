import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs"
import { join } from "node:path"

import { afterEach, describe, expect, it, vi } from "vitest"

import { type MockFolder, readMocks } from "../../src/mocks/folder.ts"
import type { MockCache } from "../../src/mocks/load.ts"
import { exchangeOf, folderOf, freshModules, write } from "./mock-tools.ts"

const read = (root: string, cache: MockCache = new Map()): Promise<MockFolder> =>
  readMocks(root, { importModule: freshModules(), cache })

const sample = (mocks: MockFolder, service: string, path: string): unknown => {
  const answer = mocks.services.get(service)?.find(exchangeOf("GET", path))?.mock.answer
  return answer && "sample" in answer ? answer.sample : undefined
}

describe("readMocks()", () => {
  afterEach(() => vi.restoreAllMocks())

  it("reads one table for each folder of a service", async () => {
    const root = folderOf({
      "cart/cart.GET.json": '{ "items": [] }',
      "user/users/[id].GET.ts": "export default { id: 1 }",
      "user/_data.ts": "throw new Error('never imported')",
      "README.md": "# Mocks",
      "orders.json": "[]",
    })
    const mocks = await read(root)
    expect(mocks.problems).toEqual([])
    expect([...mocks.services.keys()]).toEqual(["cart", "user"])
    expect(mocks.files).toEqual([join(root, "cart/cart.GET.json"), join(root, "user/users/[id].GET.ts")])
    expect(sample(mocks, "cart", "/cart")).toEqual({ items: [] })
    expect(sample(mocks, "user", "/users/7")).toEqual({ id: 1 })
  })

  it("takes a folder that is not there for empty", async () => {
    const mocks = await read(join(folderOf({}), "mocks"))
    expect(mocks).toEqual({ services: new Map(), files: [], problems: [] })
  })

  it("says so when mocks is a file", async () => {
    const root = folderOf({ mocks: "" })
    expect((await read(join(root, "mocks"))).problems).toMatchObject([{ code: "E602", file: join(root, "mocks") }])
  })

  it("finds every problem at once, each with its place", async () => {
    const root = folderOf({
      "a/broken.GET.json": '{\n  "a": 1,\n}',
      "a/cart.get.json": "{}",
      "a/data.GET.jsn": "{}",
      "a/empty.GET.json": "",
      "a/latin.GET.txt": new Uint8Array([0x63, 0x61, 0x66, 0xe9]),
      "a/none.DELETE.204.json": '{ "a": 1 }',
      "b/syntax.GET.ts": "const a = 1\nexport default { a: a +, }\n",
      "b/throws.GET.ts": 'const a: number = 1\n\nthrow new Error("boom " + a)\n',
      "b/nothing.GET.ts": "export const a = 1\n",
      "b/map.GET.ts": "export default { found: new Map() }\n",
      "b/same.GET.json": "1",
      "b/same.GET.404.txt": "2",
      "b/[id]/x.GET.json": "1",
      "b/[name]/x(default).GET.json": "2",
      "b/good.GET.json": '"good"',
    })
    const mocks = await read(root)
    expect(
      mocks.problems.map(({ code, file, line, column }) => [code, file.slice(root.length + 1), line, column]),
    ).toEqual([
      ["E602", "a/broken.GET.json", 2, 9],
      ["E601", "a/cart.get.json", undefined, undefined],
      ["E601", "a/data.GET.jsn", undefined, undefined],
      ["E602", "a/empty.GET.json", 1, 1],
      ["E602", "a/latin.GET.txt", undefined, undefined],
      ["E602", "a/none.DELETE.204.json", undefined, undefined],
      ["E603", "b/[name]/x(default).GET.json", undefined, undefined],
      ["E602", "b/map.GET.ts", undefined, undefined],
      ["E602", "b/nothing.GET.ts", undefined, undefined],
      ["E603", "b/same.GET.json", undefined, undefined],
      ["E602", "b/syntax.GET.ts", 2, 24],
      ["E602", "b/throws.GET.ts", 3, expect.any(Number)],
    ])
    const message = (name: string): string | undefined =>
      mocks.problems.find(({ file }) => file.endsWith(name))?.message
    expect(message("broken.GET.json")).toBe(
      'Mock "mocks/a/broken.GET.json" is not valid JSON: a comma may not stand before "}".',
    )
    expect(message("throws.GET.ts")).toBe('Mock "mocks/b/throws.GET.ts" cannot be imported: boom 1')
    expect(message("map.GET.ts")).toContain('"found" is a Map')
    expect(message("same.GET.json")).toBe(
      'Mocks "mocks/b/same.GET.404.txt" and "mocks/b/same.GET.json" answer the same requests.',
    )
    expect(mocks.problems.find(({ file }) => file.endsWith(".jsn"))?.fix).toContain('".json"')
    expect(sample(mocks, "b", "/good")).toBe("good")
  })

  it("takes an empty file for the empty body of a status without one", async () => {
    const mocks = await read(folderOf({ "a/none.GET.204.json": "\n", "a/some.GET.304.txt": "" }))
    expect(mocks.problems).toEqual([])
    expect(mocks.services.get("a")?.list()).toHaveLength(2)
  })

  it("opens only the files that changed since the last time", async () => {
    const root = folderOf({ "a/one.GET.json": "1", "a/two.GET.json": "2", "a/gone.GET.json": "3" })
    const cache: MockCache = new Map()
    await read(root, cache)
    const opened = vi.spyOn(Bun, "file")
    await read(root, cache)
    expect(opened).not.toHaveBeenCalled()

    write(root, "a/new", "22")
    renameSync(join(root, "a/new"), join(root, "a/two.GET.json"))
    rmSync(join(root, "a/gone.GET.json"))
    const mocks = await read(root, cache)
    expect(opened.mock.calls).toEqual([[join(root, "a/two.GET.json")]])
    expect([sample(mocks, "a", "/one"), sample(mocks, "a", "/two")]).toEqual([1, 22])
    expect([...cache.keys()].toSorted()).toEqual([join(root, "a/one.GET.json"), join(root, "a/two.GET.json")])
  })

  it("imports scripts anew each time, with what they import", async () => {
    const root = folderOf({ "a/one.GET.ts": 'export { value as default } from "./_value.ts"' })
    const cache: MockCache = new Map()
    write(root, "a/_value.ts", "export const value = 1")
    expect(sample(await read(root, cache), "a", "/one")).toBe(1)
    write(root, "a/_value.ts", "export const value = 2")
    expect(sample(await read(root, cache), "a", "/one")).toBe(2)
  })

  it("follows links, and not in circles", async () => {
    const root = folderOf({ ".data/cart.GET.json": "1" })
    mkdirSync(join(root, "a"))
    symlinkSync(join(root, ".data/cart.GET.json"), join(root, "a/cart.GET.json"))
    symlinkSync(join(root, ".data"), join(root, "b"))
    symlinkSync(root, join(root, "a/loop"))
    symlinkSync(join(root, "nowhere"), join(root, "a/lost.GET.json"))
    const mocks = await read(root)
    expect(sample(mocks, "a", "/cart")).toBe(1)
    expect(sample(mocks, "b", "/cart")).toBe(1)
    expect(mocks.problems[0]).toMatchObject({ code: "E602", file: join(root, "a/lost.GET.json") })
  })
})
