import { describe, expect, it } from "vitest"

import { charsetOf, formatOf } from "../../src/formats/format-of.ts"

describe("formatOf()", () => {
  it.each<[string, string | undefined]>([
    ["application/json", "json"],
    ["Application/JSON; charset=utf-8", "json"],
    ["application/problem+json", "json"],
    ["application/vnd.api+json;ext=x", "json"],
    ['application/soap+xml; charset=utf-8; action="x"', "xml"],
    ["text/xml", "xml"],
    ["image/svg+xml", "xml"],
    ["application/x-www-form-urlencoded", "form"],
    ["text/csv;header=present", "csv"],
    ["application/openapi+yaml", "yaml"],
    ["application/vnd.msgpack", "msgpack"],
    ["application/octet-stream", undefined],
    ["application/jsonp", undefined],
    ["application/x+json+zip", undefined],
    ["text/plain", undefined],
    ["multipart/form-data; boundary=x", undefined],
    ["json", undefined],
    ["", undefined],
    ["application/json garbage", undefined],
    ["application/json; charset=a; charset=b", undefined],
  ])("knows %j as %s", (contentType, name) => {
    expect(formatOf(contentType)?.name).toBe(name)
  })
})

describe("charsetOf()", () => {
  it.each<[string, string | undefined]>([
    ["text/xml; charset=ISO-8859-1", "ISO-8859-1"],
    ['text/xml; a=b; Charset="utf-8"', "utf-8"],
    ['text/xml; charset="u\\tf-8"', "utf-8"],
    ["text/xml;", undefined],
    ["text/xml", undefined],
    ["nonsense", undefined],
  ])("finds in %j %s", (contentType, charset) => {
    expect(charsetOf(contentType)).toBe(charset)
  })
})
