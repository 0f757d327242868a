import { describe, expect, it } from "vitest"

import { allowsRange, isNotModified, namesTag } from "../../src/http/validators.ts"

const date = "Sun, 06 Nov 1994 08:49:37 GMT"
const later = "Sun, 06 Nov 1994 08:49:38 GMT"

describe("namesTag()", () => {
  it.each([
    ['"a"', '"a"', true],
    ['W/"a"', '"a"', true],
    ['"b", W/"a"', 'W/"a"', true],
    ["*", '"a"', true],
    ['"a,b"', '"a,b"', true],
    ['"a,b"', '"a"', false],
    ['w/"a"', '"a"', true],
    ["a", "a", true],
    ["a", '"a"', false],
    ["", '"a"', false],
  ])("says whether %j names %j", (list, tag, named) => {
    expect(namesTag(list, tag)).toBe(named)
  })
})

describe("isNotModified()", () => {
  const validators = { tag: '"a"', modified: date }

  it("goes by the tag before the date", () => {
    expect(isNotModified('"a"', "Sun, 06 Nov 1994 08:49:36 GMT", validators)).toBe(true)
    expect(isNotModified('"b"', later, validators)).toBe(false)
  })

  it("goes by the date where there is no tag", () => {
    expect(isNotModified(undefined, date, validators)).toBe(true)
    expect(isNotModified(undefined, later, validators)).toBe(true)
    expect(isNotModified(undefined, "Sun, 06 Nov 1994 08:49:36 GMT", validators)).toBe(false)
    expect(isNotModified(undefined, "yesterday", validators)).toBe(false)
    expect(isNotModified(undefined, later, { tag: undefined, modified: undefined })).toBe(false)
  })
})

describe("allowsRange()", () => {
  it("takes strong tags and the very same date only", () => {
    expect(allowsRange('"a"', { tag: '"a"', modified: undefined })).toBe(true)
    expect(allowsRange('W/"a"', { tag: 'W/"a"', modified: undefined })).toBe(false)
    expect(allowsRange(date, { tag: undefined, modified: date })).toBe(true)
    expect(allowsRange(later, { tag: undefined, modified: date })).toBe(false)
  })
})
