import { describe, expect, it } from "vitest"

import { HeaderList } from "../../../src/http/header-list.ts"
import { inheritedHeaders, isReserved, setHeaders, standardInherited } from "../../../src/targets/batch/headers.ts"
import { failureOf, linesOf } from "../../support/exchange.ts"

const outer = HeaderList.of({
  accept: "application/json",
  "accept-language": "de",
  authorization: "Bearer a",
  "content-length": "7",
  "content-type": "application/json",
  cookie: "s=1",
  host: "shop.example",
  origin: "https://page.example",
  "sec-fetch-site": "cross-site",
  "sec-websocket-key": "abc",
  traceparent: "00-1-1-00",
  "x-forwarded-for": "1.2.3.4",
  "x-tenant": "t",
})

describe("inheritedHeaders()", () => {
  it("has those of the list, and what a browser says of its page", () => {
    expect(linesOf(inheritedHeaders(outer, standardInherited, 1))).toEqual([
      ["authorization", "Bearer a"],
      ["cookie", "s=1"],
      ["accept-language", "de"],
      ["traceparent", "00-1-1-00"],
      ["origin", "https://page.example"],
      ["sec-fetch-site", "cross-site"],
    ])
    expect(linesOf(inheritedHeaders(outer, ["x-tenant", "origin"], 1))).toEqual([
      ["x-tenant", "t"],
      ["origin", "https://page.example"],
      ["sec-fetch-site", "cross-site"],
    ])
  })

  it("numbers the id of the request", () => {
    expect(inheritedHeaders(HeaderList.of({ "x-request-id": "r" }), [], 12).all("x-request-id")).toEqual(["r-12"])
    expect(inheritedHeaders(HeaderList.of({ "x-request-id": "r" }), ["x-request-id"], 2).all("x-request-id")).toEqual([
      "r-2",
    ])
  })
})

describe("setHeaders()", () => {
  it("puts them in the place of those that are inherited, in lower case", () => {
    const headers = HeaderList.of({ cookie: "s=1", "accept-language": "de" })
    setHeaders(headers, { Cookie: "s=2", "X-A": " \tb  c\u00a0\t ", "x-b": " \t" })
    expect(linesOf(headers)).toEqual([
      ["cookie", "s=2"],
      ["accept-language", "de"],
      ["x-a", "b  c\u00a0"],
      ["x-b", ""],
    ])
  })

  it("has no trouble with names that objects have by themselves", () => {
    const headers = new HeaderList()
    setHeaders(headers, JSON.parse('{"__proto__":"a","constructor":"b"}'))
    expect(linesOf(headers)).toEqual([
      ["__proto__", "a"],
      ["constructor", "b"],
    ])
  })

  it.each([
    "Connection",
    "keep-alive",
    "Transfer-Encoding",
    "te",
    "trailer",
    "Upgrade",
    "HTTP2-Settings",
    "proxy-authorization",
    "Host",
    "Content-Length",
    "expect",
    "Accept-Encoding",
    "forwarded",
    "x-real-ip",
    "X-Forwarded-For",
    "x_forwarded_for",
    "X-Forwarded_Proto",
    "x-bellhop-mock",
    "x_bellhop_source",
    "transfer_encoding",
    "Origin",
    "referer",
    "Sec-Fetch-Site",
    "sec-websocket-key",
    "sec_fetch_mode",
    "access-control-request-method",
  ])("refuses %s", async (name) => {
    expect(await failureOf(() => setHeaders(new HeaderList(), { [name]: "1" }))).toMatchObject({
      status: 400,
      message: expect.stringContaining(`"${name}"`),
    })
  })

  it.each<[string, unknown]>([
    ["a line break", { "x-a": "1\r\nx-b: 2" }],
    ["a bare line feed", { "x-a": "1\n" }],
    ["a NUL", { "x-a": "\0" }],
    ["a letter that becomes a line break in Latin-1", { "x-a": "č" }],
    ["a line break in the name", { "x-a\r\nx-b": "1" }],
    ["a name with a space", { "x a": "1" }],
    ["a name with a colon", { ":path": "/" }],
    ["an empty name", { "": "1" }],
    ["a number", { "x-a": 1 }],
    ["a list", { "x-a": ["1"] }],
    ["null", { "x-a": null }],
    ["an object that is no text even when it is asked for one", { "x-a": { toString: 1, valueOf: 1 } }],
    ["the same name twice", { "X-A": "1", "x-a": "2" }],
    ["a list of headers", [["x-a", "1"]]],
    ["no headers", null],
    ["a text", "x-a: 1"],
    ["more than a listener takes", { "x-a": "a".repeat(17 * 1024) }],
    [
      "more than a listener takes, in many",
      Object.fromEntries(Array.from({ length: 999 }, (_, n) => [`x-${n}`, "a".repeat(20)])),
    ],
  ])("refuses %s", async (_, headers) => {
    expect(await failureOf(() => setHeaders(new HeaderList(), headers))).toMatchObject({
      status: 400,
      code: "bad_request",
    })
  })
})

describe("isReserved()", () => {
  it.each(["authorization", "cookie", "x-tenant", "idempotency-key", "if-none-match", "accept", "content-type"])(
    "leaves %s to whoever asks",
    (name) => {
      expect(isReserved(name)).toBe(false)
    },
  )
})
