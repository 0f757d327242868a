import { gzipSync } from "node:zlib"

import { describe, expect, it } from "vitest"

import { formats } from "../../../src/formats/index.ts"
import { failureOf, streamOf } from "../../support/exchange.ts"
import { posted, transformed } from "./transformed.ts"

const typed = (type: string, body: string, headers: Readonly<Record<string, string>> = {}) => ({
  method: "POST",
  headers: { ...(type !== "" && { "content-type": type }), ...headers },
  body,
})

const order = { id: 7, items: [{ sku: "a" }, { sku: "b" }] }
const xml =
  '<?xml version="1.0" encoding="UTF-8"?><order><id>7</id><items><sku>a</sku></items><items><sku>b</sku></items></order>'

describe("the request side of transform()", () => {
  it("writes what the client sends in the format of the service", async () => {
    const { sent } = await transformed({ request: { to: "xml", xml: { root: "order" } } }, posted(order))
    expect(sent).toEqual([expect.objectContaining({ body: xml })])
    expect(sent[0]?.headers.get("content-type")).toBe("application/xml")
    expect(sent[0]?.headers.get("content-length")).toBe(String(Buffer.byteLength(xml)))
  })

  it.each([
    ["application/xml", xml],
    ["text/xml; charset=utf-8", xml],
    ["application/vnd.shop+xml", xml],
  ])("reads %s by its content type", async (type, body) => {
    const { sent } = await transformed(
      { request: { to: "json", xml: { root: "order", values: true } } },
      typed(type, body),
    )
    expect(JSON.parse(sent[0]?.body ?? "")).toEqual(order)
    expect(sent[0]?.headers.get("content-type")).toBe("application/json")
  })

  it("reads forms, YAML, CSV and MessagePack, and writes them", async () => {
    const form = await transformed(
      { request: { to: "json", form: { arrays: ["tag"] } } },
      typed("application/x-www-form-urlencoded", "a=1&tag=x"),
    )
    expect(form.sent[0]?.body).toBe('{"a":"1","tag":["x"]}')
    const yaml = await transformed({ request: { to: "json" } }, typed("application/yaml", "a: 1\nb: [x]\n"))
    expect(yaml.sent[0]?.body).toBe('{"a":1,"b":["x"]}')
    const csv = await transformed(
      { request: { to: "json", csv: { separator: ";" } } },
      typed("text/csv", "a;b\r\n1;2\r\n"),
    )
    expect(csv.sent[0]?.body).toBe('[{"a":"1","b":"2"}]')
    for (const { name, types } of formats.filter((format) => format.name !== "xml")) {
      const { sent } = await transformed({ request: { to: name } }, posted(name === "csv" ? [{ a: "1" }] : { a: "1" }))
      expect(sent[0]?.headers.get("content-type")?.split(";")[0]).toBe(types[0])
    }
  })

  it("keeps the type of what stays in its format, and says that it is UTF-8 now", async () => {
    const options = { request: { set: { b: 1 } } }
    const plain = await transformed(options, typed("application/vnd.shop+json; profile=x", "{}"))
    expect(plain.sent[0]?.headers.get("content-type")).toBe("application/vnd.shop+json; profile=x")
    const latin = typed("application/json; profile=x; charset=iso-8859-1", "")
    const { sent } = await transformed(options, {
      ...latin,
      body: new Blob([Buffer.from('{"a":"é"}', "latin1")]).stream(),
    })
    expect(sent[0]?.headers.get("content-type")).toBe('application/json; charset=utf-8; profile="x"')
    expect(sent[0]?.body).toBe('{"a":"é","b":1}')
  })

  it("reshapes in the order that it says: pick, omit, rename, set, flatten, group, map", async () => {
    const { sent } = await transformed(
      {
        request: {
          map: (value: object) => ({ mapped: value }),
          group: { g: ["renamed", "b"] },
          flatten: ["meta"],
          set: { renamed: ":body.a", "meta.b": 2, dropped: 1 },
          rename: { a: "renamed" },
          omit: ["c"],
          pick: ["a", "c", "meta"],
        },
      },
      posted({ a: 1, b: 0, c: 3, meta: { d: 4 } }),
    )
    expect(sent[0]?.body).toBe('{"mapped":{"d":4,"dropped":1,"g":{"renamed":1,"b":2}}}')
  })

  it("tells a function about the request, and waits for it", async () => {
    let told: { method: string; path: string; params: object; query: URLSearchParams; headers: Headers } | undefined
    const map = async (value: unknown, request: typeof told) => {
      told = request
      return Promise.resolve([value])
    }
    const { sent } = await transformed(
      { request: { map, query: { remove: ["q"] } } },
      posted({ a: 1 }, { path: "/users/a%20b?q=1", params: { id: "a%20b" } }),
    )
    expect(sent[0]).toMatchObject({ body: '[{"a":1}]', search: "" })
    expect(told).toMatchObject({ method: "POST", path: "/users/a%20b", params: { id: "a b" } })
    expect(told?.query.get("q")).toBe("1")
    expect(told?.headers.get("content-type")).toBe("application/json")
  })

  it("does not send what a function did not give", async () => {
    const failed = await failureOf(() => transformed({ request: { map: () => undefined } }, posted({})))
    expect(failed).toBeInstanceOf(TypeError)
  })

  it("unpacks what came packed", async () => {
    const { sent } = await transformed(
      { request: { set: { b: 2 } } },
      {
        ...typed("application/json", "", {
          "content-encoding": "gzip",
          "content-length": "999",
          digest: "x",
          "content-md5": "y",
        }),
        body: new Blob([gzipSync('{"a":1}')]).stream(),
      },
    )
    expect(sent[0]?.body).toBe('{"a":1,"b":2}')
    expect([...(sent[0]?.headers ?? [])]).toEqual([
      ["content-type", "application/json"],
      ["content-length", "13"],
    ])
  })

  it.each([
    ["application/json", "{"],
    ["application/json", '{"a":1'.padEnd(20)],
    ["application/xml", "<a>"],
    ["application/xml", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ["application/x-www-form-urlencoded", "a=%zz"],
    ["application/yaml", "a: [1"],
    ["text/csv", "a,b\r\n1"],
    ["application/json; charset=utf-7", "{}"],
  ])("refuses %s that cannot be read with 400: %j", async (type, body) => {
    const error = await failureOf(() => transformed({ request: { to: "json", set: { a: 1 } } }, typed(type, body)))
    expect(error).toMatchObject({
      status: 400,
      code: "bad_request",
      message: expect.stringMatching(/^Cannot read /) as string,
    })
  })

  it("refuses with 400 what has no form in the other format", async () => {
    const error = await failureOf(() => transformed({ request: { to: "form" } }, posted({ a: { b: 1 } })))
    expect(error).toMatchObject({ status: 400, message: 'Cannot write form at "a": a field is a text, not an object.' })
  })

  it.each([
    ["text/plain", "x"],
    ["image/png", "x"],
    ["application/x-ndjson", "{}\n"],
    ["nonsense", "x"],
    ["a/b", "x"],
  ])("refuses %j with 415, and says what it takes", async (type, body) => {
    const error = await failureOf(() =>
      transformed({ request: { from: ["xml", "json"], to: "json" } }, typed(type, body)),
    )
    expect(error).toMatchObject({
      status: 415,
      code: "unsupported_type",
      headers: { accept: "application/xml, application/json" },
    })
  })

  it("refuses formats that it does not name, and takes a body without a type for the first that it does", async () => {
    const options = { request: { from: ["xml"], to: "json" } }
    expect(await failureOf(() => transformed(options, posted({})))).toMatchObject({ status: 415 })
    expect((await transformed(options, typed("", "<a>1</a>"))).sent[0]?.body).toBe('{"a":"1"}')
    expect(await failureOf(() => transformed({ request: { to: "json" } }, typed("", "{}")))).toMatchObject({
      status: 415,
    })
  })

  it("passes on what is none of its business, when told so", async () => {
    for (const options of [
      { request: { to: "json", others: "pass" } },
      { request: { to: "json" }, types: { "text/plain": false } },
    ]) {
      const { sent } = await transformed(options, typed("text/plain", "hello", { "content-length": "5", digest: "d" }))
      expect(sent[0]).toMatchObject({ body: "hello" })
      expect(sent[0]?.headers.get("digest")).toBe("d")
    }
  })

  it("reads a type as the format that it is told", async () => {
    const options = { request: { to: "xml", xml: { root: "a", declaration: false } }, types: { "text/plain": "json" } }
    expect((await transformed(options, typed("text/plain; charset=utf-8", '"x"'))).sent[0]?.body).toBe("<a>x</a>")
  })

  it("leaves requests without a body alone", async () => {
    const { sent } = await transformed({ request: { to: "xml", set: { a: 1 } } }, { headers: { "x-a": "1" } })
    expect(sent[0]).toMatchObject({ body: undefined })
    expect([...(sent[0]?.headers ?? [])]).toEqual([["x-a", "1"]])
    const empty = await transformed({ request: { to: "xml" } }, { ...typed("application/json", ""), body: streamOf() })
    expect(empty.sent[0]).toMatchObject({ body: undefined })
    expect(empty.sent[0]?.headers.get("content-length")).toBe("0")
  })

  it.each([
    ["says how long it is", { "content-length": "2000" }, streamOf("{}")],
    ["does not", {}, streamOf('"', "x".repeat(2000), '"')],
    ["is packed", { "content-encoding": "gzip" }, new Blob([gzipSync(`"${"x".repeat(2000)}"`)]).stream()],
  ])("refuses with 413 a body above the limit that %s", async (_, headers, body) => {
    const asked = { ...typed("application/json", "", headers as Record<string, string>), body }
    const error = await failureOf(() => transformed({ request: { set: { a: 1 } }, limit: "1kb" }, asked))
    expect(error).toMatchObject({ status: 413, code: "body_too_large" })
  })

  it("refuses with 415 a coding that nobody knows, and with 400 one that is broken", async () => {
    const packed = (coding: string) => typed("application/json", "no gzip at all", { "content-encoding": coding })
    const options = { request: { set: { a: 1 } } }
    expect(await failureOf(() => transformed(options, packed("snappy")))).toMatchObject({
      status: 415,
      headers: { "accept-encoding": "gzip, deflate, br, zstd" },
    })
    expect(await failureOf(() => transformed(options, packed("gzip")))).toMatchObject({ status: 400 })
  })

  it("asks nothing of the service when it refuses", async () => {
    let asked = 0
    const answer = () => {
      asked++
      return {}
    }
    await failureOf(() => transformed({ request: { to: "json" } }, typed("application/json", "{"), answer))
    expect(asked).toBe(0)
  })

  it("leaves the client's failure to those who know it", async () => {
    const gone = new Error("The client went away.")
    const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(gone) })
    expect(
      await failureOf(() => transformed({ request: { to: "json" } }, { ...typed("application/json", ""), body })),
    ).toBe(gone)
  })

  it("rewrites the query", async () => {
    const { sent } = await transformed(
      { request: { query: { remove: ["debug"], rename: { q: "search" }, set: { user: ":headers.x-user" } } } },
      { path: "/find?q=a%20b&debug=1&page=2", headers: { "x-user": "m&m" } },
    )
    expect(sent[0]?.search).toBe("?search=a%20b&page=2&user=m%26m")
  })
})
