import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import type { JsonAnswer, JsonQuestion } from "../../../../src/core/oauth/ask-json.ts"
import { RemoteKeys, type RemoteOptions } from "../../../../src/policies/auth/jwt/remote-keys.ts"
import { tools } from "../../../support/exchange.ts"

const key = (kid: string | undefined, more: Readonly<Record<string, unknown>> = {}) => ({
  kty: "EC",
  crv: "P-256",
  x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
  ...(kid !== undefined && { kid }),
  ...more,
})

/** An issuer of a test: what it publishes, and a clock. */
function published(given: Partial<RemoteOptions> = {}) {
  const made = {
    now: 0,
    asked: [] as string[],
    keys: [key("one")] as unknown[],
    fails: undefined as string | undefined,
    instead: undefined as ((question: JsonQuestion) => JsonAnswer | undefined) | undefined,
  }
  const ask = async (question: JsonQuestion): Promise<JsonAnswer> => {
    made.asked.push(question.url)
    await Promise.resolve()
    if (made.fails !== undefined) throw new Error(made.fails)
    return made.instead?.(question) ?? { status: 200, body: { keys: made.keys } }
  }
  const options: RemoteOptions = {
    jwks: "https://id.example/jwks",
    issuer: undefined,
    insecure: false,
    refresh: 600_000,
    cooldown: 30_000,
    timeout: 5_000,
    ...given,
  }
  return { made, keys: new RemoteKeys(options, ask, () => made.now) }
}

const names = (keys: RemoteKeys, kid?: string) => keys.candidates("ES256", kid).map((one) => one.kid)

