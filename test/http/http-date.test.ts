import { describe, expect, it } from "vitest"

import { readHttpDate } from "../../src/http/http-date.ts"

describe("readHttpDate()", () => {
  it.each([
    ["Sun, 06 Nov 1994 08:49:37 GMT", Date.UTC(1994, 10, 6, 8, 49, 37)],
    ["Sunday, 06-Nov-94 08:49:37 GMT", Date.UTC(1994, 10, 6, 8, 49, 37)],
    ["Sun Nov  6 08:49:37 1994", Date.UTC(1994, 10, 6, 8, 49, 37)],
    ["Thu, 18 AUG 2050 02:01:18 gMT", Date.UTC(2050, 7, 18, 2, 1, 18)],
    ["Tue, 19 Jan 2038 14:14:08 GMT", Date.UTC(2038, 0, 19, 14, 14, 8)],
  ])("reads %j", (text, time) => {
    expect(readHttpDate(text)).toBe(time)
  })

  it.each([
    "0",
    "",
    "-1",
    "Thu, 18 Aug 2050 02:01:18 UTC",
    "Thu, 18 Aug 2050 02:01:18 +0000",
    "Thu, 18 Aug 50 02:01:18 GMT",
    "Thu 18 Aug 2050 02:01:18 GMT",
    "Thu, 18  Aug 2050 02:01:18 GMT",
    "Thu, 18-Aug-2050 02:01:18 GMT",
    "Thu, 18 Aug 2050 2:01:18 GMT",
    "Thu, 18 Aug 2050 24:01:18 GMT",
    "Thu, 00 Aug 2050 02:01:18 GMT",
    "2050-08-18T02:01:18Z",
  ])("takes %j for no date", (text) => {
    expect(readHttpDate(text)).toBeUndefined()
  })
})
