import { afterEach, beforeEach, describe, expect, it } from "vitest"

import { type Folder, folder } from "../support/executable.ts"
import { gateway } from "../support/gateway.ts"
import { type Redis, redisServer } from "../support/redis.ts"

const routes = {
  "/": {
    reply: { status: 204 },
    // So little comes back in a second that it is nothing.
    rateLimit: { limit: 100, per: "1d", algorithm: "bucket", by: "all", name: "shared" },
  },
}

/** How many of so many requests are let in, from this many sides at the same time. */
async function letIn(urls: readonly string[], sides: number, each: number): Promise<Map<number, number>> {
  const statuses = new Map<number, number>()
  await Promise.all(
    Array.from({ length: sides }, async (_, side) => {
      for (let at = 0; at < each; at++) {
        const { status } = await fetch(`${urls[side % urls.length]}/`)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    }),
  )
  return statuses
}

describe("a limit of 100", () => {
  let place: Folder
  let server: Redis
  beforeEach(async () => {
    place = folder()
    server = await redisServer()
  })
  afterEach(async () => {
    place[Symbol.dispose]()
    await server[Symbol.asyncDispose]()
  })

  const storeOf = (name: string): unknown =>
    name === "redis"
      ? { redis: { url: server.url, timeout: "5s", whenAway: "deny" } }
      : name === "sqlite"
        ? { sqlite: { path: `${place.path}/store.sqlite` } }
        : name

  it.each(["memory", "sqlite", "redis"])("lets exactly 100 in from 64 connections: %s", async (name) => {
    await using served = await gateway({ store: storeOf(name), routes })
    expect(await letIn([served.url], 64, 5)).toEqual(
      new Map([
        [204, 100],
        [429, 220],
      ]),
    )
  })

  it.each(["sqlite", "redis"])("lets exactly 100 in from 64 connections to four gateways: %s", async (name) => {
    const config = { store: storeOf(name), routes }
    await using first = await gateway(config)
    await using second = await gateway(config)
    await using third = await gateway(config)
    await using fourth = await gateway(config)
    const urls = [first.url, second.url, third.url, fourth.url]
    expect(await letIn(urls, 64, 5)).toEqual(
      new Map([
        [204, 100],
        [429, 220],
      ]),
    )
  })
})
