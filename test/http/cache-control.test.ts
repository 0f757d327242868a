import { describe, expect, it } from "vitest"

import { readCacheControl } from "../../src/http/cache-control.ts"
import { readTargetedControl } from "../../src/http/targeted-control.ts"

describe("readCacheControl()", () => {
  it("reads directives, whatever their case and the white space around them", () => {
    expect(readCacheControl(" Max-Age=60 ,NO-STORE,	s-maxage=5, public,must-revalidate")).toMatchObject({
      maxAge: 60,
      noStore: true,
      sMaxage: 5,
      isPublic: true,
      mustRevalidate: true,
      noCache: false,
      isPrivate: false,
    })
  })

  it("tells directives about some lines only from those about the whole", () => {
    expect(readCacheControl('private="set-cookie, X-A", no-cache')).toMatchObject({
      isPrivate: ["set-cookie", "x-a"],
      noCache: true,
    })
    expect(readCacheControl('no-cache="", private=""')).toMatchObject({ noCache: true, isPrivate: true })
  })

  it.each([
    ["max-age=60, max-age=1", 60],
    ['max-age="60"', 60],
    ["max-age=0060", 60],
    ["max-age=99999999999", 2 ** 31],
    ["max-age=60.0", 0],
    ["max-age=-1", 0],
    ["max-age= 60", 0],
    ["max-age", 0],
    ["max-age =60", undefined],
    ['x="max-age=60"', undefined],
    ['x="a\\", max-age=60", y', undefined],
    ["", undefined],
    [",,,", undefined],
  ])("reads %j as a lifetime of %j", (text, seconds) => {
    expect(readCacheControl(text).maxAge).toBe(seconds)
  })

  it("takes any staleness for max-stale without a value", () => {
    expect(readCacheControl("max-stale").maxStale).toBe(Number.POSITIVE_INFINITY)
    expect(readCacheControl("max-stale=5").maxStale).toBe(5)
    expect(readCacheControl("max-age=5").maxStale).toBeUndefined()
  })

  it("reads thousands of different ones, of any length, in time that grows with the text", () => {
    for (let at = 0; at < 2000; at++) expect(readCacheControl(`max-age=${at}`).maxAge).toBe(at)
    expect(readCacheControl(`${'x="'.repeat(20_000)}, max-age=1`).noStore).toBe(false)
  })
})

describe("readTargetedControl()", () => {
  it.each([
    ["max-age=60", 60],
    ["foo, max-age=60", 60],
    ["max-age=60;a=b, b=?0", 60],
    ["max-age=1, max-age=2", 2],
    ["no-store", undefined],
  ])("reads %j as a lifetime of %j", (text, seconds) => {
    const control = readTargetedControl(text)
    expect(control).toBeDefined()
    expect(control?.maxAge).toBe(seconds)
  })

  it.each(["max-age=60, &&&", "MAX-AGE=60", "max-age =60", "max-age= 60", "max-age=60,", 'max-age="60"', "", "a=?2"])(
    "takes no part of %j, which is not valid or says nothing",
    (text) => {
      expect(readTargetedControl(text)).toBeUndefined()
    },
  )

  it("takes a false for nothing said", () => {
    expect(readTargetedControl("no-store=?0, max-age=1")).toMatchObject({ noStore: false, maxAge: 1 })
    expect(readTargetedControl("no-store=?1")).toMatchObject({ noStore: true })
  })
})
