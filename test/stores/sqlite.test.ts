import { Database } from "bun:sqlite"
import { chmodSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { sqlite } from "../../src/stores/sqlite.ts"
import { type Folder, folder } from "../support/executable.ts"
import { startedTogether } from "../support/started-together.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (value: Uint8Array | undefined): string | undefined => value && new TextDecoder().decode(value)

const limit = 16 * 1024 * 1024
const open = (place: Folder, path = "store.sqlite") =>
  sqlite.create({ path, limit }, { root: place.path, now: Date.now })
const problem = (place: Folder, path = "store.sqlite") => sqlite.problem?.({ path, limit }, place.path)

describe("sqlite", () => {
  it("is the same store after a restart", async () => {
    using place = folder()
    const before = open(place)
    await before.add("a", bytes("1"), 60_000)
    before.close()
    const after = open(place)
    expect(text(await after.get("a"))).toBe("1")
    after.close()
  })

  it("lets one of four processes that begin at the same time on no file be first with each key", async () => {
    using place = folder()
    const file = join(place.path, "data/store.sqlite")
    const script = join(import.meta.dirname, "store-adder.ts")
    const first = (await startedTogether(
      script,
      ["p0", "p1", "p2", "p3"].map((name) => [file, name, "300"]),
    )) as string[][]
    expect(first.flat().toSorted()).toEqual(Array.from({ length: 300 }, (_, at) => `k${at}`).toSorted())
    const store = open(place, file)
    for (const [at, keys] of first.entries()) for (const key of keys) expect(text(await store.get(key))).toBe(`p${at}`)
    store.close()
  })

  it("makes the file for its own user only, and what SQLite puts beside it", async () => {
    using place = folder()
    const store = open(place, "deep/down/store.sqlite")
    await store.set("a", bytes("1"), 1000)
    const files = readdirSync(join(place.path, "deep/down"))
    expect(files.length).toBeGreaterThan(1)
    for (const file of files) expect(statSync(join(place.path, "deep/down", file)).mode & 0o777).toBe(0o600)
    store.close()
    expect(readdirSync(join(place.path, "deep/down"))).toEqual(["store.sqlite"])
  })

  it("waits for a process that writes, and fails when that takes too long", async () => {
    using place = folder()
    const store = open(place)
    await store.set("a", bytes("1"), 60_000)
    const other = new Database(join(place.path, "store.sqlite"), { readwrite: true, create: false })
    other.run("BEGIN IMMEDIATE")
    await expect(store.add("b", bytes("1"), 1000)).rejects.toThrow("database is locked")
    expect(text(await store.get("a"))).toBe("1")
    other.run("COMMIT")
    other.close()
    expect(await store.add("b", bytes("1"), 1000)).toBe(true)
    store.close()
  })

  it("fails while the file is damaged, and goes on when there is a good one", async () => {
    using place = folder()
    writeFileSync(join(place.path, "store.sqlite"), "no database ".repeat(1000))
    const store = open(place)
    for (let time = 0; time < 2; time++)
      await expect(store.add("a", bytes("1"), 1000)).rejects.toThrow("file is not a database")
    rmSync(join(place.path, "store.sqlite"))
    expect(await store.add("a", bytes("1"), 1000)).toBe(true)
    store.close()
  })

  it("goes on with a file of the version before, and what is in it", async () => {
    using place = folder()
    const older = new Database(join(place.path, "store.sqlite"), { create: true })
    for (const said of [
      "CREATE TABLE entries (key PRIMARY KEY, value BLOB NOT NULL, expires INTEGER NOT NULL)",
      "CREATE INDEX entries_expires ON entries (expires)",
      `INSERT INTO entries VALUES ('a', x'31', ${Date.now() + 60_000})`,
      `PRAGMA application_id = ${0x42454c4c}`,
      "PRAGMA user_version = 1",
    ])
      older.run(said)
    older.close()
    expect(problem(place)).toBeUndefined()
    const store = open(place)
    expect(text(await store.get("a"))).toBe("1")
    const want = { key: "a", rule: { kind: "fixed", limit: 1, window: 60_000 }, cost: 1 } as const
    expect(await store.take([want])).toMatchObject([{ allowed: true }])
    store.close()
    const again = open(place)
    expect(text(await again.get("a"))).toBe("1")
    again.close()
  })

  it("never writes into a database of somebody else", async () => {
    using place = folder()
    const theirs = new Database(join(place.path, "store.sqlite"), { create: true })
    theirs.run("CREATE TABLE users (name TEXT)")
    await expect(open(place).set("a", bytes("1"), 1000)).rejects.toThrow("it holds the data of another program")
    expect(theirs.query("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "users" }])
    theirs.close()
  })

  it("sweeps what is over out of the file, however much that is", async () => {
    using place = folder()
    let time = 0
    const store = sqlite.create({ path: "store.sqlite", limit }, { root: place.path, now: () => time })
    for (let at = 0; at < 1200; at++) await store.set(`k${at}`, bytes("1"), at % 3 === 0 ? 1000 : 10)
    time = 10
    await store.sweep()
    store.close()
    const file = new Database(join(place.path, "store.sqlite"), { readonly: true })
    expect(file.query("SELECT count(*) AS count FROM entries").get()).toEqual({ count: 400 })
    file.close()
  })
})

describe("problem()", () => {
  it("finds none where a file is, can be made, or is in use; and makes nothing", async () => {
    using place = folder({ "empty.sqlite": "" })
    for (const path of ["store.sqlite", "deep/down/store.sqlite", "empty.sqlite"])
      expect(problem(place, path)).toBeUndefined()
    expect(readdirSync(place.path)).toEqual(["empty.sqlite"])
    const store = open(place)
    await store.set("a", bytes("1"), 1000)
    expect(problem(place)).toBeUndefined()
    store.close()
    expect(problem(place)).toBeUndefined()
    expect(existsSync(join(place.path, "store.sqlite-wal"))).toBe(false)
  })

  it("says which file cannot be used, why, and what to do", () => {
    using place = folder({ "text.sqlite": "no database ".repeat(1000), "folder/a": "" })
    const theirs = new Database(join(place.path, "theirs.sqlite"), { create: true })
    theirs.run("CREATE TABLE users (name TEXT)")
    theirs.close()
    const newer = new Database(join(place.path, "newer.sqlite"), { create: true })
    for (const said of [
      "CREATE TABLE entries (key)",
      `PRAGMA application_id = ${0x42454c4c}`,
      "PRAGMA user_version = 9",
    ])
      newer.run(said)
    newer.close()
    for (const [path, reason] of [
      ["text.sqlite", "file is not a database"],
      ["folder", "it is not a file"],
      ["text.sqlite/store.sqlite", `"${join(place.path, "text.sqlite")}" is not a folder`],
      ["theirs.sqlite", "it holds the data of another program"],
      ["newer.sqlite", "it is of version 9, and this program writes version 2"],
    ] as const) {
      const found = problem(place, path)
      expect(found?.message).toBe(`Cannot use the store "${join(place.path, path)}": ${reason}.`)
      expect(found?.fix).toMatch(/^[A-Z].*\.$/)
    }
  })

  it("says that this user may not write there", ({ skip }) => {
    if (process.getuid?.() === 0) return skip("root may write everywhere")
    using place = folder({ "closed/store.sqlite": "" })
    chmodSync(join(place.path, "closed"), 0o555)
    for (const path of ["closed/store.sqlite", "closed/other.sqlite"])
      expect(problem(place, path)?.message).toContain("this user may not write there (EACCES)")
    chmodSync(join(place.path, "closed"), 0o755)
  })
})
