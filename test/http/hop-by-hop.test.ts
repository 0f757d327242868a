import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { HeaderList } from "../../src/http/header-list.ts"
import { isHopByHop, namedByConnection } from "../../src/http/hop-by-hop.ts"

const named = (...connections: string[]): string[] =>
  [...(namedByConnection(new HeaderList(connections.flatMap((line) => ["connection", line]))) ?? [])].filter(
    (name) => name !== "",
  )

describe("isHopByHop()", () => {
  it.each([
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
  ])("is true for %s", (name) => {
    expect(isHopByHop(name)).toBe(true)
  })

  it.each(["host", "content-length", "cookie", "authorization", "x-te", "trailers", "", "constructor", "__proto__"])(
    "is false for %j",
    (name) => {
      expect(isHopByHop(name)).toBe(false)
    },
  )
})

describe("namedByConnection()", () => {
  it.each(["keep-alive", "close"])("finds nothing to do about %j", (connection) => {
    expect(namedByConnection(new HeaderList(["connection", connection]))).toBeUndefined()
    expect(namedByConnection(new HeaderList(["x-a", "1"]))).toBeUndefined()
  })

  it.each([
    ["x-a", ["x-a"]],
    ["X-A", ["x-a"]],
    ["close, x-a", ["close", "x-a"]],
    ["x-a ,\tx-b,,", ["x-a", "x-b"]],
    ["Keep-Alive", ["keep-alive"]],
    ["__proto__, constructor", ["__proto__", "constructor"]],
  ])("reads %j", (connection, expected) => {
    expect(named(connection)).toEqual(expected)
  })

  it("reads every line, also behind one that names nothing", () => {
    expect(named("x-a", "x-b")).toEqual(["x-a", "x-b"])
    expect(named("close", "x-b")).toContain("x-b")
    expect(named("keep-alive", "keep-alive", "x-c")).toContain("x-c")
  })

  it("never takes away what the gateway relies on (CVE-2021-32813)", () => {
    const relied = [
      "host",
      "content-length",
      "content-type",
      "authorization",
      "cookie",
      "set-cookie",
      "x-forwarded-for",
    ]
    fc.assert(
      fc.property(fc.shuffledSubarray([...relied, "x-a", "x-b"]), fc.boolean(), (names, upper) => {
        const line = (upper ? names.map((name) => name.toUpperCase()) : names).join(", ")
        expect(named(line)).toEqual(names.filter((name) => !relied.includes(name)))
      }),
    )
    expect(named("X-Forwarded-Proto, x-forwarded-anything")).toEqual([])
  })
})
