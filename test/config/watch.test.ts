import { renameSync, rmSync, symlinkSync } from "node:fs"
import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { watch } from "../../src/config/watch.ts"
import { folder } from "../support/executable.ts"
import { save } from "../support/saves.ts"

/** A watch whose calls can be waited for. */
function watching(root: string, files: readonly string[]) {
  let next = Promise.withResolvers<void>()
  let calls = 0
  const watcher = watch(root, () => {
    calls++
    next.resolve()
    next = Promise.withResolvers()
  })
  watcher.cover(files.map((file) => join(root, file)))
  return {
    ...watcher,
    calls: () => calls,
    next: () => next.promise,
    [Symbol.asyncDispose]: () => watcher.close(),
  }
}

describe("watch() tells of", () => {
  it.each<[string, (path: string) => void]>([
    ["a file that is written", (path) => save(path, "gateway.config.ts", "2")],
    ["a file that is deleted", (path) => rmSync(join(path, "gateway.config.ts"))],
    ["a file that appears beside it", (path) => save(path, ".env", "A=1")],
    ["a file in a folder of another that is covered", (path) => save(path, "parts/b.ts", "1")],
    ["a mock", (path) => save(path, "mocks/cart/cart.GET.json", "2")],
    ["a mock in a new folder", (path) => save(path, "mocks/user/a/b/c.GET.json", "2")],
    [
      "a link that is swapped",
      (path) => {
        symlinkSync("elsewhere", join(path, "link"))
        renameSync(join(path, "link"), join(path, "..data"))
      },
    ],
  ])("%s", async (_, change) => {
    using shop = folder({ "gateway.config.ts": "1", "parts/a.ts": "1", "mocks/cart/cart.GET.json": "1" })
    await using watcher = watching(shop.path, ["gateway.config.ts", "parts/a.ts"])
    // Once when it is ready, since something may have changed before.
    await watcher.next()
    change(shop.path)
    await watcher.next()
    expect(watcher.calls()).toBeGreaterThan(1)
  })

  it("folders that are covered later, and asks to look again once they are watched", async () => {
    using shop = folder({ "gateway.config.ts": "1" })
    using parts = folder({ "a.ts": "1" })
    await using watcher = watching(shop.path, ["gateway.config.ts"])
    await watcher.next()
    watcher.cover([join(parts.path, "a.ts")])
    await watcher.next()
    const before = watcher.calls()
    save(parts.path, "a.ts", "2")
    await watcher.next()
    expect(watcher.calls()).toBeGreaterThan(before)
  })

  it("nothing any more once it is closed", async () => {
    using shop = folder({ "gateway.config.ts": "1" })
    const closed = watching(shop.path, ["gateway.config.ts"])
    await using other = watching(shop.path, ["gateway.config.ts"])
    await Promise.all([closed.next(), other.next()])
    await closed.close()
    const before = closed.calls()
    save(shop.path, "gateway.config.ts", "2")
    await other.next()
    expect(closed.calls()).toBe(before)
  })
})
