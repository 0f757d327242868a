import { describe, expect, it } from "vitest"

import { redactBody } from "../../../src/observe/recorder/redact-body.ts"
import { redaction } from "../../../src/observe/redact.ts"

const redact = redaction(new Set(["entry"]))
const shown = (text: string, type = "application/json"): string => redactBody(text, type, redact)

describe("redactBody()", () => {
  it.each([
    ['{"user":"ada","password":"x","age":7}', '{"user":"ada","password":"[redacted]","age":7}'],
    ['{ "password" : null , "a":1}', '{ "password" : "[redacted]", "a":1}'],
    ['{"token":{"a":["}",{"b":"\\"}"}]},"b":2}', '{"token":"[redacted]","b":2}'],
    ['{"secrets":["a","b"],"b":2}', '{"secrets":"[redacted]","b":2}'],
    ['{"pass\\u0077ord":"x"}', '{"pass\\u0077ord":"[redacted]"}'],
    ['{"entry":"x","other":"password"}', '{"entry":"[redacted]","other":"password"}'],
    ['[{"password":"x"},{"password":"y"}]', '[{"password":"[redacted]"},{"password":"[redacted]"}]'],
    ['{"a":1,"password":"cut o', '{"a":1,"password":"[redacted]"'],
    ['{"a":1,"password":{"b":"cut', '{"a":1,"password":"[redacted]"'],
    ['{"a":1,"passw', '{"a":1,"passw'],
    ['{"a":1,"password":', '{"a":1,"password":"[redacted]"'],
    ['{"monkey":"x","tokenizer":"y"}', '{"monkey":"x","tokenizer":"y"}'],
  ])("hides members of JSON that are named like secrets: %s", (text, expected) => {
    expect(shown(text)).toBe(expected)
  })

  it("hides them in lines and events of JSON as well", () => {
    expect(shown('{"token":"x"}\n{"token":7}\n', "application/x-ndjson")).toBe(
      '{"token":"[redacted]"}\n{"token":"[redacted]"}\n',
    )
    expect(shown('data: {"token":"x"}\n\n', "text/event-stream")).toBe('data: {"token":"[redacted]"}\n\n')
  })

  it("hides the fields of forms", () => {
    const form = "application/x-www-form-urlencoded"
    expect(shown("user=ada&password=a%20b&entry=c&client%5Fsecret=d", form)).toBe(
      "user=ada&password=[redacted]&entry=[redacted]&client%5Fsecret=[redacted]",
    )
    const parts =
      '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name="a"\r\n\r\ny\r\n--b--'
    expect(shown(parts, "multipart/form-data")).toBe(parts.replace("\r\nx\r\n", "\r\n[redacted]\r\n"))
  })

  it("hides the elements and attributes of XML", () => {
    const xml = '<a><s:Password type="x">p</s:Password><b secret="q" id="1">r</b></a>'
    expect(shown(xml, "text/xml")).toBe(
      '<a><s:Password type="x">[redacted]</s:Password><b secret="[redacted]" id="1">r</b></a>',
    )
  })

  it("hides what looks like a secret, whatever it is called", () => {
    const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"
    expect(shown(`{"a":"${jwt}"}`)).toBe('{"a":"[redacted]"}')
    expect(shown("say Bearer abcdef.123 to it", "text/plain")).toBe("say Bearer [redacted] to it")
    expect(shown("see https://x.test/?a=1&token=abc for more", "text/plain")).toBe(
      "see https://x.test/?a=1&token=[redacted] for more",
    )
  })

  it("takes time that grows with the text, whatever is in it", () => {
    for (const piece of ['"', "\\", '{"password":', "<a b=", "name=", '["'])
      expect(shown(piece.repeat(20_000)).length).toBeGreaterThan(0)
    expect(shown("<".repeat(50_000), "text/xml")).toHaveLength(50_000)
  })
})
