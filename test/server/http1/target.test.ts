import { describe, expect, it } from "vitest"

import { readTarget } from "../../../src/server/http1/target.ts"

const latin1 = (text: string): string => Buffer.from(text).toString("latin1")

describe("readTarget()", () => {
  it.each([
    ["/", "/"],
    ["/a/b;c=d/%7e?x=/../&y=%2e#z", "/a/b;c=d/%7e?x=/../&y=%2e#z"],
    ["//a//b/", "//a//b/"],
    ["/?", "/?"],
    ["/a?b\\c", "/a?b\\c"],
    ["/.well-known/x", "/.well-known/x"],
    ["/a/.b/..c/...", "/a/.b/..c/..."],
    ["/a/../b", "/b"],
    ["/../../b", "/b"],
    ["/a/./b/.", "/a/b/"],
    ["/a/%2e%2E/b", "/b"],
    ["/a/.%2e/b?c=%2e%2e", "/b?c=%2e%2e"],
    ["/a\\..\\b", "/b"],
    ["\\a", undefined],
    ["/a/..;x/b", "/a/..;x/b"],
    ["/a%2f..%2fb", "/a%2f..%2fb"],
    ["/a//../b", "/a/b"],
    ["//a/..", "//"],
    ["*", undefined],
    ["a", undefined],
    ["a:443", undefined],
    ["?x", undefined],
    ["ftp://a/", undefined],
    ["http:/a", undefined],
    ["http:a", undefined],
    ["javascript://a/", undefined],
  ])("reads %j as %j", (given, target) => {
    expect(readTarget(given)).toEqual(target === undefined ? undefined : { host: undefined, target })
  })

  it.each([
    ["http://a", "a", "/"],
    ["http://a/", "a", "/"],
    ["HTTPS://A:443/b?c", "A:443", "/b?c"],
    ["http://a?b", "a", "/?b"],
    ["http://a#b", "a", "/#b"],
    ["http://[::1]:80/b", "[::1]:80", "/b"],
    ["http://a/../b", "a", "/b"],
    ["http://a//b", "a", "//b"],
    // What no host is allowed to be is the door's to refuse.
    ["http://", "", "/"],
    ["http:///b", "", "/b"],
    ["http://user:secret@a/b", "user:secret@a", "/b"],
    ["http://a\\@b/c", "a\\@b", "/c"],
    ["http://a:b:c/d", "a:b:c", "/d"],
  ])("reads %j: the host %j has the last word", (given, host, target) => {
    expect(readTarget(given)).toEqual({ host, target })
  })

  it("escapes letters that no target may have, as they were sent", () => {
    expect(readTarget(latin1("/gr\u00fc\u00dfe/\u{1f514}?q=\u00e9"))?.target).toBe(
      "/gr%C3%BC%C3%9Fe/%F0%9F%94%94?q=%C3%A9",
    )
    expect(readTarget(latin1("/a/../\u00e9"))?.target).toBe("/%C3%A9")
  })

  it.each(["/\u00e9", "/\u00c0\u00af", "/\u00ed\u00a0\u0080", "/a?\u00ff", "/\u0080"])(
    "refuses bytes that are no UTF-8: %j",
    (given) => {
      expect(readTarget(given)).toBeUndefined()
    },
  )
})
