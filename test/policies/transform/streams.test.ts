import { gzipSync } from "node:zlib"

import { describe, expect, it, vi } from "vitest"

import { transform } from "../../../src/policies/transform.ts"
import { editedStream } from "../../../src/policies/transform/streams.ts"
import { exchange, failureOf, streamOf, tools } from "../../support/exchange.ts"
import { type Answered, parsed, replyOf, transformed } from "./transformed.ts"

const events = "text/event-stream"
const lines = "application/x-ndjson"
const internal = ["cost"]

const through = async (options: object, answer: Answered): Promise<string> =>
  (await transformed(options, {}, answer)).text

describe("the streams of transform()", () => {
  it("lose what is internal, line by line", async () => {
    const body = '{"cost":1,"a":1}\n\r\n  \n[{"cost":2}]\r\n5\n{"b":{"cost":3}}'
    expect(await through({ internal }, { type: lines, body })).toBe('{"a":1}\n\r\n  \n[{}]\r\n5\n{"b":{"cost":3}}')
  })

  it("lose what is internal, event by event", async () => {
    const body =
      ': hello\n\nevent: price\nid: 1\ndata: {"cost":1,\ndata:"a":1}\nretry: 5\n\ndata: [DONE]\n\ndata\n\nevent: cost\n\ndata:{"cost":2}'
    expect(await through({ internal }, { type: `${events}; charset=utf-8`, body })).toBe(
      ': hello\n\nevent: price\nid: 1\ndata: {"a":1}\nretry: 5\n\ndata: [DONE]\n\ndata\n\nevent: cost\n\ndata: {}',
    )
  })

  it.each(["\n", "\r\n", "\r"])("take lines that end with %j", async (end) => {
    const body = ['data: {"cost":1}', "id: 1", "", "data: 5", "", ""].join(end)
    expect(await through({ internal }, { type: events, body })).toBe(
      ["data: {}", "id: 1", "", "data: 5", "", ""].join(end),
    )
  })

  it("are the same in whatever pieces they come", async () => {
    const body = Buffer.from('data: {"cost":1,"é":"€"}\r\n\r\ndata: {"a":2}\r\r\n: x\n\n')
    const whole = await through({ internal }, { type: events, body: new Uint8Array(body) })
    for (let size = 1; size < body.byteLength; size++) {
      const pieces = Array.from({ length: Math.ceil(body.byteLength / size) }, (_, n) =>
        body.subarray(n * size, (n + 1) * size),
      )
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          for (const piece of pieces) controller.enqueue(new Uint8Array(piece))
          controller.close()
        },
      })
      expect(await through({ internal }, { type: events, body: stream })).toBe(whole)
    }
  })

  it("pass each event on as soon as it is whole", async () => {
    let push: (text: string) => void = () => undefined
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void (push = (text) => controller.enqueue(Buffer.from(text))),
    })
    const handle = transform.create(parsed({ internal }).made, tools())(() => replyOf({ type: events, body }))
    const reply = await handle(exchange())
    const reader = (reply.body as ReadableStream<Uint8Array>).getReader()
    for (const n of [1, 2]) {
      push(`data: {"cost":1,"n":${n}}\n\n`)
      expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe(`data: {"n":${n}}\n\n`)
    }
    await reader.cancel()
  })

  it("are reshaped like bodies when asked, and have the fields that the client chose", async () => {
    const response = {
      rename: { a: "b" },
      set: { id: ":id" },
      map: async (value: unknown) => Promise.resolve(value),
      streams: true,
    }
    const { text } = await transformed(
      { response, fields: true },
      { path: "/?fields=b,id", params: { id: "7" } },
      { type: lines, body: '{"a":1,"c":2}\n{"c":1}\n' },
    )
    expect(text).toBe('{"b":1,"id":"7"}\n{"id":"7"}\n')
  })

  it("are not reshaped otherwise, even where they lose what is internal", async () => {
    expect(
      await through({ internal, response: { rename: { a: "b" } } }, { type: lines, body: '{"a":1,"cost":2}\n' }),
    ).toBe('{"a":1}\n')
  })

  it.each([
    [lines, '{"a":1}\nno json\n'],
    [lines, '{"cost":1'],
    [events, "data: {cost: 1}\n\n"],
    [events, 'data: {"c\\u006fst": 1\n\n'],
  ])("of %s break off where they cannot be read: %j", async (type, body) => {
    expect(await failureOf(() => through({ internal }, { type, body }))).toBeInstanceOf(Error)
  })

  it("of events pass texts that are no JSON, where nothing internal can be in them", async () => {
    const body = "data: [DONE]\n\ndata: {a\n\ndata: hello\ndata: again\n\n"
    expect(await through({ internal }, { type: events, body })).toBe(body)
  })

  it("break off at a line or an event above the limit", async () => {
    const long = "x".repeat(800)
    for (const [type, body] of [
      [lines, streamOf(`"${long}`, long)],
      [events, streamOf(`data: "${long}\n`, `data: ${long}"\n\n`)],
    ] as const)
      expect(await failureOf(() => through({ internal, limit: "1kb" }, { type, body }))).toMatchObject({
        message: expect.stringContaining("more than 1024 characters") as string,
      })
  })

  it("break off at bytes that are no UTF-8", async () => {
    const body = new Uint8Array([0x22, 0xff, 0x22, 0x0a])
    expect(await failureOf(() => through({ internal }, { type: lines, body }))).toBeInstanceOf(Error)
  })

  it("come unpacked, without what was true of the bytes before", async () => {
    const { text, headers } = await transformed(
      { internal },
      {},
      {
        type: lines,
        body: new Uint8Array(gzipSync('{"cost":1}\n')),
        headers: { "content-encoding": "gzip", "content-length": "30", etag: '"1"' },
      },
    )
    expect(text).toBe("{}\n")
    expect([...headers]).toEqual([
      ["content-type", lines],
      ["etag", 'W/"1"'],
    ])
  })

  it("let the service know that the client left", async () => {
    const cancel = vi.fn()
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from('{"a":1}\n')),
      cancel,
    })
    const edited = editedStream(body, "lines", { edit: (value) => value, passes: () => true, limit: 100 })
    const reader = edited.getReader()
    await reader.read()
    await reader.cancel("left")
    expect(cancel).toHaveBeenCalledOnce()
  })
})
