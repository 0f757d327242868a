import { gzipSync } from "node:zlib"

import { describe, expect, it } from "vitest"

import { HeaderList } from "../../../src/http/header-list.ts"
import { transform } from "../../../src/policies/transform.ts"
import { exchange, failureOf, streamOf, tools } from "../../support/exchange.ts"
import { parsed, transformed } from "./transformed.ts"

const internal = ["cost", "**.secret"]

describe("the internal fields of transform()", () => {
  it("are in no answer: of success, of failure, of a list", async () => {
    const json = { a: 1, cost: 2, deep: [{ secret: 3, b: 4, cost: 5 }] }
    const rest = { a: 1, deep: [{ b: 4, cost: 5 }] }
    for (const status of [200, 201, 302, 404, 500]) {
      const { text } = await transformed({ internal }, {}, { status, json })
      expect(JSON.parse(text)).toEqual(rest)
    }
    const { text } = await transformed({ internal }, {}, { json: [json, json] })
    expect(JSON.parse(text)).toEqual([rest, rest])
  })

  it.each([
    ["application/json", '{"cost":1,"a":2}', '{"a":2}'],
    ["application/vnd.shop+json", '{"cost":1,"a":2}', '{"a":2}'],
    ["application/problem+json", '{"c\\u006fst":1,"a":2}', '{"a":2}'],
    ["application/yaml", "cost: 1\na: 2\n", "a: 2\n"],
    ["text/csv", "cost,a\r\n1,2\r\n", "a\r\n2\r\n"],
    ["application/x-www-form-urlencoded", "cost=1&a=2", "a=2"],
    [
      "application/xml",
      '<o secret="1" x:secret="2" xmlns:x="u"><secret/><x:secret>1</x:secret><a b="1">2</a></o>',
      '<?xml version="1.0" encoding="UTF-8"?><o xmlns:x="u"><a b="1">2</a></o>',
    ],
  ])("are in no %s", async (type, body, rest) => {
    const { text, headers } = await transformed({ internal }, {}, { type, body, headers: { etag: '"1"' } })
    expect(text).toBe(rest)
    expect([headers.get("etag"), headers.get("content-type")]).toEqual([
      'W/"1"',
      type === "text/csv" ? "text/csv" : type,
    ])
  })

  it("are in no format that another is made of", async () => {
    const json = { a: 1, b: 2, "@secret": "attribute", "x:secret": 1, secret: 2 }
    const { text } = await transformed({ internal, response: { to: "xml", xml: { declaration: false } } }, {}, { json })
    expect(text).toBe("<root><a>1</a><b>2</b></root>")
  })

  it("are taken out before anything looks at them, and once more at the end", async () => {
    const response = {
      set: { copied: ":body.cost", "made.secret": "s" },
      rename: { cost: "price" },
      map: (value: object) => ({ ...value, cost: 1, toJSON: undefined }),
    }
    const { text } = await transformed({ internal, response }, {}, { json: { cost: 5, a: 1 } })
    expect(JSON.parse(text)).toEqual({ a: 1, made: {} })
  })

  it("do not come out of what a function's value says of itself as JSON", async () => {
    const shared = Object.freeze({ cost: 1, a: 2 })
    for (const map of [
      () => ({ toJSON: () => ({ cost: 1, a: 2 }) }),
      () => shared,
      () =>
        new (class {
          cost = 1
          a = 2
        })(),
    ]) {
      const { text } = await transformed({ internal, response: { map } }, {}, { json: {} })
      expect(text).toBe('{"a":2}')
    }
    expect(shared).toEqual({ cost: 1, a: 2 })
  })

  it("do not pass for being there twice", async () => {
    for (const body of ['{"x":{"secret":5},"x":{},"a":1}', '{"x":{"s\\u0065cret":5},"x":{},"a":1}']) {
      const { text } = await transformed({ internal }, {}, { body })
      expect(text).toBe('{"x":{},"a":1}')
    }
  })

  it("leave an answer without any of them byte for byte as it is", async () => {
    for (const [type, body] of [
      ["application/json", '{ "big": 12345678901234567890, "float": 1.0 }'],
      ["application/xml", "<o><!-- mixed --><a/>text<b/><a>secret</a></o>"],
    ] as const) {
      const { text, headers } = await transformed(
        { internal },
        {},
        { type, body: streamOf(body), headers: { etag: '"1"', "content-length": String(body.length) } },
      )
      expect([text, headers.get("etag"), headers.get("content-length")]).toEqual([body, '"1"', String(body.length)])
    }
    const packed = await transformed(
      { internal },
      {},
      {
        body: new Uint8Array(gzipSync('{ "a": 1.0 }')),
        headers: { etag: '"1"', "content-encoding": "gzip", "content-length": "30" },
      },
    )
    expect([packed.text, [...packed.headers]]).toEqual([
      '{ "a": 1.0 }',
      [
        ["content-type", "application/json"],
        ["etag", 'W/"1"'],
      ],
    ])
  })

  it.each([
    ["text/plain", 200, '{"cost":1}'],
    ["text/html", 200, '{"cost":1}'],
    ["application/octet-stream", 200, "x"],
    ["application/grpc", 200, "x"],
    ["multipart/mixed; boundary=x", 200, "x"],
    ["", 200, "{}"],
    ["nonsense", 200, "{}"],
    ["application/json", 200, "{ cost: 1 }"],
    ["application/json; charset=utf-16", 200, "{}"],
    ["application/xml", 200, '<!DOCTYPE o [<!ENTITY c "<cost>1</cost>">]><o>&c;</o>'],
    ["text/plain", 404, "not found"],
    ["text/html", 503, "<h1>cost</h1>"],
    ["application/json", 500, "cost"],
  ])("let no %j with status %i pass that cannot be looked into: %j", async (type, status, body) => {
    const error = await failureOf(() => transformed({ internal }, {}, { type, status, body }))
    expect(error).toMatchObject({ code: "bad_upstream", status: status < 400 ? 502 : status })
    expect((error as Error).message).not.toContain("cost")
  })

  it("are in no answer with two types, of which the client may believe either", async () => {
    const headers = new HeaderList(["content-type", "image/png", "content-type", "application/json"])
    const handle = transform.create(
      parsed({ internal }).made,
      tools(),
    )(() => ({ status: 200, headers, body: '{"cost":1}' }))
    expect(await failureOf(() => handle(exchange()))).toMatchObject({ status: 502 })
  })

  it("are in no redirect, which leads on without the words that cannot be looked into", async () => {
    const { status, text, headers } = await transformed(
      { internal },
      {},
      { status: 302, type: "text/html", body: "<a>cost", headers: { location: "/x", "content-length": "7" } },
    )
    expect([status, text, [...headers]]).toEqual([302, "", [["location", "/x"]]])
  })

  it.each(["image/png", "image/svg+xml", "font/woff2", "video/mp4", "text/css", "application/javascript"])(
    "have no place in %s, which passes",
    async (type) => {
      const { text } = await transformed({ internal }, {}, { type, body: "cost" })
      expect(text).toBe("cost")
    },
  )

  it("can be looked for in other types, or not, when told so", async () => {
    const types = { "text/plain": "json", "text/html": false }
    expect((await transformed({ internal, types }, {}, { type: "text/plain", body: '{"cost":1}' })).text).toBe("{}")
    expect((await transformed({ internal, types }, {}, { type: "text/html; charset=utf-8", body: "cost" })).text).toBe(
      "cost",
    )
  })

  it("are in no error that the response side leaves alone", async () => {
    const { text } = await transformed(
      { internal, response: { to: "xml", errors: false } },
      {},
      { status: 400, json: { cost: 1, a: 2 } },
    )
    expect(text).toBe('{"a":2}')
  })

  it("are in no answer to one who asked for a WebSocket and did not get it", async () => {
    const { text } = await transformed({ internal }, { headers: { upgrade: "websocket" } }, { json: { cost: 1 } })
    expect(text).toBe("{}")
  })

  it("are in no part of an answer: the whole is asked for", async () => {
    const { text, status, sent, exchange } = await transformed(
      { internal },
      { headers: { range: "bytes=0-3", "if-range": '"1"', "accept-encoding": "gzip" } },
      ({ headers }) =>
        headers.has("range")
          ? { status: 206, body: '{"co', headers: { "content-range": "bytes 0-3/10" } }
          : { body: '{"cost":1}' },
    )
    expect([status, text]).toEqual([200, "{}"])
    expect(sent.map(({ headers }) => headers.get("range"))).toEqual(["bytes=0-3", undefined])
    expect(sent[1]?.headers.has("if-range")).toBe(false)
    expect(exchange.headers.get("accept-encoding")).toBe("gzip")
  })

  it("have no place in parts of films, which pass", async () => {
    const { status, headers, sent } = await transformed(
      { internal },
      { headers: { range: "bytes=0-3" } },
      { status: 206, type: "video/mp4", body: "abcd", headers: { "content-range": "bytes 0-3/10" } },
    )
    expect([status, headers.get("content-range"), sent.length]).toEqual([206, "bytes 0-3/10", 1])
  })

  it("are in no part that nobody asked for, either", async () => {
    for (const asked of [
      {},
      { headers: { range: "bytes=0-3" } },
      { method: "POST", body: "x", headers: { range: "bytes=0-3" } },
    ])
      expect(await failureOf(() => transformed({ internal }, asked, { status: 206, body: "{}" }))).toMatchObject({
        status: 502,
      })
  })
})
