import { describe, expect, it } from "vitest"

import { HeaderList } from "../../src/http/header-list.ts"
import { backwardHeaders, forwardHead } from "../../src/services/forward-headers.ts"
import { type Asked, exchange, linesOf } from "../support/exchange.ts"

/** The head as text, a byte a letter. */
const head = (asked: Asked, target = "/x", host = "user.internal:4002"): string =>
  forwardHead(exchange(asked), target, host)

const linesOfHead = (asked: Asked): string[] => head(asked).split("\r\n").slice(2, -2)

const own = ["x-forwarded-for: 192.0.2.7", "x-forwarded-host: shop.example", "x-forwarded-proto: http"]

describe("forwardHead()", () => {
  it("begins with the request line and the host of the service, and ends with an empty line", () => {
    const written = head({ method: "DELETE" }, "/a%2fb?c", "[::1]:8080")
    expect(written.startsWith("DELETE /a%2fb?c HTTP/1.1\r\nhost: [::1]:8080\r\n")).toBe(true)
    expect(written.endsWith("\r\n\r\n")).toBe(true)
    expect(written.indexOf("\r\n\r\n")).toBe(written.length - 4)
  })

  it("has the client's headers in order, repeated ones too, with what the gateway knows", () => {
    const headers = [
      ["X-B", "1"],
      ["x-a", "2"],
      ["x-b", "3"],
      ["cookie", "a=b; c=d"],
      ["authorization", "Bearer x"],
    ] as const
    expect(linesOfHead({ headers })).toEqual([
      "x-b: 1",
      "x-a: 2",
      "x-b: 3",
      "cookie: a=b; c=d",
      "authorization: Bearer x",
      ...own,
    ])
  })

  it.each([
    "host",
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    "expect",
    "forwarded",
    "x-real-ip",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-forwarded-anything",
    "x-bellhop-source",
    "x-bellhop-user",
    "x_forwarded_for",
    "x-forwarded_for",
    "x_real_ip",
    "x_bellhop_user",
    "transfer_encoding",
  ])("does not pass on what the client says in %s", (name) => {
    expect(linesOfHead({ headers: { [name]: "evil" } })).toEqual(own)
  })

  it.each(["x_custom", "xforwardedfor", "x-forwarded", "te-x", "__proto__"])("passes on %s", (name) => {
    expect(linesOfHead({ headers: { [name]: "1" } })).toEqual([`${name}: 1`, ...own])
  })

  it("says how long the body is as the client did, or sends it in chunks", () => {
    const lines = (headers: Record<string, string>, body?: string): string[] =>
      linesOfHead({ method: "POST", headers, ...(body === undefined ? {} : { body }) }).slice(0, -3)
    expect(lines({ "content-length": "3" }, "abc")).toEqual(["content-length: 3"])
    expect(lines({}, "abc")).toEqual(["transfer-encoding: chunked"])
    expect(lines({ "transfer-encoding": "chunked" }, "abc")).toEqual(["transfer-encoding: chunked"])
    expect(lines({})).toEqual([])
    expect(lines({ "content-length": "0" })).toEqual(["content-length: 0"])
    expect(lines({ "content-length": "3" })).toEqual([])
  })

  it("gives the bytes of a header back as they came", () => {
    expect(head({ headers: { "x-a": "caf\u00c3\u00a9 \u00ff" } })).toContain("x-a: caf\u00c3\u00a9 \u00ff\r\n")
  })

  it("leaves the exchange as it was", () => {
    const asked = exchange({ headers: { connection: "close", host: "shop.example" } })
    forwardHead(asked, "/", "h")
    expect(linesOf(asked.headers)).toHaveLength(2)
  })
})

describe("backwardHeaders()", () => {
  it("takes out what was meant for the gateway only", () => {
    const headers = new HeaderList(
      Object.entries({
        connection: "close, X-Hop",
        "keep-alive": "timeout=5",
        "x-hop": "1",
        "x-bellhop-source": "forged",
        "transfer-encoding": "chunked",
        trailer: "x",
        "content-length": "5",
        "set-cookie": "a=b",
        "x-a": "1",
      }).flat(),
    )
    headers.append("set-cookie", "c=d")
    backwardHeaders(headers)
    expect(linesOf(headers)).toEqual([
      ["content-length", "5"],
      ["set-cookie", "a=b"],
      ["x-a", "1"],
      ["set-cookie", "c=d"],
    ])
  })

  it("does not let a service name away what the client relies on", () => {
    const headers = new HeaderList([
      "connection",
      "set-cookie, content-length",
      "set-cookie",
      "a=b",
      "content-length",
      "5",
    ])
    backwardHeaders(headers)
    expect(linesOf(headers)).toEqual([
      ["set-cookie", "a=b"],
      ["content-length", "5"],
    ])
  })
})
