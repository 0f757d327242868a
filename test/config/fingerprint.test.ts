import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { changedSince, fingerprint } from "../../src/config/fingerprint.ts"
import { type Folder, folder } from "../support/executable.ts"

function of(shop: Folder): () => string {
  return () => fingerprint([join(shop.path, "a.ts"), join(shop.path, "b.ts")], join(shop.path, "mocks"))
}

const files = { "a.ts": "a", "b.ts": "b", "mocks/cart/cart.GET.json": "1" }

describe("fingerprint() stays the same", () => {
  it.each<[string, (path: string) => void]>([
    ["when nothing happens", () => undefined],
    ["when a file is touched", (path) => utimesSync(join(path, "a.ts"), 1, 1)],
    ["when a file is written again as it was", (path) => writeFileSync(join(path, "a.ts"), "a")],
    ["when another file changes", (path) => writeFileSync(join(path, "c.ts"), "c")],
    ["when an editor leaves something", (path) => writeFileSync(join(path, "mocks/cart/.cart.GET.json.swp"), "1")],
    ["when a folder without a mock is made", (path) => mkdirSync(join(path, "mocks/user"))],
  ])("%s", (_, change) => {
    using shop = folder(files)
    const now = of(shop)
    const before = now()
    change(shop.path)
    expect(now()).toBe(before)
  })
})

describe("fingerprint() changes", () => {
  it.each<[string, (path: string) => void]>([
    ["with the text of a file", (path) => writeFileSync(join(path, "b.ts"), "c")],
    [
      "when text moves from one file to the next",
      (path) => (writeFileSync(join(path, "a.ts"), "ab"), writeFileSync(join(path, "b.ts"), "")),
    ],
    ["when a file goes", (path) => rmSync(join(path, "b.ts"))],
    ["when a file becomes a folder", (path) => (rmSync(join(path, "b.ts")), mkdirSync(join(path, "b.ts")))],
    [
      "when a link leads elsewhere, even to the same text",
      (path) => {
        writeFileSync(join(path, "other.ts"), "b")
        rmSync(join(path, "b.ts"))
        symlinkSync("other.ts", join(path, "b.ts"))
      },
    ],
    ["with a file in the folder", (path) => writeFileSync(join(path, "mocks/cart/cart.GET.json"), "22")],
    [
      "with a file in the folder that keeps its size and time",
      (path) => {
        const file = join(path, "mocks/cart/cart.GET.json")
        utimesSync(file, 1, 1)
        writeFileSync(`${file}.new`, "2")
        utimesSync(`${file}.new`, 1, 1)
        renameSync(`${file}.new`, file)
      },
    ],
    [
      "with the name of a file in the folder",
      (path) => renameSync(join(path, "mocks/cart/cart.GET.json"), join(path, "mocks/cart/card.GET.json")),
    ],
    ["when the folder goes", (path) => rmSync(join(path, "mocks"), { recursive: true })],
  ])("%s", (_, change) => {
    using shop = folder(files)
    const now = of(shop)
    const before = now()
    change(shop.path)
    expect(now()).not.toBe(before)
  })
})

it("changedSince() tells files that were written from files that were there", () => {
  using shop = folder(files)
  const all = [join(shop.path, "a.ts"), join(shop.path, "missing.ts")]
  expect(changedSince(all, Date.now() - 1000)).toBe(true)
  expect(changedSince(all, Date.now() + 60_000)).toBe(false)
  expect(changedSince([join(shop.path, "missing.ts")], 0)).toBe(false)
})

it("fingerprint() takes mocks for mocks also behind links, and comes back from a circle of them", () => {
  using shop = folder({ ...files, "elsewhere/user.GET.json": "1" })
  const now = of(shop)
  const before = now()
  symlinkSync("..", join(shop.path, "mocks/cart/up"))
  expect(now()).not.toBe("")
  symlinkSync("../elsewhere", join(shop.path, "mocks/user"))
  const linked = now()
  expect(linked).not.toBe(before)
  shop.write("elsewhere/user.GET.json", "22")
  expect(now()).not.toBe(linked)
})
