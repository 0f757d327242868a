import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../src/core/errors.ts"
import type { Exchange } from "../../src/core/exchange.ts"
import type { Handler } from "../../src/core/handler.ts"
import { jsonReply } from "../../src/core/reply.ts"
import { standardLimits } from "../../src/core/tunnel.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { mirror } from "../../src/policies/mirror.ts"
import { exchange, failureOf, streamOf, textOf, tools } from "../support/exchange.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(async () => {
  // The timer of all exchanges has to stop by itself: the next test begins without one.
  await vi.advanceTimersByTimeAsync(100)
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const standard = { service: "spare", share: 100, bodyLimit: 64 }

/** Takes the whole body, as a service does. */
const target: Handler = async ({ body }) => {
  await textOf(body)
  return jsonReply("for the client")
}

function mirroring(answer: Handler, options: Partial<typeof standard> = {}) {
  const given = tools({ services: { spare: answer } })
  return { ...given, policy: mirror.create({ ...standard, ...options }, given) }
}

/** A mirror service that tells the first copy it gets. */
function receiver() {
  const got = Promise.withResolvers<{ copy: Exchange; text: string }>()
  const answer: Handler = async (copy) => {
    got.resolve({ copy, text: await textOf(copy.body) })
    return jsonReply("for nobody")
  }
  return { answer, got: got.promise }
}

describe("mirror()", () => {
  it("sends what the service gets: its headers, the path that the target made, the body", async () => {
    const { answer, got } = receiver()
    const asked = exchange({
      id: "7",
      method: "PUT",
      path: "/a?b",
      params: { id: "1" },
      headers: { "x-a": "1" },
      body: streamOf("one ", "two"),
    })
    const reply = await mirroring(answer).policy((one) => {
      one.rewrite("/v2/a")
      one.headers.set("x-late", "1")
      return target(one)
    })(asked)
    expect(await textOf(reply.body)).toBe('"for the client"')
    const { copy, text } = await got
    expect(copy).toMatchObject({
      id: "7",
      method: "PUT",
      rawPath: "/v2/a",
      path: "/v2/a",
      search: "?b",
      params: asked.params,
    })
    expect([[...copy.headers], text]).toEqual([[["x-a", "1"]], "one two"])
  })

  it("does not wait for the other service, and is not ended with the client", async () => {
    const asked = exchange()
    const { policy, calls } = mirroring(() => new Promise<never>(() => {}))
    expect(await policy(target)(asked)).toMatchObject({ status: 200 })
    asked.end(new Error("The client went away."))
    expect(calls[0]?.exchange.isOver).toBe(false)
    calls[0]?.exchange.end(new Error("The test is over."))
  })

  it("drops the answer of the other service", async () => {
    const dropped = Promise.withResolvers<void>()
    const { policy } = mirroring(() => ({
      status: 200,
      headers: new HeaderList(),
      body: new ReadableStream({ cancel: () => dropped.resolve() }),
    }))
    await policy(target)(exchange())
    await dropped.promise
  })

  it.each([
    [64, 1],
    [65, 0],
  ])("of a body of %d bytes sends %d copies where 64 are the limit, with a length or without", async (size, copies) => {
    for (const headers of [{}, { "content-length": String(size) }]) {
      const { policy, calls } = mirroring(() => jsonReply(1))
      await policy(target)(exchange({ method: "POST", headers, body: streamOf("x", "x".repeat(size - 1)) }))
      expect(calls).toHaveLength(copies)
    }
  })

  it("does not send a body that broke off, or one that the service did not take", async () => {
    const { policy, calls } = mirroring(() => jsonReply(1))
    const broken = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array(1))
      },
      pull: (controller) => controller.error(new Error("cut")),
    })
    expect(await failureOf(() => policy(target)(exchange({ method: "POST", body: broken })))).toBeDefined()
    const unread = exchange({ method: "POST", body: streamOf("one ", "two ", "three") })
    await policy(() => jsonReply("too early"))(unread)
    await unread.body?.cancel()
    await vi.advanceTimersByTimeAsync(100)
    expect(calls).toEqual([])
  })

  it("leaves WebSockets alone", async () => {
    const { policy, calls } = mirroring(() => jsonReply(1))
    const asked = exchange()
    asked.websocket = standardLimits
    await policy(target)(asked)
    expect(calls).toEqual([])
  })

  it("copies the share of the requests that it was told", async () => {
    const { policy, calls } = mirroring(() => jsonReply(1), { share: 25 })
    const random = vi.spyOn(Math, "random")
    for (const drawn of [0, 0.2499, 0.25, 0.99]) {
      random.mockReturnValue(drawn)
      await policy(target)(exchange())
    }
    expect(calls).toHaveLength(2)
  })

  it("logs a failure once a minute at most, and the client never hears of it", async () => {
    const { policy, logged } = mirroring(() => {
      throw new GatewayError("unreachable", 'Cannot reach service "spare".')
    })
    const ask = async (): Promise<void> => {
      expect(await policy(target)(exchange())).toMatchObject({ status: 200 })
      await vi.advanceTimersByTimeAsync(100)
    }
    await ask()
    await ask()
    expect(logged).toEqual([
      {
        level: "warn",
        message: 'Cannot mirror to service "spare", told once a minute at most: Cannot reach service "spare".',
      },
    ])
    await vi.advanceTimersByTimeAsync(60_000)
    await ask()
    expect(logged).toHaveLength(2)
  })

  it("gives the other service 10 s", async () => {
    const { policy, logged, calls } = mirroring(() => new Promise<never>(() => {}))
    await policy(target)(exchange())
    await vi.advanceTimersByTimeAsync(9_900)
    expect([logged.length, calls[0]?.exchange.isOver]).toEqual([0, false])
    await vi.advanceTimersByTimeAsync(200)
    expect([logged.length, calls[0]?.exchange.isOver]).toEqual([1, true])
    expect(logged[0]?.message).toContain("No answer within 10s.")
  })
})
