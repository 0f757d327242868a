import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import { standardLimits } from "../../../src/core/tunnel.ts"
import { hedge } from "../../../src/services/guards/hedge.ts"
import { retryBudget } from "../../../src/services/guards/retry-budget.ts"
import { exchange, failureOf, textOf } from "../../support/exchange.ts"
import { type Came, closed, first, type Guarded, guarded, later, refused, reply } from "./guarded.ts"

const hedged = (script: Came[], upstreams = 2, options: object = {}): Guarded =>
  guarded(hedge, { after: "100ms", ...options }, { script, upstreams, pick: first })

const passes = (length: number): Promise<unknown> => vi.advanceTimersByTimeAsync(length)

beforeEach(() => void vi.useFakeTimers())

afterEach(() => void vi.useRealTimers())

describe("hedge()", () => {
  it("asks once when the answer is soon there", async () => {
    const made = hedged([200])
    expect((await made.handle(exchange())).status).toBe(200)
    expect(vi.getTimerCount()).toBe(0)
    expect(made.asked).toEqual(["a"])
  })

  it("asks another upstream when there is no answer by then, and not before", async () => {
    const slow = later()
    const made = hedged([slow.answer, reply(200, {}, "second")])
    const asked = exchange()
    const answer = made.handle(asked)
    await passes(99)
    expect(made.asked).toEqual(["a"])
    await passes(1)
    expect(made.asked).toEqual(["a", "b"])
    expect(await textOf((await answer).body)).toBe("second")
    expect(asked.upstream).toBe(made.upstreams[1])
  })

  it("takes the first answer, ends the other try at once, and leaves its own exchange alone", async () => {
    for (const winner of [0, 1]) {
      const tries = [later(), later()]
      const made = hedged(tries.map(({ answer }) => answer))
      const asked = exchange()
      const answer = made.handle(asked)
      await passes(100)
      tries[winner]?.come(reply(200, {}, `try ${winner}`))
      expect(await textOf((await answer).body)).toBe(`try ${winner}`)
      expect(made.exchanges.map(({ isOver }) => isOver)).toEqual([winner === 1, winner === 0])
      expect([asked.isOver, asked.upstream]).toEqual([false, made.upstreams[winner]])
    }
  })

  it("cancels an answer that comes when another one has been taken", async () => {
    const cancelled = vi.fn<() => void>()
    const body = new ReadableStream<Uint8Array>({ cancel: cancelled })
    const { promise, resolve } = Promise.withResolvers<ReturnType<typeof reply>>()
    const made = hedged([() => promise, 200])
    const answer = made.handle(exchange())
    await passes(100)
    expect((await answer).status).toBe(200)
    resolve(reply(200, {}, body))
    await passes(0)
    expect(cancelled).toHaveBeenCalledTimes(1)
  })

  it("fails as the first does, without a second, when that is before its time", async () => {
    const error = refused()
    const made = hedged([error])
    expect(await failureOf(() => made.handle(exchange()))).toBe(error)
    await passes(1000)
    expect(made.asked).toEqual(["a"])
  })

  it("does not let a quick failure win over a try that may still do well", async () => {
    for (const came of [503, closed()]) {
      const slow = later()
      const made = hedged([slow.answer, came])
      const answer = made.handle(exchange())
      await passes(100)
      slow.come(reply(200, {}, "slow"))
      expect(await textOf((await answer).body)).toBe("slow")
    }
  })

  it("answers with what came last when both fail, with an answer rather than with an error", async () => {
    const outcomes: unknown[] = []
    for (const [first, second] of [
      [reply(502), reply(503)],
      [closed(), reply(503)],
      [reply(502), closed()],
      [refused(), closed()],
    ] as const) {
      const slow = later()
      const made = hedged([slow.answer, second])
      const answer = (async () => made.handle(exchange()))().catch((error: unknown) => error)
      await passes(100)
      slow.come(first)
      const came = await answer
      outcomes.push(came instanceof GatewayError ? came.message : (came as { status: number }).status)
    }
    expect(outcomes).toEqual([502, 503, 502, "Refused."])
  })

  it("cancels the failure that it kept back once a better answer is there", async () => {
    const cancelled = vi.fn<() => void>()
    const slow = later()
    const made = hedged([slow.answer, reply(503, {}, new ReadableStream({ cancel: cancelled }))])
    const answer = made.handle(exchange())
    await passes(100)
    expect(cancelled).not.toHaveBeenCalled()
    slow.come(reply(200))
    await answer
    expect(cancelled).toHaveBeenCalledTimes(1)
  })

  it("ends both tries when the client leaves, and begins none after that", async () => {
    const gone = new GatewayError("client_gone", "The client went away.")
    for (const [after, tries] of [
      [50, 1],
      [150, 2],
    ] as const) {
      const made = hedged([later().answer, later().answer])
      const asked = exchange()
      const answer = failureOf(() => made.handle(asked))
      await passes(after)
      asked.end(gone)
      expect(await answer).toBe(gone)
      await passes(1000)
      expect(made.exchanges.map(({ isOver }) => isOver)).toEqual(Array.from({ length: tries }, () => true))
    }
  })

  it("asks nobody twice who is the only one up", async () => {
    const alone = later()
    const made = hedged([alone.answer], 1)
    const answer = made.handle(exchange())
    await passes(1000)
    alone.come(reply())
    await answer
    expect(made.asked).toEqual(["a"])

    const others = later()
    const left = hedged([others.answer], 3)
    for (const one of left.upstreams.slice(1)) {
      one.state.healthy = false
      one.state.changed()
    }
    const second = left.handle(exchange())
    await passes(1000)
    others.come(reply())
    await second
    expect(left.asked).toEqual(["a"])
  })
})

