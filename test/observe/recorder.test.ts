import { describe, expect, it } from "vitest"

import type { Exchange } from "../../src/core/exchange.ts"
import type { Reply } from "../../src/core/reply.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { Recorder } from "../../src/observe/recorder.ts"
import { followed } from "../../src/observe/recorder/followed.ts"
import { standardRecorder } from "../../src/observe/recorder/options.ts"
import type { Recording } from "../../src/observe/recorder/recording.ts"
import { redaction } from "../../src/observe/redact.ts"
import { arrived, told } from "./recorder/recorded.ts"

const recorderOf = (options: Partial<ReturnType<typeof standardRecorder>> = {}): Recorder =>
  new Recorder({ ...standardRecorder(), rate: 1_000_000, ...options }, redaction())

/** Has an exchange answered, and its bodies read to their end. */
async function pass(recorder: Recorder, exchange: Exchange, body: Reply["body"] = "ok", status = 200): Promise<void> {
  recorder.watch(exchange)
  exchange.route = "/*"
  if (exchange.body) await new Response(exchange.body).bytes()
  const reply: Reply = { status, headers: new HeaderList(["content-type", "text/plain"]), body }
  for (const finish of exchange.finishers ?? []) finish(reply)
  if (reply.body instanceof ReadableStream) await new Response(reply.body).bytes()
  recorder.ended(told(exchange, { status }))
}

const streamOf = (...pieces: string[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(Buffer.from(piece))
      controller.close()
    },
  })

const paths = (recorder: Recorder): string[] => Array.from(recorder.latest(), ({ rawPath }) => rawPath)