describe("RemoteKeys", () => {
  it("fetches its keys when they are first needed, once for all who wait", async () => {
    const { made, keys } = published()
    expect(made.asked).toEqual([])
    await Promise.all([keys.ready(), keys.ready(), keys.ready()])
    expect(made.asked).toEqual(["https://id.example/jwks"])
    expect(keys.ready()).toBeUndefined()
    expect(names(keys, "one")).toEqual(["one"])
  })

  it("finds keys by their names, and those without a name where none has it", async () => {
    const { made, keys } = published()
    made.keys = [key("one"), key("two"), key(undefined), key("one", { alg: "ES384" })]
    await keys.ready()
    expect(names(keys, "one")).toEqual(["one"])
    expect(names(keys, "three")).toEqual([undefined])
    expect(names(keys)).toEqual(["one", "two", undefined])
  })

  it("tries no more than eight keys for a token that names none", async () => {
    const { made, keys } = published()
    made.keys = Array.from({ length: 20 }, (_, at) => key(`${at}`))
    await keys.ready()
    expect(names(keys)).toHaveLength(8)
  })

  it("takes neither shared secrets nor keys for encryption, and of a pair the public half only", async () => {
    const { made, keys } = published()
    made.keys = [
      { kty: "oct", k: "AAAA", kid: "secret" },
      key("enc", { use: "enc" }),
      key("pair", { d: "AAAA" }),
      null,
      1,
      {},
    ]
    await keys.ready()
    expect(keys.candidates("ES256", undefined)).toEqual([key("pair")])
    expect(keys.candidates("HS256", "secret")).toEqual([])
  })

  it("looks again for a key that it does not know, but not twice within the cooldown", async () => {
    const { made, keys } = published()
    await keys.ready()
    made.keys = [key("one"), key("two")]
    expect(await keys.renew(keys.version)).toBe(false)
    expect(made.asked).toHaveLength(1)
    made.now = 30_000
    const before = keys.version
    expect(await Promise.all([keys.renew(before), keys.renew(before)])).toEqual([true, true])
    expect(made.asked).toHaveLength(2)
    expect(names(keys, "two")).toEqual(["two"])
    made.now = 59_999
    expect(await keys.renew(keys.version)).toBe(false)
    expect(await keys.renew(before)).toBe(true)
    expect(made.asked).toHaveLength(2)
  })

  it("is of another version only when the keys have changed", async () => {
    const { made, keys } = published()
    await keys.ready()
    const before = keys.version
    made.now = 30_000
    expect(await keys.renew(before)).toBe(false)
    expect(made.asked).toHaveLength(2)
    expect(keys.version).toBe(before)
  })

  it("keeps the last good keys, and says so once", async () => {
    const { made, keys } = published({ cooldown: 1 })
    const { log, logged } = tools()
    const end = keys.begin(log)
    await keys.ready()
    made.fails = "no answer within 5s"
    for (const now of [10, 20, 30]) {
      made.now = now
      expect(await keys.renew(keys.version)).toBe(false)
    }
    expect(names(keys, "one")).toEqual(["one"])
    made.fails = undefined
    made.now = 40
    await keys.renew(keys.version)
    expect(logged.map(({ message }) => message)).toEqual([
      "jwt: the keys of id.example cannot be fetched: no answer within 5s; the last ones are kept",
      "jwt: the keys of id.example can be fetched again",
    ])
    end()
  })

  it.each([
    ["a status of failure", { status: 500, body: {} }, "it answers with 500"],
    ["no list", { status: 200, body: { keys: {} } }, "its answer is no set of keys"],
    ["no keys", { status: 200, body: { keys: [] } }, "it names no key that tokens could be checked with"],
    [
      "nothing of use",
      { status: 200, body: { keys: [{ kty: "oct", k: "AAAA" }] } },
      "it names no key that tokens could be checked with",
    ],
    ["far too many keys", { status: 200, body: { keys: Array(201).fill(key("one")) } }, "it names more than 200 keys"],
  ])("does not take %s for its keys", async (_, answer, reason) => {
    const { made, keys } = published({ cooldown: 1 })
    const { log, logged } = tools()
    const end = keys.begin(log)
    await keys.ready()
    made.instead = () => answer
    made.now = 10
    expect(await keys.renew(keys.version)).toBe(false)
    expect(names(keys, "one")).toEqual(["one"])
    expect(logged[0]?.message).toContain(reason)
    end()
  })

  it("lets nobody wait for long while there are no keys at all", async () => {
    const { made, keys } = published()
    made.fails = "it cannot be reached"
    const failure = { code: "unavailable", status: 503 }
    await expect(keys.ready()).rejects.toMatchObject(failure)
    await expect(keys.ready()).rejects.toMatchObject(failure)
    expect(made.asked).toHaveLength(1)
    made.now = 1_000
    made.fails = undefined
    await keys.ready()
    expect(names(keys, "one")).toEqual(["one"])
  })

  describe("of an issuer", () => {
    const issuer = "https://id.example/realm/"
    const found = { issuer, jwks_uri: "https://keys.example/all" }
    const of = (description: unknown, given: Partial<RemoteOptions> = {}) => {
      const { made, keys } = published({ jwks: undefined, issuer, ...given })
      made.instead = ({ url }) =>
        url.includes("/.well-known/openid") ? { status: 200, body: description as Record<string, unknown> } : undefined
      return { made, keys }
    }

    it("are where it says", async () => {
      const { made, keys } = of(found)
      await keys.ready()
      expect(made.asked).toEqual([
        "https://id.example/realm/.well-known/openid-configuration",
        "https://keys.example/all",
      ])
    })

    it("are also found by RFC 8414", async () => {
      const { made, keys } = published({ jwks: undefined, issuer })
      made.instead = ({ url }) =>
        url.includes("openid")
          ? { status: 404, body: {} }
          : url.includes("oauth")
            ? { status: 200, body: found }
            : undefined
      await keys.ready()
      expect(made.asked[1]).toBe("https://id.example/.well-known/oauth-authorization-server/realm")
    })

    it.each([
      ["describes another", { ...found, issuer: "https://id.example/realm" }],
      ["names no place", { issuer }],
      ["names a place that others can read along at", { issuer, jwks_uri: "http://keys.example/all" }],
      ["names a file", { issuer, jwks_uri: "file:///etc/passwd" }],
    ])("are not had when it %s", async (_, description) => {
      const { made, keys } = of(description)
      await expect(keys.ready()).rejects.toMatchObject({ code: "unavailable" })
      expect(made.asked).toHaveLength(1)
    })
  })

  describe("while served", () => {
    beforeEach(() => void vi.useFakeTimers())
    afterEach(() => void vi.useRealTimers())

    it("are fetched at once, and anew from time to time, until no config uses them any more", async () => {
      const { made, keys } = published()
      const { log } = tools()
      const pass = async (time: number): Promise<void> => {
        made.now += time
        await vi.advanceTimersByTimeAsync(time)
      }
      const first = keys.begin(log)
      await pass(0)
      expect(made.asked).toHaveLength(1)
      const second = keys.begin(log)
      first()
      await pass(599_999)
      expect(made.asked).toHaveLength(1)
      await pass(1)
      expect(made.asked).toHaveLength(2)
      second()
      await pass(6_000_000)
      expect(made.asked).toHaveLength(2)
      // A later config begins where the last one ended.
      const third = keys.begin(log)
      await pass(0)
      expect(made.asked).toHaveLength(3)
      third()
    })

    it("are asked for again sooner when that fails, and less and less often", async () => {
      const { made, keys } = published()
      made.fails = "it cannot be reached"
      const end = keys.begin(tools().log)
      const times: number[] = []
      for (let second = 0; second < 70; second++) {
        const before = made.asked.length
        await vi.advanceTimersByTimeAsync(second === 0 ? 0 : 1_000)
        if (made.asked.length > before) times.push(second)
        made.now += 1_000
      }
      end()
      expect(times.slice(0, 5)).toEqual([0, 1, 3, 7, 15])
    })
  })
})
