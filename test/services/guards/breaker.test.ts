import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import { breaker } from "../../../src/services/guards/breaker.ts"
import { exchange, streamOf, textOf } from "../../support/exchange.ts"
import { type Came, closed, type Guarded, guarded, later, refused, reply } from "./guarded.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** What so many requests come to, one after the other. */
async function outcomes(made: Guarded, times: number): Promise<(number | string)[]> {
  const all: (number | string)[] = []
  for (let time = 0; time < times; time++)
    all.push(
      await (async () => made.handle(exchange()))().then(
        ({ status }) => status,
        (error: unknown) => (error instanceof GatewayError ? error.code : String(error)),
      ),
    )
  return all
}

const times = <T>(count: number, what: T): T[] => Array.from({ length: count }, () => what)

describe('breaker() with scope "service"', () => {
  const rules = { scope: "service", minimum: 4, open: "5s", probes: 2 }
  const broken = (script: Came[], options: object = {}): Guarded =>
    guarded(breaker, { ...rules, ...options }, { script })

  it("fails fast once too many requests failed, and says when to come back", async () => {
    const made = broken([500, 502, refused(), closed()])
    expect(await outcomes(made, 5)).toEqual([500, 502, "unreachable", "unreachable", "unavailable"])
    expect(made.asked.length).toBe(4)
    vi.advanceTimersByTime(1500)
    const refusal = await (async () => made.handle(exchange()))().catch((error: unknown) => error)
    expect(refusal).toMatchObject({
      code: "unavailable",
      status: 503,
      headers: { "retry-after": "4" },
      message: 'Service "user" fails too often: it is left alone for a while.',
    })
    expect(made.asked.length).toBe(4)
  })

  it("lets the probes through after a while, closes when they do well, and tells of each change once", async () => {
    const made = broken(times(4, 503))
    await outcomes(made, 6)
    vi.advanceTimersByTime(5000)
    expect(await outcomes(made, 10)).toEqual(times(10, 200))
    expect(made.logged).toEqual([
      { level: "warn", message: 'service "user" gets nothing for 5s: 4 of 4 requests failed' },
      { level: "info", message: 'service "user" answers again' },
    ])
  })

  it("opens again on one failed probe, without another word", async () => {
    const made = broken([...times(4, 503), 200, 503])
    await outcomes(made, 4)
    vi.advanceTimersByTime(5000)
    expect(await outcomes(made, 4)).toEqual([200, 503, "unavailable", "unavailable"])
    vi.advanceTimersByTime(4999)
    expect(await outcomes(made, 1)).toEqual(["unavailable"])
    vi.advanceTimersByTime(1)
    expect(await outcomes(made, 3)).toEqual([200, 200, 200])
    expect(made.logged.length).toBe(2)
  })

  it("refuses what comes while all probes are out", async () => {
    const probes = [later(), later()]
    const made = broken([...times(4, 503), ...probes.map(({ answer }) => answer)])
    await outcomes(made, 4)
    vi.advanceTimersByTime(5000)
    const out = probes.map(() => made.handle(exchange()))
    const refusal = await (async () => made.handle(exchange()))().catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: "unavailable", headers: { "retry-after": "1" } })
    for (const probe of probes) probe.come(reply())
    await Promise.all(out)
    expect(await outcomes(made, 1)).toEqual([200])
  })

  it("does not count what is not in its list", async () => {
    expect(await outcomes(broken(times(8, 501)), 9)).toEqual([...times(8, 501), 200])
    expect(await outcomes(broken(times(8, 500), { on: [503] }), 9)).toEqual([...times(8, 500), 200])
    expect(await outcomes(broken(times(4, 418), { on: [418] }), 5)).toEqual([...times(4, 418), "unavailable"])
    const made = broken(times(8, new TypeError("a fault of our own")))
    expect((await outcomes(made, 9)).at(-1)).toBe(200)
  })

  it("does not hold the client's doings against the service: leaving, and breaking off its upload", async () => {
    const gone = new GatewayError("client_gone", "The client went away.")
    const leaves: Came = (asked) => {
      asked.end(gone)
      return asked.unlessOver(new Promise(() => undefined))
    }
    const aborted = new GatewayError("unreachable", "No.", { cause: new Error("The upload was aborted.") })
    const made = broken([...times(8, leaves), ...times(8, aborted)])
    expect(await outcomes(made, 17)).toEqual([...times(8, "client_gone"), ...times(8, "unreachable"), 200])
  })

  it("counts a timeout when all of the request was sent, and not when the client took the time", async () => {
    const ask = async (made: Guarded, body: ReadableStream<Uint8Array>): Promise<void> => {
      const asked = exchange({ method: "POST", body })
      asked.limit(100)
      const answer = (async () => made.handle(asked))().catch(() => undefined)
      await vi.advanceTimersByTimeAsync(200)
      await answer
      asked.settled()
    }
    const reading: Came = async (asked) => asked.unlessOver(textOf(asked.body).then(() => new Promise(() => undefined)))
    const slowClient = broken(times(4, reading))
    for (let time = 0; time < 4; time++) await ask(slowClient, new ReadableStream())
    expect(await outcomes(slowClient, 1)).toEqual([200])
    const slowService = broken(times(4, reading))
    for (let time = 0; time < 4; time++) await ask(slowService, streamOf("all of it"))
    expect(await outcomes(slowService, 1)).toEqual(["unavailable"])
  })

  it("opens for slow answers where it is told what is slow", async () => {
    const slow: Came = async () => {
      await new Promise((resolve) => setTimeout(resolve, 300))
      return reply()
    }
    const made = broken(times(4, slow), { slow: { over: "250ms", percent: 50 } })
    for (let time = 0; time < 4; time++) {
      const answer = made.handle(exchange())
      await vi.advanceTimersByTimeAsync(300)
      await answer
    }
    expect(await outcomes(made, 1)).toEqual(["unavailable"])
    expect(made.logged[0]?.message).toBe('service "user" gets nothing for 5s: 4 of 4 requests were slow')
  })

  it("stays open over a reload, and takes over the new rules", async () => {
    const made = broken(times(4, 503))
    await outcomes(made, 4)
    const next = guarded(breaker, { ...rules, probes: 1, window: "20s" }, { keep: made.keep })
    expect(await outcomes(next, 1)).toEqual(["unavailable"])
    vi.advanceTimersByTime(5000)
    const after = guarded(breaker, { ...rules, probes: 1, window: "20s" }, { keep: made.keep })
    expect(await outcomes(after, 1)).toEqual([200])
    expect(after.logged).toEqual([{ level: "info", message: 'service "user" answers again' }])
  })
})

