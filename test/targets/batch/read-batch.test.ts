import { describe, expect, it } from "vitest"

import { readBatch, type Wanted } from "../../../src/targets/batch/read-batch.ts"
import { exchange, failureOf, streamOf } from "../../support/exchange.ts"

const read = (body: string | ReadableStream<Uint8Array>, headers: Record<string, string> = {}): Promise<Wanted[]> =>
  readBatch(
    exchange({ method: "POST", body, headers: { "content-type": "application/json", ...headers } }),
    20,
    64 * 1024,
  )

const refused = (body: string, headers?: Record<string, string>): Promise<unknown> =>
  failureOf(() => read(body, headers))

const plain = (wanted: Wanted[]): unknown => wanted.map(({ id, fields }) => [id, Object.fromEntries(fields)])

describe("readBatch()", () => {
  it.each(['{"requests":[{"id":"a","path":"/a"},{"path":"/b"}]}', '[{"id":"a","path":"/a"},{"path":"/b"}]'])(
    "reads %s",
    async (body) => {
      expect(plain(await read(body))).toEqual([
        ["a", { id: "a", path: "/a" }],
        [1, { path: "/b" }],
      ])
    },
  )

  it("reads a batch of nothing", async () => {
    expect(await read("[]")).toEqual([])
    expect(await read('{"requests":[]}')).toEqual([])
  })

  it("reads a body that comes in pieces, of any JSON type", async () => {
    expect(await read(streamOf("[{", '"path":"/"}', "]"), { "content-type": "application/vnd.a+json" })).toHaveLength(1)
  })

  it("keeps numbers as they are written, and names that objects have by themselves", async () => {
    const body = '{"n":12345678901234567890,"f":1.10,"e":1e400,"z":-0,"__proto__":{"a":1.0},"constructor":2,"s":"1.10"}'
    const [one, other] = await read(`[{"body":${body}},{"path":"/"}]`)
    expect(JSON.stringify(one?.fields.get("body"))).toBe(body)
    expect(other?.fields.has("body")).toBe(false)
    const [number, huge] = await read('[{"body":1.0},{"method":1e400,"body":[1]}]')
    expect(JSON.stringify(number?.fields.get("body"))).toBe("1.0")
    expect(typeof huge?.fields.get("method")).toBe("number")
  })

  it("tells ids from each other that objects have by themselves, and numbers of places from texts", async () => {
    const wanted = await read('[{"id":"__proto__"},{"id":"constructor"},{"path":"/"},{"id":"2"}]')
    expect(wanted.map(({ id }) => id)).toEqual(["__proto__", "constructor", 2, "2"])
  })

  it.each([
    ["no JSON", "nonsense", /JSON/],
    ["nothing", "", /JSON/],
    ["a text", '"a"', /Send/],
    ["a number", "1e999", /Send/],
    ["null", "null", /Send/],
    ["an object without requests", "{}", /Send/],
    ["requests that are no list", '{"requests":{"length":1}}', /Send/],
    ["something beside the requests", '{"requests":[],"atomic":true}', /Send/],
    ["requests on the prototype", '{"__proto__":{"requests":[]}}', /Send/],
    ["an entry that is none", '[{"path":"/"},null]', /Request 1/],
    ["an entry that is a list", "[[]]", /Request 0/],
    ["an entry that is a number", "[1.0]", /Request 0/],
    ["an id that is a number", '[{"id":1}]', /id of request 0/],
    ["an id that is null", '[{"id":null}]', /id of request 0/],
    ["an id that is long", JSON.stringify([{ id: "a".repeat(129) }]), /id of request 0/],
    ["the same id twice", '[{"id":"a"},{"id":"b"},{"id":"a"}]', /"a": give each its own/],
    ["10,000 requests", JSON.stringify(Array.from({ length: 10_000 }, () => ({}))), /10000 requests; a batch has 20/],
    ["JSON that is too deep", "[".repeat(1000) + "]".repeat(1000), /deep/],
    ["JSON that is too deep in a body", `[{"body":${"[".repeat(1000)}${"]".repeat(1000)}}]`, /deep/],
  ])("refuses %s", async (_, body, message) => {
    expect(await refused(body)).toMatchObject({
      status: 400,
      code: "bad_request",
      message: expect.stringMatching(message),
    })
  })

  it("refuses a body that is larger than allowed, before all of it is there", async () => {
    let pulled = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++
        controller.enqueue(new Uint8Array(16 * 1024).fill(32))
      },
    })
    expect(await failureOf(() => read(endless))).toMatchObject({ status: 413, code: "body_too_large" })
    expect(pulled).toBeLessThan(10)
  })

  it.each<Record<string, string>>([
    { "content-type": "text/plain" },
    { "content-type": "application/x-www-form-urlencoded" },
    { "content-type": "multipart/form-data; boundary=a" },
    { "content-type": "" },
    { "content-type": "application/json, text/plain" },
    { "content-encoding": "gzip" },
  ])("refuses what a page of another site may send by itself: %j", async (headers) => {
    expect(await refused("[]", headers)).toMatchObject({ status: 415 })
  })

  it("refuses bytes that are no UTF-8", async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(Uint8Array.from([0x5b, 0x22, 0xff, 0x22, 0x5d]))
        controller.close()
      },
    })
    expect(await failureOf(() => read(body))).toMatchObject({ status: 400 })
  })

  it("ends when the client leaves in the middle of its body", async () => {
    const asked = exchange({
      headers: { "content-type": "application/json" },
      body: new ReadableStream<Uint8Array>({}),
    })
    const reading = failureOf(() => readBatch(asked, 20, 1024))
    const gone = new Error("gone")
    asked.end(gone)
    expect(await reading).toBe(gone)
  })
})
