import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import { jsonReply, type Reply } from "../../../src/core/reply.ts"
import { type Answer, exchange, textOf } from "../../support/exchange.ts"
import { aggregating, answering, errorsOf } from "./aggregating.ts"

type Outcome = Answer | GatewayError

/** Answers in turn; the last one again and again. */
function inTurn(...outcomes: Outcome[]): Answer {
  let at = 0
  return (asked) => {
    const outcome = outcomes[Math.min(at++, outcomes.length - 1)] as Outcome
    if (outcome instanceof GatewayError) return Promise.reject(outcome)
    return typeof outcome === "function" ? outcome(asked) : jsonReply(outcome.json)
  }
}

const error = (code: ConstructorParameters<typeof GatewayError>[0]): GatewayError => new GatewayError(code, "No.")

describe("retry", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  const asked = async (part: object, answer: Answer) => {
    const { ask, called } = aggregating({ aggregate: { a: { call: "s GET /", ...part } } }, { s: answer })
    const got = ask()
    await vi.advanceTimersByTimeAsync(5000)
    return [(await got).status, called().length]
  }

  it.each([
    ["unreachable", error("unreachable")],
    ["unavailable", error("unavailable")],
    ["too slow", error("timeout")],
    ["502", answering(502)],
    ["503", answering(503)],
    ["504", answering(504)],
  ])("tries again when a service was %s", async (_, outcome) => {
    expect(await asked({ retry: 1 }, inTurn(outcome, { json: 1 }))).toEqual([200, 2])
  })

  it("tries as often as it may, and fails with the last failure", async () => {
    expect(await asked({ retry: 2 }, inTurn(error("unreachable"), answering(503), answering(502)))).toEqual([502, 3])
    expect(await asked({}, inTurn(error("unreachable"), { json: 1 }))).toEqual([502, 1])
  })

  it.each([
    ["404", answering(404)],
    ["500", answering(500)],
    ["an answer that cannot be read", answering(200, "<")],
    ["another failure", error("mock_not_found")],
  ])("does not after %s", async (_, outcome) => {
    const [, calls] = await asked({ retry: 3 }, inTurn(outcome))
    expect(calls).toBe(1)
  })

  it("tries what may be sent twice, with its body", async () => {
    const bodies: string[] = []
    const answer: Answer = async (one): Promise<Reply> => {
      bodies.push(await textOf(one.body))
      return bodies.length < 3 ? answering(503)() : jsonReply(1)
    }
    for (const method of ["PUT", "DELETE"]) {
      bodies.length = 0
      expect(await asked({ call: `s ${method} /`, body: () => ["x"], retry: 2 }, answer)).toEqual([200, 3])
      expect(bodies).toEqual(['["x"]', '["x"]', '["x"]'])
    }
  })

  it("never tries again what a function made a POST", async () => {
    const part = { call: undefined, service: "s", request: () => ({ path: "/", body: 1 }), retry: 3 }
    expect(await asked(part, inTurn(answering(503)))).toEqual([503, 1])
  })

  it("waits as long as the service asks for, if that is not too long", async () => {
    const busy = (after: string): Answer => inTurn(answering(503, {}, { "retry-after": after }), { json: 1 })
    expect(await asked({ retry: 1 }, busy("2"))).toEqual([200, 2])
    expect(await asked({ retry: 1 }, busy("3600"))).toEqual([503, 1])
    expect(await asked({ retry: 1 }, busy("Fri, 20 Nov 2026 20:00:00 GMT"))).toEqual([503, 1])
  })

  it("does not try past the deadline", async () => {
    const { handle, called } = aggregating(
      { aggregate: { a: { call: "s GET /", retry: 1 } } },
      { s: inTurn(answering(503, {}, { "retry-after": "2" })) },
    )
    const one = exchange()
    one.limit(1000)
    await expect(handle(one)).rejects.toMatchObject({ status: 503 })
    expect(called()).toHaveLength(1)
    one.settled()
    await vi.advanceTimersByTimeAsync(100)
  })

  it("stops when nobody waits any more", async () => {
    const { handle, called } = aggregating(
      { aggregate: { a: { call: "s GET /", retry: 9 } } },
      { s: inTurn(answering(503, {}, { "retry-after": "2" })) },
    )
    const one = exchange()
    const failing = handle(one).catch((reason: unknown) => reason)
    await vi.advanceTimersByTimeAsync(10)
    one.end(error("client_gone"))
    expect(await failing).toMatchObject({ code: "client_gone" })
    await vi.advanceTimersByTimeAsync(5000)
    expect(called()).toHaveLength(1)
  })

  it("gives each try its own time", async () => {
    const slow: Answer = () => new Promise(() => undefined)
    const { ask, called } = aggregating(
      { aggregate: { a: { call: "s GET /", retry: 1, timeout: "1s" } } },
      { s: inTurn(slow) },
    )
    const got = ask()
    await vi.advanceTimersByTimeAsync(4000)
    expect(errorsOf(await got)).toMatchObject([{ code: "timeout", detail: 'Part "a" failed: No answer within 1s.' }])
    expect(called()).toHaveLength(2)
  })
})
