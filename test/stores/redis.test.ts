import { afterEach, describe, expect, it, vi } from "vitest"

import type { Log } from "../../src/core/log.ts"
import type { Problem } from "../../src/core/schema.ts"
import type { Want } from "../../src/core/store.ts"
import { redis } from "../../src/stores/redis.ts"
import type { OwnedStore } from "../../src/stores/store-part.ts"
import { authority } from "../support/certificates.ts"
import { type Redis, redisServer } from "../support/redis.ts"
import { freePort } from "../support/upstream.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (value: Uint8Array | undefined): string | undefined => value && new TextDecoder().decode(value)

const want: Want = { key: "a", rule: { kind: "bucket", limit: 5, window: 3_600_000 }, cost: 1 }

function parsed(options: Record<string, unknown>) {
  const problems: Problem[] = []
  return {
    options: redis.options.parse(options, ["store", "redis"], (problem) => void problems.push(problem)),
    problems,
  }
}

/** A store with what it says about itself. */
function opened(options: Record<string, unknown>): OwnedStore & Disposable & { logged: string[] } {
  const logged: string[] = []
  const log: Pick<Log, "info" | "warn"> = {
    info: (line) => void logged.push(`info: ${line}`),
    warn: (line) => void logged.push(`warn: ${line}`),
  }
  const store = redis.create(parsed(options).options, { root: "/", now: Date.now, log })
  return Object.assign(store, { logged, [Symbol.dispose]: () => store.close() })
}

const connected = (store: OwnedStore): Promise<void> =>
  vi.waitFor(() => expect(store.status?.().connected).toBe(true), { timeout: 10_000, interval: 10 })

const allowed = async (store: OwnedStore): Promise<boolean | undefined> => (await store.take([want]))[0]?.allowed

async function many(store: OwnedStore, count = 10): Promise<number> {
  let passed = 0
  for (let at = 0; at < count; at++) if (await allowed(store)) passed++
  return passed
}

afterEach(() => void vi.restoreAllMocks())

