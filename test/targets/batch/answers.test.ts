import { afterEach, describe, expect, it, vi } from "vitest"

import { waitingNow } from "../../../src/core/deadlines.ts"
import { jsonReply, type Reply } from "../../../src/core/reply.ts"
import { failureOf, textOf } from "../../support/exchange.ts"
import { byHand, echo, type Entry, paths, settle, setUp } from "./batched.ts"

afterEach(() => void vi.useRealTimers())

describe("batch with stream", () => {
  const lines = async (reply: Reply): Promise<Entry[]> =>
    (await textOf(reply.body))
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Entry)

  it("sends each answer on a line of its own as it arrives, with its place and id", async () => {
    const { answer, reply } = byHand()
    const { ask } = setUp(answer, { stream: "ndjson" })
    const made = await ask([{ id: "a", path: "/a" }, { path: "/b" }, { id: "c", path: "nonsense" }])
    expect(made.headers.get("content-type")).toBe("application/x-ndjson")
    expect(made.byConfig).toBe(true)
    const reader = (made.body as ReadableStream<Uint8Array>).getReader()
    const next = async (): Promise<unknown> => JSON.parse(new TextDecoder().decode((await reader.read()).value))
    expect(await next()).toMatchObject({ index: 2, id: "c", status: 400 })
    await settle()
    await reply("/b", { ...jsonReply(null), body: '{\n "a": 1\r\n}' })
    expect(await next()).toMatchObject({ index: 1, id: 1, status: 200, body: { a: 1 } })
    await reply("/a")
    expect(await next()).toMatchObject({ index: 0, id: "a", status: 200, body: "/a" })
    expect((await reader.read()).done).toBe(true)
  })

  it("refuses a batch that is none before it begins", async () => {
    expect(await failureOf(() => setUp(echo, { stream: "ndjson" }).ask(5))).toMatchObject({ status: 400 })
  })

  it("sends what arrives first while there is room", async () => {
    const { answer, reply } = byHand()
    const { ask } = setUp(answer, { stream: "ndjson", maxAnswers: "10b" })
    const made = await ask(paths("/a", "/b", "/c"))
    const answers = lines(made)
    await settle()
    await reply("/b", jsonReply("12345678"))
    await reply("/a", jsonReply("12345678"))
    await reply("/c", { ...jsonReply(0), body: null })
    expect((await answers).map(({ id, status }) => [id, status])).toEqual([
      [1, 200],
      [0, 502],
      [2, 200],
    ])
  })

  it("ends what is under way when the client leaves", async () => {
    const before = waitingNow()
    const { answer, paths: begun, exchange: of } = byHand()
    const { send, outer } = setUp(answer, { stream: "ndjson", concurrency: 1 })
    const asked = outer(paths("/a", "/b"))
    asked.deadline = performance.now() + 60_000
    const made = await send(asked)
    await settle()
    expect(waitingNow()).toBe(before + 1)
    await (made.body as ReadableStream<Uint8Array>).cancel()
    expect(of("/a").isOver).toBe(true)
    await settle()
    expect(begun()).toEqual(["/a"])
    expect(waitingNow()).toBe(before)
  })

  it("has 504 for those that are not done in time, although its answer has begun", async () => {
    const before = waitingNow()
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] })
    const { answer, reply } = byHand()
    const { send, outer } = setUp(answer, { stream: "ndjson", concurrency: 2 })
    const asked = outer(paths("/a", "/b", "/c"))
    asked.deadline = performance.now() + 1000
    const made = await send(asked)
    const answers = lines(made)
    await vi.advanceTimersByTimeAsync(500)
    await reply("/b")
    await vi.advanceTimersByTimeAsync(600)
    const found = await answers
    expect(found.map(({ id, status }) => [id, status])).toEqual([
      [1, 200],
      [0, 504],
      [2, 504],
    ])
    expect(waitingNow()).toBe(before)
  })
})
