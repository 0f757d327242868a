import { join } from "node:path"

import { describe, expect, it } from "vitest"

import type { Issue } from "../../src/config/issue.ts"
import { load, type Loaded } from "../../src/config/load.ts"
import { Secret } from "../../src/core/secret.ts"
import { type Folder, folder } from "../support/executable.ts"

const silent = { info() {}, warn() {}, error() {} }

async function loaded(shop: Folder, environment: Record<string, string> = {}): Promise<Loaded> {
  const result = await load(join(shop.path, "gateway.config.ts"), { log: silent, environment })
  if (Array.isArray(result)) throw new Error(result.map(({ message }) => message).join("\n"))
  return result
}

async function issues(shop: Folder, more: { limit?: number; signal?: AbortSignal } = {}): Promise<Issue[]> {
  const result = await load(join(shop.path, "gateway.config.ts"), { log: silent, environment: {}, ...more })
  if (!Array.isArray(result)) throw new Error("It was loaded.")
  return result
}

describe("load()", () => {
  it("gives the default export, and the values behind defineGateway, env and file", async () => {
    using shop = folder({
      "gateway.config.ts": `import { defineGateway, env, file } from "bellhop"\nexport default defineGateway({ a: env("A"), b: file("b") })\n`,
    })
    const { value, dispose } = await loaded(shop, { A: "secret" })
    const { a, b } = value as Record<"a" | "b", unknown>
    expect(a instanceof Secret && a.reveal()).toBe("secret")
    expect(b instanceof Secret && b.file).toBe(join(shop.path, "b"))
    dispose()
  })

  it("reads all files again each time, also those that are imported", async () => {
    using shop = folder({
      "gateway.config.ts": `import { n } from "./n.ts"\nexport default n\n`,
      "n.ts": "export const n = 1\n",
    })
    const first = await loaded(shop)
    shop.write("n.ts", "export const n = 2\n")
    const second = await loaded(shop)
    expect([first.value, second.value]).toEqual([1, 2])
    first.dispose()
    second.dispose()
  })

  it("gives the config an environment of its own, and leaves that of the process alone", async () => {
    using shop = folder({
      "gateway.config.ts": `const before = process.env.BELLHOP_TEST_LOAD\nprocess.env.BELLHOP_TEST_LOAD = "changed"\nexport default { before, path: process.env.PATH, cwd: process.cwd() }\n`,
    })
    const { value, dispose } = await loaded(shop, { BELLHOP_TEST_LOAD: "own" })
    expect(value).toEqual({ before: "own", path: undefined, cwd: process.cwd() })
    expect(process.env.BELLHOP_TEST_LOAD).toBeUndefined()
    dispose()
  })

  it("imports other modules into the same state", async () => {
    using shop = folder({
      "gateway.config.ts": `import { state } from "./state.ts"\nexport default state\n`,
      "state.ts": "export const state = {}\n",
      "mock.ts": `import { state } from "./state.ts"\nexport default state\n`,
    })
    const { value, importModule, dispose } = await loaded(shop)
    expect(((await importModule(join(shop.path, "mock.ts"))) as { default: unknown }).default).toBe(value)
    dispose()
  })

  it("ends on dispose() what the config began", async () => {
    using shop = folder({
      "gateway.config.ts": `const state = { ticks: 0 }\nconst waiting: (() => void)[] = []\nsetInterval(() => { state.ticks++; for (const one of waiting.splice(0)) one() }, 1)\nexport default { state, next: () => new Promise<void>((resolve) => waiting.push(resolve)) }\n`,
    })
    const old = await loaded(shop)
    const next = await loaded(shop)
    const [one, other] = [old.value, next.value] as { state: { ticks: number }; next: () => Promise<void> }[]
    await one?.next()
    old.dispose()
    const last = one?.state.ticks
    for (let tick = 0; tick < 10; tick++) await other?.next()
    expect(one?.state.ticks).toBe(last)
    next.dispose()
  })

  it("says that a config is not there", async () => {
    using shop = folder()
    expect(await issues(shop)).toEqual([
      expect.objectContaining({ code: "E109", message: `Cannot find the config "${shop.path}/gateway.config.ts".` }),
    ])
  })

  it("gives up what takes longer than its limit, at the await that it hangs on", async () => {
    using shop = folder({ "gateway.config.ts": `const a = 1\nawait new Promise(() => {})\nexport default a\n` })
    expect(await issues(shop, { limit: 20 })).toEqual([
      expect.objectContaining({
        code: "E105",
        message: "The config was not loaded within 20ms.",
        place: { file: join(shop.path, "gateway.config.ts"), line: 2, column: 1, length: 5 },
      }),
    ])
  })

  it("gives up at once, and without an issue, when it is no longer wanted", async () => {
    using shop = folder({ "gateway.config.ts": `await new Promise(() => {})\nexport default 1\n` })
    const giveUp = new AbortController()
    const result = issues(shop, { signal: giveUp.signal })
    giveUp.abort()
    expect(await result).toEqual([])
  })
})