describe("redis while its server is away", () => {
  it("counts limits for itself where it is to do that, and asks the server again when it is back", async () => {
    await using server = await redisServer()
    using store = opened({ url: server.url })
    expect(await many(store)).toBe(5)
    await server.stop()
    // As if nothing were taken: this process knows only of itself.
    expect(await many(store)).toBe(5)
    expect(await store.hold("h", "1", 1, 1000)).toBe(true)
    expect(await store.hold("h", "2", 1, 1000)).toBe(false)
    await store.release("h", "1")
    expect(await store.hold("h", "2", 1, 1000)).toBe(true)
    await store.adjust("a", want.rule, -2)
    expect(await many(store)).toBe(2)
    expect(store.status?.()).toMatchObject({ connected: false, awaySince: expect.any(Number) })
    expect(store.status?.().estimated).toBeGreaterThanOrEqual(24)
    await server.start()
    await connected(store)
    expect(await many(store)).toBe(5)
    expect(await server.send("KEYS", ["*"])).toEqual(["bellhop:limit:a"])
    expect(store.status?.().awaySince).toBeUndefined()
    expect(store.logged).toEqual([
      expect.stringMatching(
        /^warn: The store "redis" is away \(the connection was lost\): limits are counted by each gateway for itself until it is back\.$/,
      ),
      expect.stringMatching(/^info: The store "redis" is back after [\d.]+m?s\.$/),
    ])
  })

  it("allows everything where it is to do that", async () => {
    await using server = await redisServer()
    using store = opened({ url: server.url, whenAway: "allow" })
    await server.stop()
    expect(await many(store, 20)).toBe(20)
    expect(await store.take([{ ...want, cost: 2 }])).toEqual([
      { allowed: true, remaining: 3, reset: 0, retryAfter: 0, wait: 0 },
    ])
    for (const name of ["1", "2", "3"]) expect(await store.hold("h", name, 1, 1000)).toBe(true)
    await store.release("h", "1")
    await store.adjust("a", want.rule, 3)
    await server.start()
    await connected(store)
    expect(await many(store)).toBe(5)
  })

  it("fails where it is to do that, and goes on when the server is back", async () => {
    await using server = await redisServer()
    using store = opened({ url: server.url, whenAway: "deny" })
    await server.stop()
    await expect((async () => store.take([want]))()).rejects.toThrow(Error)
    await expect((async () => store.hold("h", "1", 1, 1000))()).rejects.toThrow(Error)
    await expect(store.adjust("a", want.rule, 1)).rejects.toThrow(Error)
    await expect(store.release("h", "1")).rejects.toThrow(Error)
    expect(store.status?.().estimated).toBe(0)
    await server.start()
    await connected(store)
    expect(await many(store)).toBe(5)
  })

  it.each(["local", "allow", "deny"])("fails for values and counters: %s", async (whenAway) => {
    await using server = await redisServer()
    using store = opened({ url: server.url, whenAway })
    await store.set("a", bytes("1"), 60_000)
    await server.stop()
    for (const work of [
      () => store.get("a"),
      () => store.set("a", bytes("1"), 1000),
      () => store.add("b", bytes("1"), 1000),
      () => store.replace("a", bytes("1"), bytes("2"), 1000),
      () => store.remove("a", bytes("1")),
      () => store.list(""),
      () => store.count("1", [{ key: "a", by: 1, ttl: 1000 }]),
      () => store.counters(""),
    ])
      await expect(work()).rejects.toThrow(Error)
  })

  it("answers everybody while a server takes connections and says nothing", async () => {
    await using server = await redisServer()
    using store = opened({ url: server.url, timeout: "100ms" })
    expect(await many(store, 1)).toBe(1)
    server.freeze()
    // All of these end although the server never answers.
    const work = Array.from({ length: 50 }, () => allowed(store))
    const values = Array.from({ length: 50 }, () =>
      store.get("a").then(
        () => "found",
        () => "failed",
      ),
    )
    expect((await Promise.all(work)).filter(Boolean)).toHaveLength(5)
    expect(new Set(await Promise.all(values))).toEqual(new Set(["failed"]))
    await expect(store.get("a")).rejects.toThrow("it is away")
    expect(store.logged[0]).toContain("it did not answer in 100 ms")
    server.thaw()
    await connected(store)
    expect(await store.get("a")).toBeUndefined()
  })

  it("answers everybody who comes while the server stops and starts again under load, and counts exactly afterwards", async () => {
    await using server = await redisServer()
    using store = opened({ url: server.url })
    const rule = { kind: "bucket", limit: 1_000_000_000, window: 3_600_000 } as const
    let ended = false
    let answers = 0
    const side = async (): Promise<void> => {
      while (!ended) {
        const [taken] = await store.take([{ key: "load", rule, cost: 1 }])
        if (taken?.allowed) answers++
        // Others have their turn, where estimates come at once.
        await new Promise((resolve) => void setImmediate(resolve))
      }
    }
    const sides = Array.from({ length: 16 }, side)
    const more = async (): Promise<void> => {
      const before = answers
      await vi.waitFor(() => expect(answers).toBeGreaterThan(before + 100), { timeout: 10_000, interval: 5 })
    }
    for (let round = 0; round < 3; round++) {
      await more()
      await server.stop()
      await more()
      await server.start()
      await connected(store)
    }
    ended = true
    await Promise.all(sides)
    expect(await many(store)).toBe(5)
    expect(store.logged.map((line) => line.slice(0, 4))).toEqual(["warn", "info", "warn", "info", "warn", "info"])
  })

  it("does not take a server for away because its own process was busy", async () => {
    await using server = await redisServer()
    using store = opened({ url: server.url, timeout: "100ms" })
    await store.set("a", bytes("1"), 60_000)
    const values = Array.from({ length: 3 }, () => store.get("a"))
    Bun.sleepSync(300)
    expect((await Promise.all(values)).map(text)).toEqual(["1", "1", "1"])
    expect(store.logged).toEqual([])
  })

  it("begins without a server, and has it as soon as there is one", async () => {
    await using server = await redisServer()
    await server.stop()
    using store = opened({ url: server.url })
    await store.sweep()
    expect(store.logged).toEqual([expect.stringContaining(`is away (nobody answers at "${server.url}")`)])
    expect(await many(store)).toBe(5)
    await server.start()
    await connected(store)
    await store.set("a", bytes("1"), 1000)
    expect(text(await store.get("a"))).toBe("1")
  })
})

