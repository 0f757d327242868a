import { describe, expect, it } from "vitest"

import { parseMediaType } from "../../src/formats/media-type.ts"

describe("parseMediaType()", () => {
  it.each<[string, string, Record<string, string>]>([
    ["text/plain", "text/plain", {}],
    [" Text/HTML \t", "text/html", {}],
    ["a/b;C=D", "a/b", { c: "D" }],
    ["a/b ; c = d".replaceAll(" = ", "="), "a/b", { c: "d" }],
    ['a/b;c="x;y, \\"z\\"";d=e', "a/b", { c: 'x;y, "z"', d: "e" }],
    ["a/b;;; c=d;", "a/b", { c: "d" }],
    ['a/b;c=""', "a/b", { c: "" }],
    ["*/*;q=0.5", "*/*", { q: "0.5" }],
  ])("reads %j", (text, type, parameters) => {
    expect(parseMediaType(text)).toEqual({ type, parameters: new Map(Object.entries(parameters)) })
  })

  it.each([
    "",
    "text",
    "text/",
    "/plain",
    "a/b/c",
    "a/b c",
    "a/b;c",
    "a/b;c=",
    "a/b;c=d e",
    "a/b; c =d",
    'a/b;c="d',
    "a/b;c=d;C=e",
    "ä/b",
    "a/b\n",
  ])("does not read %j", (text) => {
    expect(parseMediaType(text)).toBeUndefined()
  })
})