describe("hedge() and methods", () => {
  it.each([
    ["GET", undefined, 2],
    ["HEAD", undefined, 2],
    ["OPTIONS", undefined, 2],
    ["GET", "with a body", 1],
    ["POST", undefined, 1],
    ["PUT", undefined, 1],
    ["DELETE", undefined, 1],
    ["PATCH", "with a body", 1],
    ["PROPFIND", undefined, 1],
  ])("sends %s (body: %s) %i times", async (method, body, times) => {
    const slow = later()
    const made = hedged([slow.answer])
    const answer = made.handle(exchange({ method, ...(body ? { body } : {}) }))
    await passes(1000)
    slow.come(reply())
    await answer
    expect(made.asked.length).toBe(times)
  })

  it("sends a wish for a WebSocket once", async () => {
    const slow = later()
    const made = hedged([slow.answer])
    const asked = exchange()
    asked.websocket = standardLimits
    const answer = made.handle(asked)
    await passes(1000)
    slow.come(reply())
    await answer
    expect(made.asked.length).toBe(1)
  })
})

describe("hedge() and its budget", () => {
  it("never sends more than its share twice, and shares that with the retries", async () => {
    const made = hedged([], 2, { budget: 10 })
    const ask = async (): Promise<void> => {
      made.script.push(later().answer, 200)
      const asked = exchange()
      const answer = (async () => made.handle(asked))().catch(() => undefined)
      await passes(100)
      asked.end(new GatewayError("client_gone", "Enough."))
      await answer
      made.script.length = 0
    }
    for (let time = 0; time < 30; time++) await ask()
    expect(made.asked.length).toBe(30 + 10)
    const budget = retryBudget({ service: "user", keep: made.keep })
    expect(budget.take(10)).toBe(false)
    expect(budget.take(40)).toBe(true)
  })
})

describe("hedge() around a retry", () => {
  it("counts a request once, whichever of its tries the retry sees", async () => {
    const made = hedged([], 2)
    const budget = retryBudget({ service: "user", keep: made.keep })
    for (let time = 0; time < 100; time++) await made.handle(exchange())
    for (const one of made.exchanges) budget.asked(one)
    expect(Array.from({ length: 100 }, () => budget.take(20)).filter(Boolean).length).toBe(20)
  })

  it("leaves those alone that the first try has found to fail", async () => {
    const slow = later()
    const made = hedged([slow.answer], 3)
    const answer = made.handle(exchange())
    const [one] = made.exchanges
    if (one) one.avoid = new Set([made.upstreams[1] as object])
    await passes(100)
    await answer
    expect(made.asked).toEqual(["a", "c"])
  })
})

describe("hedge() after p95", () => {
  const answering =
    (took: number): Came =>
    async (asked) => {
      await asked.unlessOver(new Promise((resolve) => setTimeout(resolve, took)))
      return reply()
    }

  /** So many requests, one after the other. */
  async function ask(made: Guarded, times: number, took: (time: number) => number): Promise<void> {
    for (let time = 0; time < times; time++) {
      made.script.push(answering(took(time)), answering(20))
      const answer = made.handle(exchange())
      await passes(took(time))
      await answer
      made.script.length = 0
    }
  }

  /** When the second try begins. */
  async function patience(made: Guarded): Promise<number | undefined> {
    const slow = later()
    made.script.push(slow.answer)
    const before = made.asked.length
    const started = performance.now()
    const answer = made.handle(exchange())
    while (made.asked.length === before + 1 && performance.now() - started < 5000) await passes(1)
    const hedgedAfter = made.asked.length > before + 1 ? performance.now() - started : undefined
    slow.come(reply())
    await answer
    return hedgedAfter
  }

  it("waits until a hundred answers have been seen", async () => {
    const made = guarded(hedge, { after: "p95" }, { upstreams: 2 })
    await ask(made, 99, () => 20)
    expect(await patience(made)).toBeUndefined()
    expect(await patience(made)).toBeLessThan(30)
  })

  it("begins the second try when 95 of 100 would have been answered, give or take a tenth", async () => {
    const made = guarded(hedge, { after: "p95" }, { upstreams: 2 })
    await ask(made, 100, (time) => (time < 94 ? 20 : time < 98 ? 200 : 1000))
    const after = await patience(made)
    expect(after).toBeGreaterThan(180)
    expect(after).toBeLessThan(220)
  })

  it("learns that answers have become slower, although it waits for none of the slow ones", async () => {
    const made = guarded(hedge, { after: "p95" }, { upstreams: 2 })
    await ask(made, 100, () => 20)
    await ask(made, 2000, (time) => (time % 10 === 0 ? 150 : 20))
    expect(await patience(made)).toBeGreaterThan(130)
  })

  it("goes on with what it learned after a reload", async () => {
    const made = guarded(hedge, { after: "p95" }, { upstreams: 2 })
    await ask(made, 100, () => 20)
    expect(await patience(guarded(hedge, { after: "p95" }, { upstreams: 2, keep: made.keep }))).toBeLessThan(30)
  })
})