describe('breaker() with scope "upstream"', () => {
  const rules = { minimum: 4, open: "5s", probes: 2 }
  /** The upstreams whose name is in `down` fail. */
  const failing = (down: { names: string }, options: object = {}): Guarded => {
    const script: Came[] = []
    const made = guarded(breaker, { ...rules, ...options }, { script })
    script.shift = () => () => reply(down.names.includes(made.asked.at(-1) ?? "") ? 503 : 200)
    return made
  }

  it("leaves alone who fails, and nobody else", async () => {
    const made = failing({ names: "b" })
    await outcomes(made, 30)
    expect(made.asked.filter((name) => name === "b").length).toBe(4)
    expect(made.upstreams.map(({ state }) => state.isUp())).toEqual([true, false, true])
    expect(made.logged).toEqual([
      { level: "warn", message: 'service "user": http://b.internal gets nothing for 5s: 4 of 4 requests failed' },
    ])
  })

  it("tries it out after a while, and takes it back when it does well", async () => {
    const down = { names: "b" }
    const made = failing(down)
    await outcomes(made, 12)
    vi.advanceTimersByTime(5000)
    await outcomes(made, 12)
    // The one probe that failed was enough.
    expect(made.asked.filter((name) => name === "b").length).toBe(5)
    down.names = ""
    vi.advanceTimersByTime(5000)
    await outcomes(made, 30)
    expect(made.upstreams.every(({ state }) => state.isUp())).toBe(true)
    expect(made.asked.filter((name) => name === "b").length).toBeGreaterThan(10)
    expect(made.logged.at(-1)).toEqual({ level: "info", message: 'service "user": http://b.internal answers again' })
    expect(made.logged.length).toBe(2)
  })

  it("sends it no more than its probes while they are out", async () => {
    const probes = [later(), later()]
    const script: Came[] = times(4, 503)
    const made = guarded(breaker, rules, { script, upstreams: 1 })
    await outcomes(made, 4)
    script.push(...probes.map(({ answer }) => answer))
    vi.advanceTimersByTime(5000)
    const out = probes.map(() => made.handle(exchange()))
    const refusal = await (async () => made.handle(exchange()))().catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: "unavailable", status: 503, headers: { "retry-after": "1" } })
    for (const probe of probes) probe.come(reply())
    await Promise.all(out)
    expect(await outcomes(made, 1)).toEqual([200])
  })

  it("gives the place of a probe whose client left to another request", async () => {
    const script: Came[] = times(4, 503)
    const made = guarded(breaker, { ...rules, probes: 1 }, { script, upstreams: 1 })
    await outcomes(made, 4)
    vi.advanceTimersByTime(5000)
    script.push(later().answer)
    const asked = exchange()
    const left = (async () => made.handle(asked))().catch(() => undefined)
    expect(await outcomes(made, 1)).toEqual(["unavailable"])
    asked.end(new GatewayError("client_gone", "The client went away."))
    await left
    expect(await outcomes(made, 2)).toEqual([200, 200])
  })

  it("fails fast when all are left alone, and says when the first of them is tried again", async () => {
    const made = failing({ names: "abc" })
    await outcomes(made, 12)
    vi.advanceTimersByTime(1000)
    const refusal = await (async () => made.handle(exchange()))().catch((error: unknown) => error)
    expect(refusal).toMatchObject({
      code: "unavailable",
      headers: { "retry-after": "4" },
      message: 'Cannot reach service "user": none of its 3 upstreams is healthy.',
    })
    expect(made.asked.length).toBe(12)
  })

  it("remembers over a reload", async () => {
    const made = failing({ names: "b" })
    await outcomes(made, 12)
    const next = guarded(breaker, rules, { keep: made.keep })
    await outcomes(next, 10)
    expect(next.asked).not.toContain("b")
    vi.advanceTimersByTime(5000)
    await outcomes(next, 10)
    expect(next.asked).toContain("b")
    expect(next.logged).toEqual([{ level: "info", message: 'service "user": http://b.internal answers again' }])
  })
})