describe("redis", () => {
  it("goes by the clock of its server, whatever that of this machine says", async () => {
    await using server = await redisServer()
    vi.spyOn(Date, "now").mockReturnValue(4_000_000_000_000)
    using store = opened({ url: server.url })
    await store.set("a", bytes("1"), 60_000)
    expect(await store.replace("a", bytes("1"), bytes("2"), 50_000)).toBe(true)
    expect(await many(store, 3)).toBe(3)
    await store.count("1", [{ key: "a", by: 1, ttl: 60_000 }])
    await store.hold("a", "1", 1, 60_000)
    const keys = (await server.send("KEYS", ["*"])) as string[]
    expect(keys).toHaveLength(5)
    for (const key of keys) {
      const life = (await server.send("PTTL", [key])) as number
      expect(life).toBeGreaterThan(0)
      expect(life).toBeLessThanOrEqual(key.includes("batch") ? 86_400_000 : 3_600_000)
    }
  })

  it("keeps the state of one prefix apart from that of others", async () => {
    await using server = await redisServer()
    using one = opened({ url: server.url, prefix: "one:" })
    using same = opened({ url: server.url, prefix: "one:" })
    using other = opened({ url: server.url, prefix: "one:value:" })
    await one.set("a", bytes("1"), 60_000)
    await other.set("a", bytes("2"), 60_000)
    expect(text(await same.get("a"))).toBe("1")
    expect(text(await other.get("a"))).toBe("2")
    expect(await other.list("")).toHaveLength(1)
    expect(await many(one, 3)).toBe(3)
    expect(await many(same)).toBe(2)
    expect(await many(other)).toBe(5)
  })

  it("goes on when the server has forgotten its scripts", async () => {
    await using server = await redisServer()
    using store = opened({ url: server.url })
    expect(await many(store, 2)).toBe(2)
    await server.send("SCRIPT", ["FLUSH"])
    expect(await many(store)).toBe(3)
    expect(store.status?.().estimated).toBe(0)
  })

  it("estimates limits that the server refuses to count, and fails for values, when the server is full", async () => {
    await using server = await redisServer()
    using store = opened({ url: server.url })
    await store.set("a", bytes("1"), 60_000)
    await server.send("CONFIG", ["SET", "maxmemory", "1"])
    expect(await many(store)).toBe(5)
    await expect(store.set("b", bytes("1"), 60_000)).rejects.toThrow("OOM")
    expect(text(await store.get("a"))).toBe("1")
    await server.send("CONFIG", ["SET", "maxmemory", "0"])
    await store.set("b", bytes("1"), 60_000)
    expect(store.status?.()).toMatchObject({ connected: true, awaySince: undefined })
  })

  it("logs in, chooses a database, and never says the password", async () => {
    const password = "a b%/@:?#é"
    await using server = await redisServer([
      "--requirepass",
      password,
      "--user",
      "shop",
      "on",
      `>${password}`,
      "~*",
      "&*",
      "+@all",
    ])
    const path = server.url.slice("redis+unix://".length)
    for (const options of [
      { url: server.url, password },
      { url: server.url, username: "shop", password },
      { url: `redis+unix://shop:${encodeURIComponent(password)}@localhost${path}` },
    ]) {
      using store = opened(options)
      await store.set("a", bytes("1"), 60_000)
      expect(text(await store.get("a"))).toBe("1")
      expect(store.logged).toEqual([])
    }
    using store = opened({ url: server.url, password: "wrong-secret" })
    await expect(store.get("a")).rejects.toThrow(Error)
    expect(store.logged).toHaveLength(1)
    expect(store.logged[0]).toContain("(WRONGPASS invalid username-password pair or user is disabled)")
    expect(store.logged[0]).not.toContain("wrong-secret")
  })

  it("speaks TLS, and only with the server that its certificate names", async () => {
    using signer = await authority()
    const { cert, key } = await signer.signed("localhost", "DNS:localhost")
    const port = await freePort()
    await using server = await redisServer(["--tls-port", String(port), "--tls-auth-clients", "no"], {
      "ca.pem": signer.ca,
      "server.pem": cert,
      "server.key": key,
    })
    using store = opened({ url: `rediss://localhost:${port}`, tls: { ca: signer.ca }, timeout: "5s" })
    await store.set("a", bytes("1"), 60_000)
    expect(text(await store.get("a"))).toBe("1")
    expect(await server.send("KEYS", ["*"])).toEqual(["bellhop:value:a"])
    using stranger = opened({ url: `rediss://localhost:${port}`, timeout: "5s" })
    await expect(stranger.get("a")).rejects.toThrow(Error)
    using misnamed = opened({ url: `rediss://127.0.0.1:${port}`, tls: { ca: signer.ca }, timeout: "5s" })
    await expect(misnamed.get("a")).rejects.toThrow(Error)
    using named = opened({
      url: `rediss://127.0.0.1:${port}`,
      tls: { ca: signer.ca, serverName: "localhost" },
      timeout: "5s",
    })
    expect(text(await named.get("a"))).toBe("1")
    using careless = opened({ url: `rediss://127.0.0.1:${port}`, tls: { insecure: true }, timeout: "5s" })
    expect(text(await careless.get("a"))).toBe("1")
  })

  it("says that a server is a replica, or part of a cluster, in the place of working badly with it", async () => {
    const away = async (server: Redis, words: string): Promise<void> => {
      using store = opened({ url: server.url })
      await expect(store.get("a")).rejects.toThrow(Error)
      expect(store.logged[0]).toContain(words)
    }
    await using first = await redisServer()
    await first.send("REPLICAOF", ["127.0.0.1", "1"])
    await away(first, "it is a replica, which may not be written to")
    const port = await freePort()
    await using clustered = await redisServer([
      "--cluster-enabled",
      "yes",
      "--port",
      String(port),
      "--cluster-port",
      String(await freePort()),
    ])
    await away(clustered, "it is part of a Redis Cluster, which needs a proxy in front")
  })

  it("finds the server that has become a replica out, and comes back when it is none", async () => {
    await using server = await redisServer()
    using store = opened({ url: server.url })
    await store.set("a", bytes("1"), 60_000)
    await server.send("REPLICAOF", ["127.0.0.1", "1"])
    await expect(store.set("a", bytes("2"), 60_000)).rejects.toThrow("READONLY")
    expect(store.status?.().connected).toBe(false)
    await server.send("REPLICAOF", ["NO", "ONE"])
    await connected(store)
    await store.set("a", bytes("2"), 60_000)
  })
})

