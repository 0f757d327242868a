import { describe, expect, it } from "vitest"

import { HeaderList } from "../../../src/http/header-list.ts"
import { limited } from "./limited.ts"

/** At these times (in milliseconds from the beginning of a window) one request each; which of them pass. */
interface Case {
  readonly algorithm: string
  readonly why: string
  readonly options: Readonly<Record<string, unknown>>
  readonly asks: readonly (readonly [at: number, passes: boolean, retryAfter?: string])[]
}

const cases: readonly Case[] = [
  {
    algorithm: "sliding",
    why: "counts the share of the last window that is still in this one",
    options: { limit: 2, per: "10s" },
    asks: [
      [0, true],
      [9_000, true],
      [9_000, false, "6"],
      // Half of the last window counts: one.
      [15_000, true],
      [15_000, false, "5"],
      [20_000, true],
    ],
  },
  {
    algorithm: "fixed",
    why: "begins anew with each window of the clock",
    options: { algorithm: "fixed", limit: 2, per: "10s" },
    asks: [
      [9_000, true],
      [9_500, true],
      [9_999, false, "1"],
      [10_000, true],
      [10_000, true],
      [10_000, false, "10"],
    ],
  },
  {
    algorithm: "bucket",
    why: "lets a burst through, and then as many as flow in",
    options: { algorithm: "bucket", limit: 1, per: "1s", burst: 3 },
    asks: [
      [0, true],
      [0, true],
      [0, true],
      [0, false, "1"],
      [999, false, "1"],
      [1_000, true],
      [1_000, false, "1"],
      [60_000, true],
      [60_000, true],
      [60_000, true],
      [60_000, false, "1"],
    ],
  },
  {
    algorithm: "bucket",
    why: "holds as much as its limit where no burst is given",
    options: { algorithm: "bucket", limit: 2, per: "10s" },
    asks: [
      [0, true],
      [0, true],
      [0, false, "5"],
      [5_000, true],
      [5_000, false, "5"],
    ],
  },
  {
    algorithm: "queue",
    why: "refuses who would wait too long",
    options: { algorithm: "queue", limit: 100, per: "1s", patience: "5ms" },
    asks: [
      [0, true],
      [0, false, "1"],
      [10, true],
      [15, true],
      [15, false, "1"],
    ],
  },
]

describe("the algorithms of rateLimit()", () => {
  it.each(cases)("$algorithm $why", async ({ options, asks }) => {
    const limit = limited(options)
    const start = Math.ceil(limit.now / 60_000) * 60_000
    const seen = []
    for (const [at] of asks) {
      limit.now = start + at
      const { status, reply } = await limit.ask()
      seen.push([at, status === 200, reply.headers.get("retry-after")])
    }
    expect(seen).toEqual(asks.map(([at, passes, retryAfter]) => [at, passes, retryAfter]))
  })

  it("queue lets requests through one after the other", async () => {
    const limit = limited({ algorithm: "queue", limit: 200, per: "1s", patience: "1s" })
    const order: number[] = []
    await Promise.all([1, 2, 3].map((number) => limit.ask().then(() => order.push(number))))
    expect(order).toEqual([1, 2, 3])
  })

  it("concurrency counts what is under way", async () => {
    const open: (() => void)[] = []
    const limit = limited(
      { algorithm: "concurrency", limit: 2 },
      {
        next: async () => {
          await new Promise<void>((resolve) => open.push(resolve))
          return { status: 200, headers: new HeaderList(), body: null }
        },
      },
    )
    const first = limit.ask()
    const second = limit.ask()
    expect((await limit.ask()).status).toBe(429)
    open[0]?.()
    expect((await first).status).toBe(200)
    const third = limit.ask()
    expect((await limit.ask()).status).toBe(429)
    for (const go of open) go()
    expect((await second).status).toBe(200)
    open[2]?.()
    expect((await third).status).toBe(200)
  })
})
