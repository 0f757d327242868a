import { describe, expect, it } from "vitest"

import { HeaderList } from "../../../src/http/header-list.ts"
import { answerText } from "../../../src/targets/batch/answer-text.ts"

const bytes = (text: string | number[]): Uint8Array =>
  typeof text === "string" ? new TextEncoder().encode(text) : Uint8Array.from(text)

const entry = (body: Uint8Array | undefined, headers: Record<string, string> = {}): string =>
  answerText({ id: "a" }, { status: 200, headers: HeaderList.of(headers) }, body)

/** The end of an entry, from its body on. */
const bodyIn = (body: string | number[] | undefined, headers?: Record<string, string>): string =>
  entry(body === undefined ? undefined : bytes(body), headers)
    .replace(/^.*?"body":/s, "")
    .replace(/\}$/, "")

describe("answerText()", () => {
  it("has its fields in one order", () => {
    expect(answerText({ index: 3, id: 3 }, { status: 204, headers: new HeaderList(["x-a", "1"]) }, undefined)).toBe(
      '{"index":3,"id":3,"status":204,"headers":{"x-a":"1"},"body":null}',
    )
  })

  it.each([
    ['{"a":[1]}', "application/json", '{"a":[1]}'],
    ["12345678901234567890.10", "application/json", "12345678901234567890.10"],
    ['{"__proto__":1,"a":1,"a":2}', "application/json; charset=utf-8", '{"__proto__":1,"a":1,"a":2}'],
    ['{\r\n  "a": "\\n"\n}', "application/problem+json", '{  "a": "\\n"}'],
    ["\uFEFF[1]", "application/json", "[1]"],
    ["null", "application/json", "null"],
    ["", "application/json", "null"],
    ['a\n"b"', "text/plain", '"a\\n\\"b\\""'],
    ["<a>é</a>", "application/xml", '"<a>é</a>"'],
    ["<a/>", "image/svg+xml", '"<a/>"'],
    ["a=1", "application/x-www-form-urlencoded", '"a=1"'],
    ["a: 1", "application/yaml", '"a: 1"'],
  ])("has the body %j of %s as %s", (body, type, text) => {
    expect(bodyIn(body, { "content-type": type })).toBe(text)
  })

  it("has text without a type as a text, and text of another charset", () => {
    expect(bodyIn("hé")).toBe('"hé"')
    expect(bodyIn([0x68, 0xe9], { "content-type": "text/plain; charset=iso-8859-1" })).toBe('"hé"')
  })

  it.each<[string, number[] | string, Record<string, string>]>([
    ["bytes", [0, 255], { "content-type": "application/octet-stream" }],
    ["a picture that is UTF-8 by chance", "abc", { "content-type": "image/png" }],
    ["bytes without a type", [0xff, 0xfe, 0x41], {}],
    ["text that is not in its charset", [0xe9], { "content-type": "text/plain" }],
    ["text of a charset that nobody knows", "a", { "content-type": "text/plain; charset=utf-7" }],
    ["JSON that is none", "{]", { "content-type": "application/json" }],
    ["JSON that is no UTF-8", [0x22, 0xe9, 0x22], { "content-type": "application/json" }],
    ["JSON with a second value behind it", "1 2", { "content-type": "application/json" }],
    ["what is compressed", [0x1f, 0x8b], { "content-type": "application/json", "content-encoding": "gzip" }],
    ["a type that is none", "a", { "content-type": "nonsense" }],
  ])("has %s in base64, and says so", (_, body, headers) => {
    const base64 = Buffer.from(body as string).toString("base64")
    expect(bodyIn(body, headers)).toBe(`"${base64}","encoding":"base64"`)
  })

  it("reads only the bytes of the body, and not those around it", () => {
    const whole = Uint8Array.from([1, 2, 3, 4])
    expect(entry(whole.subarray(1, 3), { "content-type": "image/png" })).toContain('"body":"AgM=","encoding":"base64"')
  })

  it("has cookies in a list, other lines of one name in one, and none about the connection or the length", () => {
    const headers = new HeaderList()
    for (const [name, value] of [
      ["content-type", "text/plain"],
      ["content-length", "7"],
      ["transfer-encoding", "chunked"],
      ["connection", "close"],
      ["set-cookie", "a=1; HttpOnly"],
      ["vary", "origin"],
      ["set-cookie", "b=2"],
      ["vary", "accept"],
      ["__proto__", "p"],
      ["constructor", "c"],
    ] as const)
      headers.append(name, value)
    const text = answerText({ id: "a" }, { status: 200, headers }, undefined)
    expect(text).toBe(
      '{"id":"a","status":200,"headers":{"content-type":"text/plain","set-cookie":["a=1; HttpOnly","b=2"],"vary":"origin, accept","__proto__":"p","constructor":"c"},"body":null}',
    )
  })

  it("has one cookie in a list too", () => {
    expect(entry(undefined, { "set-cookie": "a=1" })).toContain('"set-cookie":["a=1"]')
  })
})