describe("the options of redis", () => {
  const messageOf = (options: Record<string, unknown>): string | undefined => {
    const { options: made, problems } = parsed(options)
    return problems[0]?.message ?? redis.problem?.(made, "/")?.message
  }

  it("take URLs of every kind that is spoken", () => {
    for (const url of [
      "redis://localhost",
      "redis://localhost:6380/3",
      "rediss://user:password@cache.example",
      "redis+tls://cache.example",
      "redis+unix:///run/redis.sock",
      "redis+tls+unix:///run/redis.sock",
      "valkey://[::1]:6379",
      "valkeys://cache.example",
      "valkey+unix:///run/valkey.sock",
    ])
      expect([url, messageOf({ url })]).toEqual([url, undefined])
  })

  it.each([
    [{ url: "localhost:6379" }, 'has the scheme "localhost:"'],
    [{ url: "http://localhost" }, 'but "http://localhost" has the scheme "http:"'],
    [{ url: "redis-sentinel://localhost" }, 'has the scheme "redis-sentinel:"'],
    [{ url: "redis://" }, "names no host"],
    [{ url: "redis+unix://" }, "names no socket"],
    [{ url: "redis://localhost/orders" }, "has a path that is not the number of a database"],
    [{ url: "redis://localhost?a=b" }, "carries a query or a fragment"],
    [{ url: "not a URL" }, "is not a URL"],
    [{ url: ["redis://a", "redis://b"] }, "the protocols of Redis Sentinel and Redis Cluster are not spoken"],
    [{ url: "redis://u:p@localhost", password: "p" }, "has a user or password in its URL and beside it"],
    [{ username: "shop" }, 'has the user "shop", but no password'],
    [{ tls: {} }, 'has options for TLS, but its URL begins with "redis://"'],
    [{ url: "rediss://localhost", tls: { cert: "PEM" } }, "has a certificate without a key"],
    [{ whenAway: "open" }, 'Expected one of "local", "allow" or "deny"'],
    [{ timeout: "soon" }, "Expected a duration"],
  ])("refuse %j and say why", (options, words) => {
    expect(messageOf(options)).toContain(words)
  })

  it("never show the password of a URL that is wrong", () => {
    expect(messageOf({ url: "http://shop:secret@localhost" })).not.toContain("secret")
  })
})