describe("a Recorder", () => {
  it("keeps bytes of its own, whatever becomes of those that passed", async () => {
    const recorder = recorderOf()
    const large = Buffer.alloc(1024 * 1024, "x")
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(large.subarray(10, 13))
        controller.close()
      },
    })
    await pass(recorder, arrived({ method: "POST", body }), large.subarray(20, 25))
    large.fill("y")
    const [kept] = recorder.latest()
    for (const [one, text] of [
      [kept?.asked, "xxx"],
      [kept?.answer, "xxxxx"],
    ] as const) {
      expect(Buffer.from(one?.bytes() ?? []).toString()).toBe(text)
      expect(one?.pieces[0]?.buffer.byteLength).toBe(text.length)
    }
  })

  it("keeps an exchange as it came, and its bodies in the pieces that they came in", async () => {
    const recorder = recorderOf()
    const exchange = arrived({ method: "POST", headers: { "x-a": "1" }, body: streamOf("one", "two") })
    await pass(recorder, exchange, streamOf("a", "b", "c"))
    exchange.headers.set("x-a", "changed")
    const [kept] = recorder.latest()
    expect(kept?.lines).toEqual(["x-a", "1"])
    expect(kept?.asked.pieces.map(String)).toEqual(["111,110,101", "116,119,111"])
    expect(Buffer.from(kept?.answer.bytes() ?? []).toString()).toBe("abc")
    expect([kept?.asked.whole, kept?.answer.whole, kept?.answer.size]).toEqual([true, true, 3])
  })

  it("reads nothing of a body that nobody wants", () => {
    const recorder = recorderOf()
    let asked = 0
    const body = new ReadableStream<Uint8Array>({ pull: () => void asked++ }, { highWaterMark: 0 })
    const exchange = arrived({ method: "POST", body })
    recorder.watch(exchange)
    recorder.ended(told(exchange))
    expect(asked).toBe(0)
    expect([...recorder.latest()][0]?.asked.whole).toBe(false)
  })

  it("keeps the beginning of what is longer than it may be", async () => {
    const recorder = recorderOf({ bodies: 4 })
    await pass(recorder, arrived({ method: "POST", body: streamOf("abc", "def", "ghi") }), "0123456789")
    const [kept] = recorder.latest()
    expect([kept?.asked.kept, kept?.asked.size, kept?.asked.whole]).toEqual([4, 9, false])
    expect(Buffer.from(kept?.answer.bytes() ?? []).toString()).toBe("0123")
  })

  it("lets the oldest make room, and never takes more than it may", async () => {
    const memory = 40_000
    const recorder = recorderOf({ memory, bodies: 10_000 })
    for (let one = 0; one < 50; one++) {
      await pass(
        recorder,
        arrived({ rawPath: `/${one}`, body: streamOf("x".repeat(4000)) }),
        streamOf("y".repeat(4000)),
      )
      expect(recorder.state.bytes).toBeLessThanOrEqual(memory)
    }
    const kept = paths(recorder)
    expect(kept.length).toBeGreaterThan(1)
    expect(kept).toEqual(kept.map((_, at) => `/${49 - at}`))
    // What is under way counts as well.
    const open = Array.from({ length: 20 }, () => arrived({ body: streamOf("x".repeat(9000)) }))
    for (const exchange of open) {
      recorder.watch(exchange)
      await new Response(exchange.body).bytes()
      expect(recorder.state.bytes).toBeLessThanOrEqual(memory)
    }
    for (const exchange of open) recorder.ended(told(exchange))
    expect(recorder.state.bytes).toBeLessThanOrEqual(memory)
    recorder.clear()
    expect(recorder.state).toMatchObject({ bytes: 0, exchanges: 0 })
  })

  it("records so many a second, and of the rest those that fail", async () => {
    const recorder = recorderOf({ rate: 20 })
    for (let one = 0; one < 5; one++) await pass(recorder, arrived({ rawPath: `/${one}` }), "", one < 3 ? 200 : 502)
    expect(paths(recorder)).toEqual(["/4", "/3", "/1", "/0"])
    expect(recorder.state.skipped).toBe(1)
    const [failed] = recorder.latest()
    expect([failed?.admitted, failed?.status, failed?.answer.size]).toEqual([false, 502, 0])
  })

  it("finds an exchange by its id, by its name and by the end of its id", async () => {
    const recorder = recorderOf()
    const exchange = arrived()
    await pass(recorder, exchange)
    await pass(recorder, arrived())
    const { id } = exchange
    const named = arrived()
    recorder.watch(named)
    named.id = "chosen-by-a-client"
    recorder.ended(told(named))
    for (const asked of [id, id.slice(-8)]) expect(recorder.find(asked)?.id).toBe(id)
    expect(recorder.find("chosen-by-a-client")).toBe([...recorder.latest()][0])
    for (const asked of ["", id.slice(-5), id.slice(0, 8), "constructor"]) expect(recorder.find(asked)).toBeUndefined()
  })

  it("tells its followers, until it is closed", async () => {
    const recorder = recorderOf()
    const seen: string[] = []
    const follower = {
      recorded: ({ rawPath }: Recording) => void seen.push(rawPath),
      closed: () => void seen.push("closed"),
    }
    const unfollow = recorder.follow(follower)
    recorder.follow({ ...follower, recorded: () => undefined })
    await pass(recorder, arrived({ rawPath: "/a" }))
    unfollow()
    await pass(recorder, arrived({ rawPath: "/b" }))
    recorder.close()
    expect(seen).toEqual(["/a", "closed"])
  })
})

describe("followed()", () => {
  it("drops what a slow reader has no room for, and says how many", async () => {
    const recorder = recorderOf()
    const stream = followed(recorder, { filter: () => true, tree: false, last: 0 })
    for (let one = 0; one < 600; one++) await pass(recorder, arrived({ rawPath: `/${one}` }))
    let text = ""
    for await (const piece of stream) {
      text += new TextDecoder().decode(piece)
      if (text.includes("event: dropped")) break
    }
    expect(text.match(/^event: exchange$/gm)).toHaveLength(512)
    expect(text).toContain('event: dropped\ndata: {"count":88}\n\n')
    expect(recorder.state.followers).toBe(0)
  })
})
