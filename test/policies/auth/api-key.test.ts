import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { check } from "../../../src/config/check.ts"
import { env, useSurroundings } from "../../../src/core/secret.ts"
import type { Store } from "../../../src/core/store.ts"
import { issuedKeys } from "../../../src/policies/auth/api-key/issued-keys.ts"
import { placeOf } from "../../../src/policies/auth/api-key/key-record.ts"
import { digestOf, makeKey } from "../../../src/policies/auth/api-key/key-text.ts"
import { exchange, type TestTools, tools } from "../../support/exchange.ts"
import { guarded, problemsOf } from "./guarded.ts"

const key = makeKey("live")
const hash = `sha256:${digestOf(key)}`

const shown = (text: string) => ({ headers: { "x-api-key": text } })

const start = Date.parse("2030-01-01T00:00:00Z")

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"], now: start }))
afterEach(() => void vi.useRealTimers())

const pass = (milliseconds: number): void => void vi.setSystemTime(Date.now() + milliseconds)

describe("apiKey() with keys of the config", () => {
  it("lets in who shows a key, and says who it is", async () => {
    const known = { key: hash, plan: "gold", tenant: "acme", scopes: ["read"], roles: ["shop"], metadata: { tier: 2 } }
    const { ask } = guarded({ apiKey: { keys: { partner: known } } })
    const { served } = await ask(shown(key))
    expect(served?.identity).toEqual({
      scheme: "apiKey",
      subject: "partner",
      issuer: undefined,
      credential: "partner",
      plan: "gold",
      tenant: "acme",
      scopes: ["read"],
      roles: ["shop"],
      claims: { tier: 2 },
    })
  })

  it("takes a secret with the key in it, of any form, and a subject of several keys", async () => {
    useSurroundings({ OLD: "a-key-of-another-gateway", NEW: key }, ".")
    const { ask } = guarded({
      apiKey: { keys: { old: { key: env("OLD"), subject: "shop" }, new: { key: env("NEW"), subject: "shop" } } },
    })
    const identities = [await ask(shown("a-key-of-another-gateway")), await ask(shown(key))].map(
      ({ served }) => served?.identity,
    )
    expect(identities).toMatchObject([
      { subject: "shop", credential: "old" },
      { subject: "shop", credential: "new" },
    ])
  })

  it("takes its keys out of a file or a variable with JSON", async () => {
    useSurroundings(
      { KEYS: JSON.stringify({ partner: { key: hash, plan: "gold" }, other: `sha256:${"0".repeat(64)}` }) },
      ".",
    )
    const { served } = await guarded({ apiKey: { keys: env("KEYS") } }).ask(shown(key))
    expect(served?.identity).toMatchObject({ subject: "partner", plan: "gold" })
  })

  const refusals: [why: string, text: string, reason: string][] = [
    ["another key", makeKey("live"), "nobody has this key"],
    [
      "a key with a wrong checksum, which is looked up nowhere",
      `${key.slice(0, -1)}!`,
      "the checksum of the key is wrong",
    ],
    ["a key in capitals", key.toUpperCase(), "nobody has this key"],
    ["an empty key", "", "the key is empty or too long"],
    ["an endless key", "k".repeat(513), "the key is empty or too long"],
    ["the name of a key", "partner", "nobody has this key"],
    ["the hash of a key", hash, "nobody has this key"],
    ['what every object has: an API key "constructor" was once let in', "constructor", "nobody has this key"],
    ["what every object has in its prototype", "__proto__", "nobody has this key"],
  ]
  it.each(refusals)("refuses %s", async (_, text, reason) => {
    const { ask, tools } = guarded({ apiKey: { keys: { partner: hash } } })
    expect((await ask(shown(text))).status).toBe(401)
    expect(tools.logged.map(({ message }) => message)).toEqual([expect.stringContaining(`apiKey: ${reason} (exchange`)])
  })

  it("refuses a key from the moment on that it expires, also one that was shown before", async () => {
    const { ask } = guarded({ apiKey: { keys: { partner: { key: hash, expires: "2030-01-01T00:01:00Z" } } } })
    expect((await ask(shown(key))).status).toBe(200)
    pass(59_999)
    expect((await ask(shown(key))).status).toBe(200)
    pass(1)
    expect((await ask(shown(key))).status).toBe(401)
  })

  it("takes only keys of its environment, and those that name none", async () => {
    useSurroundings({ OTHER: "a-key-of-another-gateway", TEST: makeKey("test") }, ".")
    const test = env("TEST")
    const { ask } = guarded({ apiKey: { environment: "live", keys: { live: hash, test, other: env("OTHER") } } })
    expect((await ask(shown(key))).status).toBe(200)
    expect((await ask(shown(test.reveal() ?? ""))).status).toBe(401)
    expect((await ask(shown("a-key-of-another-gateway"))).status).toBe(200)
  })

  it("looks at all its places, and refuses two keys at once", async () => {
    const from = [{ header: "authorization", word: "ApiKey" }, { query: "key" }]
    const { ask } = guarded({ apiKey: { from, keys: { partner: hash } } })
    expect((await ask({ headers: { authorization: `apikey ${key}` } })).status).toBe(200)
    expect((await ask({ path: `/?key=${key}` })).served?.search).toBe("")
    expect((await ask({ path: `/?key=${key}`, headers: { authorization: `ApiKey ${key}` } })).status).toBe(200)
    expect((await ask({ path: `/?key=${key}`, headers: { authorization: "ApiKey x" } })).status).toBe(401)
    expect((await ask(shown(key))).status).toBe(401)
  })

  const mistakes: [why: string, written: unknown, message: string][] = [
    [
      "a key in the open",
      { keys: { a: key } },
      "A key stands in the config, where everybody who reads it could use it.",
    ],
    ["no keys", { keys: {} }, "No keys."],
    ["one key twice", { keys: { a: hash, b: { key: hash } } }, '"b" is the same key as "a".'],
    [
      "a date that is none",
      { keys: { a: { key: hash, expires: "2030-02-30" } } },
      'Expected a date such as "2030-01-31"',
    ],
    ["no place", { from: {} }, "this one names no place"],
    ["two places in one", { from: { header: "a", query: "b" } }, 'this one names "header" and "query"'],
    ["a word before a cookie", { from: { cookie: "a", word: "Bearer" } }, 'this one has "word" beside "cookie"'],
    ["an unknown option of a key", { keys: { a: { key: hash, plann: "x" } } }, 'Did you mean "plan"?'],
  ]
  it.each(mistakes)("is refused with %s", (_, apiKey, message) => {
    expect(problemsOf({ apiKey })).toEqual([expect.stringContaining(message)])
  })

  it("is refused with a secret that is too short, mistyped or no JSON, and never quotes it", () => {
    useSurroundings({ SHORT: "hunter2", TYPO: `${key}x`, KEYS: '{"a": hunter2}', IN: '{"a":{"key":"hunter2"}}' }, ".")
    const keys = { short: env("SHORT"), typo: env("TYPO") }
    const problems = [keys, env("KEYS"), env("IN")].flatMap((one) => problemsOf({ apiKey: { keys: one } }))
    expect(problems).toEqual([
      "auth.apiKey.keys.short: The key is shorter than 20 characters.",
      "auth.apiKey.keys.typo: The checksum of the key is wrong.",
      'auth.apiKey.keys: In env("KEYS"): this is not valid JSON.',
      'auth.apiKey.keys: In env("IN"), at "a.key": A key stands in the config, where everybody who reads it could use it.',
    ])
  })
})

