import { describe, expect, it } from "vitest"

import { toResponse } from "../../src/core/reply.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { problemsOf } from "../contracts/part-contract.ts"
import { exchange, linesOf, streamOf } from "../support/exchange.ts"
import { answered, codingOf, gzip, head, json, plainOf, policyOf } from "./compress/answered.ts"

describe("compress()", () => {
  it.each([
    ["gzip, deflate, br, zstd", "zstd"],
    ["gzip, deflate, br", "br"],
    ["gzip", "gzip"],
    ["br;q=0.5, gzip", "gzip"],
  ])("answers %j in %s, whole and in pieces", async (accepts, coding) => {
    for (const body of [
      json,
      new TextEncoder().encode(json),
      streamOf(json),
      streamOf(json.slice(0, 9), json.slice(9)),
    ]) {
      const reply = await answered({ body, headers: { "content-length": String(json.length) } }, accepts)
      expect(linesOf(reply.headers)).toEqual([
        ["content-type", "application/json"],
        ["vary", "accept-encoding"],
        ["content-encoding", coding],
      ])
      expect(await plainOf(reply)).toBe(json)
    }
  })

  it("goes by the order of the encodings, and takes no other", async () => {
    expect(await codingOf({}, "zstd, br, gzip", { encodings: ["gzip", "br"] })).toBe("gzip")
    expect(await codingOf({}, "zstd", { encodings: ["gzip", "br"] })).toBeUndefined()
  })

  it.each(["", "deflate", "gzip;q=0", "identity, gzip;q=0.5"])(
    "leaves the content as it is for %j, but says that it varies",
    async (accepts) => {
      const reply = await answered({ headers: { etag: '"1"', "accept-ranges": "bytes", digest: "x" } }, accepts)
      expect(reply.body).toBe(json)
      expect(linesOf(reply.headers)).toEqual([
        ["content-type", "application/json"],
        ["etag", '"1"'],
        ["accept-ranges", "bytes"],
        ["digest", "x"],
        ["vary", "accept-encoding"],
      ])
    },
  )

  it("gives nothing else to those who do not say what they take", async () => {
    expect((await answered({}, {})).body).toBe(json)
  })

  it("tells the listener the length of what is small, and nothing about the rest", async () => {
    const small = toResponse(await answered({}))
    expect((await small.bytes()).byteLength).toBeLessThan(json.length / 3)
    expect((await answered({})).body).toBeInstanceOf(Uint8Array)
    const large = await answered({ body: json.repeat(20) })
    expect(large.body).toBeInstanceOf(ReadableStream)
    expect(await plainOf(large)).toBe(json.repeat(20))
  })

  it("keeps what gets no smaller", async () => {
    const noise = crypto.getRandomValues(new Uint8Array(2000))
    for (const accepts of ["gzip", "br", "zstd"]) {
      const reply = await answered({ body: noise, headers: { "content-type": "text/plain", etag: '"1"' } }, accepts)
      expect(reply.body).toBe(noise)
      expect(reply.headers.has("content-encoding")).toBe(false)
      expect(reply.headers.get("etag")).toBe('"1"')
    }
  })
})

describe("compress({ types })", () => {
  it.each([
    "text/html; charset=utf-8",
    "TEXT/CSS",
    "application/json",
    "application/problem+json",
    "application/x-ndjson",
    "application/javascript ;charset=utf-8",
    "image/svg+xml",
    "application/wasm",
    "font/ttf",
  ])("has %s compressed", async (type) => {
    expect(await codingOf({ headers: { "content-type": type } })).toBe("gzip")
  })

  it.each([
    "text/event-stream",
    "Text/Event-Stream; charset=utf-8",
    "image/png",
    "image/jpeg",
    "video/mp4",
    "font/woff2",
    "application/zip",
    "application/octet-stream",
    "application/epub+zip",
    "application/jsonp",
    "json",
    "",
  ])("leaves %s alone, with no word about it", async (type) => {
    const reply = await answered({ headers: { "content-type": type } })
    expect([reply.body, linesOf(reply.headers)]).toEqual([json, [["content-type", type]]])
  })

  it("leaves alone what does not say what it is", async () => {
    const reply = await policyOf(true)(() => ({ status: 200, headers: new HeaderList(), body: json }))(exchange(gzip))
    expect([reply.body, linesOf(reply.headers)]).toEqual([json, []])
  })

  it("takes the place of the standard ones", async () => {
    const types = ["application/*", "Image/BMP", "+toml", "text/event-stream"]
    const coding = (type: string) => codingOf({ headers: { "content-type": type } }, "gzip", { types })
    for (const type of ["application/x-thing", "image/bmp", "x/y+toml", "text/event-stream"])
      expect(await coding(type)).toBe("gzip")
    for (const type of ["text/plain", "application/zip", "application/gzip", "image/x-icon", "x/y+json"])
      expect(await coding(type)).toBeUndefined()
  })
})

