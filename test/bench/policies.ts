// What policies cost: gateways that differ by one of them, in turns in one run, each as a ratio to a bare proxied request:
// `npm run bench -- policies`. Ratios within one run hold; absolute figures drift with the machine.
import { existsSync } from "node:fs"
import { join } from "node:path"

import { exportJWK, generateKeyPair, SignJWT } from "jose"

import { digestOf, makeKey } from "../../src/policies/auth/api-key/key-text.ts"
import { executable } from "../support/executable.ts"
import { redisServer } from "../support/redis.ts"
import { print } from "./support/figures.ts"
import { inTurns, median, times } from "./support/in-turns.ts"
import { bellhop, type Peer, run, type Setup } from "./support/peers.ts"
import { stage } from "./support/stage.ts"
import type { Load } from "./support/wrk.ts"

const seconds = Number(process.env.SECONDS ?? 1)
const rounds = Number(process.env.ROUNDS ?? 9)

// More than the gateway remembers what it found out about: each has to be verified whenever it comes.
const manyTokens = 12_000

/** A policy of one route: what the config says, how it is asked for, and what it may cost. */
interface Subject {
  readonly name: string
  readonly policy?: unknown
  readonly settings?: unknown
  readonly load?: Partial<Load>
  /** Times a bare request. */
  readonly atMost?: number
}

// Never met: what is measured is to let through.
const rateLimit = { limit: 1_000_000_000, per: "1m" }
const plans = { free: { requests: { limit: 1_000_000_000, per: "day" } } }

if (!Bun.which("wrk")) console.log("policies: left out, because wrk is not on PATH")
else if (existsSync(executable)) await measure()
else {
  console.error(`policies: "${executable}" does not exist: run npm run build.`)
  process.exitCode = 1
}

async function measure(): Promise<void> {
  await using house = stage()
  await using redis = Bun.which("redis-server") ? await redisServer() : undefined
  const raw = house.start([process.execPath, join(import.meta.dir, "support/raw-upstream.ts")])
  const { value: said } = await raw.stdout.getReader().read()
  const port = Number(new TextDecoder().decode(said))

  const apiKey = makeKey("bench")
  const tokens = await someTokens()
  const subjects: readonly Subject[] = [
    { name: "bare" },
    { name: "rateLimit, memory", policy: { rateLimit }, atMost: 1.08 },
    { name: "rateLimit, two, memory", policy: { rateLimit: [rateLimit, { ...rateLimit, by: "all", name: "all" }] } },
    { name: "rateLimit, concurrency", policy: { rateLimit: { algorithm: "concurrency", limit: 1_000_000 } } },
    { name: "rateLimit, SQLite", policy: { rateLimit }, settings: { store: { sqlite: { path: "limits.sqlite" } } } },
    ...(redis
      ? [{ name: "rateLimit, Redis", policy: { rateLimit }, settings: { store: { redis: { url: redis.url } } } }]
      : []),
    { name: "quota, memory", policy: { quota: { plan: "free" } }, settings: { plans } },
    { name: "quota with usage, memory", policy: { quota: { plan: "free" } }, settings: { plans, usage: true } },
    { name: "shed", policy: { shed: { inFlight: 100_000, latency: "10s", lag: "10s" } } },
    {
      name: "auth, apiKey",
      policy: { auth: { apiKey: { keys: { bench: `sha256:${digestOf(apiKey)}` } } } },
      load: { headers: [`X-API-Key: ${apiKey}`] },
      atMost: 1.08,
    },
    {
      name: "auth, jwt, known",
      policy: { auth: { jwt: { key: tokens.key } } },
      load: { headers: [`Authorization: Bearer ${tokens.all[0]}`] },
      atMost: 1.1,
    },
    {
      name: "auth, jwt, verified each time (ES256)",
      policy: { auth: { jwt: { key: tokens.key } } },
      load: { bearers: house.write("tokens", tokens.all.join("\n")) },
    },
    {
      name: "cors",
      policy: { cors: { origins: ["https://shop.example"] } },
      load: { headers: ["Origin: https://shop.example"] },
    },
  ]
  const peers = new Map<Peer, Subject>()
  for (const subject of subjects) peers.set(await run(house, setupOf(subject), port), subject)
  const measured = await inTurns(house, [...peers.keys()], (peer) => ({ connections: 64, ...peers.get(peer)?.load }), {
    seconds,
    rounds,
  })
  const bare = measured.get("bare") ?? []
  print(
    `policies: 1 KB of JSON, 64 connections; medians of ${rounds} × ${seconds} s`,
    [...peers].map(([{ name }, { atMost }]) => {
      const figures = measured.get(name) ?? []
      return {
        what: name,
        values: {
          "CPU µs/request": median(figures, "cpu"),
          times: times(figures, bare, "cpu"),
          "p50 ms": median(figures, "p50"),
        },
        unit: "",
        ...(atMost === undefined ? {} : { target: { of: "times", atMost } }),
      }
    }),
  )
}

/** A gateway with this policy on its only route. */
function setupOf({ name, policy = {}, settings = {} }: Subject): Setup {
  const config = (port: number, upstream: number): string => `import { defineGateway } from "bellhop"

export default defineGateway({
  listen: { host: "127.0.0.1", port: ${port} },
  admin: false,
  ...${JSON.stringify(settings)},
  services: { up: "http://127.0.0.1:${upstream}" },
  routes: {
    // Whoever waits for it to start has no credentials.
    "/ready": "up",
    "/*": { service: "up", ...${JSON.stringify(policy)} },
  },
})
`
  return { ...bellhop({}, name), config }
}

async function someTokens(): Promise<{ key: unknown; all: string[] }> {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true })
  const make = (number: number): Promise<string> =>
    new SignJWT({ scope: "read" })
      .setProtectedHeader({ alg: "ES256" })
      .setSubject("bench")
      .setJti(String(number))
      .setExpirationTime("2h")
      .sign(privateKey)
  const key = { ...(await exportJWK(publicKey)), alg: "ES256" }
  return { key, all: await Promise.all(Array.from({ length: manyTokens }, (_, number) => make(number))) }
}