describe("apiKey() with keys of the store", () => {
  it("is told at load where the store forgets them, and where there are no keys at all", () => {
    const told = (store: string, apiKey: unknown): string[] =>
      check({ store, routes: { "/x": { reply: {}, auth: { apiKey } } } }).problems.map(({ code }) => code)
    expect(told("memory", {})).toEqual(["E704"])
    expect(told("memory", { store: true, keys: { partner: hash } })).toEqual(["E704"])
    expect(told("memory", { keys: { partner: hash } })).toEqual([])
    expect(told("sqlite", {})).toEqual([])
    expect(told("sqlite", { store: false })).toEqual(["E204"])
  })

  /** The store of these tools, counting what is read. */
  function counted(given: TestTools): { store: Store; reads: () => number } {
    let reads = 0
    const { store } = given
    given.store = { ...store, get: (place) => (place.startsWith(placeOf("")) && reads++, store.get(place)) }
    return { store, reads: () => reads }
  }

  async function route(written: Record<string, unknown> = {}) {
    const given = tools()
    const { store, reads } = counted(given)
    const keys = issuedKeys(store, Date.now)
    const issued = await keys.create({ environment: "live", name: "Shop", plan: "gold", scopes: ["read"] })
    return { ...guarded({ apiKey: written }, given), keys, reads, store, ...issued }
  }

  it("lets in who shows a key of the store; after the first time at once, without asking it", async () => {
    const { ask, handle, key, record, reads } = await route()
    const { served } = await ask(shown(key))
    expect(served?.identity).toMatchObject({
      subject: record.id,
      credential: record.id,
      plan: "gold",
      scopes: ["read"],
    })
    for (let at = 0; at < 5; at++) expect(handle(exchange(shown(key)))).not.toBeInstanceOf(Promise)
    expect(reads()).toBe(1)
  })

  it("asks the store once for all who show a new key at the same time", async () => {
    const { ask, key, reads } = await route()
    const answers = await Promise.all([ask(shown(key)), ask(shown(key)), ask(shown(key))])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(reads()).toBe(1)
  })

  it("refuses a revoked key as soon as `recheck` is over, and never later", async () => {
    const { ask, key, keys, record } = await route({ recheck: "4s" })
    await ask(shown(key))
    await keys.revoke(record.id)
    pass(1_999)
    expect((await ask(shown(key))).status).toBe(200)
    pass(2_001)
    expect((await ask(shown(key))).status).toBe(401)
  })

  it("asks ahead while the key is in use, so that nobody waits", async () => {
    const { ask, handle, key, reads } = await route({ recheck: "4s" })
    await ask(shown(key))
    for (let at = 0; at < 6; at++) {
      pass(2_500)
      expect(handle(exchange(shown(key)))).not.toBeInstanceOf(Promise)
      await new Promise(setImmediate)
      expect(reads()).toBe(at + 2)
    }
  })

  it("refuses a key that the store does not have, and asks about it again only after `recheck`", async () => {
    const { ask, reads } = await route()
    const other = makeKey("live")
    for (let at = 0; at < 3; at++) expect((await ask(shown(other))).status).toBe(401)
    expect(reads()).toBe(1)
    pass(10_000)
    await ask(shown(other))
    expect(reads()).toBe(2)
  })

  it("does not ask the store about what cannot be a key", async () => {
    const { ask, reads } = await route()
    for (const text of ["", "x", "bh_live_x", `${makeKey("live")}x`, "constructor"])
      expect((await ask(shown(text))).status).toBe(401)
    expect(reads()).toBe(0)
  })

  it("lets both keys in while one rolls the other, as one subject", async () => {
    const { ask, keys, key, record } = await route()
    const issued = (await keys.roll(record.id, 60_000)) ?? expect.fail()
    const first = await ask(shown(key))
    const second = await ask(shown(issued.key))
    expect(second.served?.identity).toMatchObject({ subject: record.id, credential: issued.record.id, plan: "gold" })
    expect(first.served?.identity).toMatchObject({ subject: record.id, credential: record.id })
    pass(60_000)
    expect((await ask(shown(key))).status).toBe(401)
    expect((await ask(shown(issued.key))).status).toBe(200)
  })

  it("refuses everybody while the store fails, with 503, but those that it vouched for lately", async () => {
    const { ask, key, tools: given } = await route({ recheck: "4s" })
    await ask(shown(key))
    const failing = { ...given.store, get: () => Promise.reject(new Error("gone")) }
    const other = guarded({ apiKey: {} }, { ...given, store: failing })
    expect((await other.ask(shown(key))).status).toBe(500)
    expect((await ask(shown(key))).status).toBe(200)
  })

  it("takes keys of both where `store` says so", async () => {
    const { ask, key: stored } = await route({ store: true, keys: { partner: hash } })
    expect((await ask(shown(stored))).status).toBe(200)
    expect((await ask(shown(key))).status).toBe(200)
    const { ask: askOther, key: other } = await route({ keys: { partner: hash } })
    expect((await askOther(shown(other))).status).toBe(401)
  })

  it("notes when a key was used last, every half minute and at the end", async () => {
    const { ask, key, keys, tools: given } = await route()
    const used = async () => (await keys.list()).map((one) => one.used)
    const end = given.begins.map((begin) => begin())
    await ask(shown(key))
    expect(await used()).toEqual([undefined])
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await used()).toEqual([start])
    pass(1_000)
    await ask(shown(key))
    for (const stop of end) stop()
    await vi.waitFor(async () => expect(await used()).toEqual([start + 31_000]))
  })

  it("shares what it knows between the routes of a config", async () => {
    const { ask, key, reads, tools: given } = await route()
    await ask(shown(key))
    const other = guarded({ apiKey: { environment: "live" } }, given)
    expect(other.handle(exchange(shown(key)))).not.toBeInstanceOf(Promise)
    expect((await guarded({ apiKey: { environment: "test" } }, given).ask(shown(key))).status).toBe(401)
    expect(reads()).toBe(1)
    expect(given.begins).toHaveLength(1)
  })
})
