import fc from "fast-check"
import { describe, expect, it, vi } from "vitest"

import { bytesOf, jsonReply, replyFrom, toResponse } from "../../src/core/reply.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { linesOf, streamOf, textOf } from "../support/exchange.ts"

describe("jsonReply()", () => {
  it("says that it is JSON", () => {
    const reply = jsonReply({ a: [1, null] }, 201)
    expect(reply).toMatchObject({ status: 201, body: '{"a":[1,null]}' })
    expect(linesOf(reply.headers)).toEqual([["content-type", "application/json"]])
  })

  it.each([undefined, () => 1, Symbol("s")])("refuses %o, which would be sent as nothing at all", (value) => {
    expect(() => jsonReply(value)).toThrow(TypeError)
  })
})

describe("replyFrom()", () => {
  it.each([
    [{ a: 1 }, '{"a":1}'],
    [[], "[]"],
    ["text", '"text"'],
    ["", '""'],
    [0, "0"],
    [false, "false"],
  ])("sends %j as JSON", (value, expected) => {
    expect(replyFrom(value)).toMatchObject({ status: 200, body: expected })
  })

  it.each([undefined, null])("makes an answer without content of %s", (value) => {
    const reply = replyFrom(value)
    expect(reply).toMatchObject({ status: 204, body: null })
    expect(linesOf(reply.headers)).toEqual([])
  })

  it("takes a Response as it is, with each cookie in a line of its own", async () => {
    const response = new Response("hello", { status: 418, headers: { "x-a": "1" } })
    response.headers.append("set-cookie", "a=1, b")
    response.headers.append("set-cookie", "c=2")
    const reply = replyFrom(response)
    expect(reply.status).toBe(418)
    expect(reply.headers.all("set-cookie")).toEqual(["a=1, b", "c=2"])
    expect(reply.headers.get("x-a")).toBe("1")
    expect(await textOf(reply.body)).toBe("hello")
  })

  it("refuses a Response that stands for a failed fetch: its status cannot be sent", () => {
    expect(() => replyFrom(Response.error())).toThrow("status 0")
  })
})

describe("toResponse()", () => {
  it.each([204, 205, 304])("sends no body with a %i", async (status) => {
    const response = toResponse({ status, headers: new HeaderList(["x-a", "1"]), body: "ignored" })
    expect([response.status, response.body, response.headers.get("x-a")]).toEqual([status, null, "1"])
  })

  it("ends a stream that may not be sent, so that whoever fills it stops", () => {
    const cancel = vi.fn()
    toResponse({ status: 304, headers: new HeaderList(), body: new ReadableStream({ cancel }) })
    expect(cancel).toHaveBeenCalledTimes(1)
  })

  it("sends headers in order and repeated ones too", async () => {
    const headers = new HeaderList(["set-cookie", "a=1", "set-cookie", "b=2", "x-a", "1"])
    const response = toResponse({ status: 200, headers, body: "hi" })
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"])
    expect(await response.text()).toBe("hi")
  })

  it("gives back what replyFrom() took", async () => {
    const again = toResponse(replyFrom(Response.json({ a: 1 }, { status: 202, headers: { "x-a": "1" } })))
    expect([again.status, again.headers.get("x-a")]).toEqual([202, "1"])
    expect(await again.json()).toEqual({ a: 1 })
  })
})

describe("bytesOf()", () => {
  it("is the whole of any body within the limit, and nothing above it", async () => {
    const pieces = fc.array(fc.string({ unit: "binary" }), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(pieces, fc.nat({ max: 64 }), async (parts, limit) => {
        const whole = new TextEncoder().encode(parts.join(""))
        for (const body of [streamOf(...parts), parts.join(""), whole]) {
          const found = await bytesOf(body, limit)
          const joined = body instanceof ReadableStream ? Buffer.concat(parts.map((part) => Buffer.from(part))) : whole
          if (joined.byteLength > limit) expect(found).toBeUndefined()
          else expect(Buffer.from(found ?? [])).toEqual(Buffer.from(joined))
        }
      }),
    )
  })

  it.each([
    ["a text", "abc"],
    ["bytes", new Uint8Array(3)],
    ["a stream", "abc"],
  ])("refuses %s of one byte too many", async (what, body) => {
    const made = () => (what === "a stream" ? streamOf("a", "bc") : body)
    expect(await bytesOf(made(), 3)).toHaveLength(3)
    expect(await bytesOf(made(), 2)).toBeUndefined()
  })

  it("counts bytes, not letters", async () => {
    expect(await bytesOf("é", 1)).toBeUndefined()
    expect(await bytesOf("é", 2)).toHaveLength(2)
  })

  it("is empty for no body", async () => {
    expect(await bytesOf(null, 0)).toHaveLength(0)
    expect(await bytesOf("", 0)).toHaveLength(0)
    expect(await bytesOf(streamOf(), 0)).toHaveLength(0)
  })

  it("stops a stream at the limit instead of reading it to its end", async () => {
    const cancel = vi.fn()
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array((sent += 1) && 1000)),
      cancel,
    })
    expect(await bytesOf(endless, 5000)).toBeUndefined()
    expect(cancel).toHaveBeenCalledTimes(1)
    expect(sent).toBeLessThan(20)
  })

  it("fails as the stream does", async () => {
    const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("broken")) })
    await expect(bytesOf(broken, 100)).rejects.toThrow("broken")
  })
})