describe("compress({ minSize, level })", () => {
  it.each([
    [1023, undefined],
    [1024, "gzip"],
  ])("of %d bytes gives %s", async (size, coding) => {
    const text = "é".padEnd(size - 1, "x")
    const length = String(size)
    for (const body of [text, new TextEncoder().encode(text)]) expect(await codingOf({ body })).toBe(coding)
    expect(await codingOf({ body: streamOf(text), headers: { "content-length": length } })).toBe(coding)
    expect(await codingOf({ body: null, headers: { "content-length": length } }, head)).toBe(coding)
    // How long it will be, nobody knows.
    expect(await codingOf({ body: streamOf(text) })).toBe("gzip")
  })

  it("compresses a small answer for those who want no other", async () => {
    const reply = await answered({ body: "tiny" }, "gzip, identity;q=0")
    expect(reply.headers.get("content-encoding")).toBe("gzip")
    expect(await plainOf(reply)).toBe("tiny")
    expect((await answered({ body: "tiny" }, "identity;q=0")).body).toBe("tiny")
    expect((await answered({ body: "tiny" }, "gzip")).headers.get("vary")).toBe("accept-encoding")
  })

  it("makes it smaller the longer it may take, for all encodings or one by one", async () => {
    const text = JSON.stringify(Array.from({ length: 900 }, (_, id) => ({ id, name: `item ${(id * 7919) % 1013}` })))
    const size = async (accepts: string, level: unknown) => {
      const { body } = await answered({ body: text }, accepts, { level })
      return (await new Response(body).bytes()).byteLength
    }
    for (const accepts of ["gzip", "br", "zstd"]) {
      const [fast, small] = [await size(accepts, "fast"), await size(accepts, "small")]
      expect(small).toBeLessThan(fast)
      expect(await size(accepts, { [accepts]: 9 })).toBeLessThan(fast)
    }
    expect(await size("gzip", { br: 1 })).toBe(await size("gzip", "balanced"))
  })
})

describe("compress(), mistakes in the config", () => {
  const messages = (given: unknown) => problemsOf({ service: "cart", compress: given }).map(({ message }) => message)

  it("takes true, and an empty object for the same", () => {
    expect([messages(true), messages({})]).toEqual([[], []])
  })

  it.each([
    [{ encodings: [] }, "Empty list."],
    [{ encodings: ["deflate"] }, 'Expected one of "zstd", "br" or "gzip", got "deflate".'],
    [{ encodings: ["br", "gzip", "br"] }, '"br" is there twice.'],
    [{ types: ["html"] }, 'Expected a media type such as "application/json", "text/*" or "+json", got "html".'],
    [{ types: ["text/html; charset=utf-8"] }, /^Expected a media type/],
    [{ types: ["*/*"] }, /^Expected a media type/],
    [{ types: ["image/PNG"] }, '"image/PNG" is compressed already.'],
    [{ types: ["video/*"] }, '"video/*" is compressed already.'],
    [{ level: "best" }, 'Expected one of "fast", "balanced" or "small", got "best".'],
    [{ level: { gzip: 10 } }, "Expected a whole number from 1 to 9, got 10."],
    [{ encodings: ["gzip"], level: { br: 4 } }, 'A level for "br", which is not among the encodings.'],
    [{ minSize: 1024 }, /^Expected a size/],
  ])("finds the one in %j", (given, message) => {
    expect(messages(given)).toEqual([typeof message === "string" ? message : expect.stringMatching(message)])
  })
})
