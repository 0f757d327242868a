import { describe, expect, it } from "vitest"

import { healthOptions } from "../../../src/services/health-options.ts"
import { parsed } from "../discovery/watching.ts"

describe("healthOptions", () => {
  it("have a sound standard for everything but the path", () => {
    expect(parsed(healthOptions, { path: "/healthz" })).toEqual({
      path: "/healthz",
      interval: 10_000,
      timeout: 2_000,
      method: "GET",
      status: [[200, 399]],
      headers: undefined,
      unhealthy: 3,
      healthy: 2,
      jitter: 10,
      first: "up",
    })
    expect(() => parsed(healthOptions, {})).toThrow('Missing option "path"')
  })

  it.each([
    [204, [[204, 204]]],
    ["204", [[204, 204]]],
    ["200-299", [[200, 299]]],
    [
      [200, "401-403", "500-599"],
      [
        [200, 200],
        [401, 403],
        [500, 599],
      ],
    ],
  ])("take the status %j", (status, ranges) => {
    expect(parsed(healthOptions, { path: "/", status }).status).toEqual(ranges)
  })

  it.each([[[]], [100], [600], ["299-200"], ["2xx"], ["200-"], [200.5], [[null]], [[[200]]], [{}], [true]])(
    "refuse the status %j",
    (status) => {
      expect(() => parsed(healthOptions, { path: "/", status })).toThrow(/^Expected a status|^Empty list/)
    },
  )

  it.each(["healthz", "", "/a b", "/a#b", "/a\r\nx: y", "/é", "http://a/"])("refuse the path %j", (path) => {
    expect(() => parsed(healthOptions, { path })).toThrow("a path such as")
  })

  it.each(["connection", "Content-Length", "transfer-encoding", "TE", "expect", "Upgrade", "a b", "a:b", ""])(
    "refuse the header %j",
    (name) => {
      expect(() => parsed(healthOptions, { path: "/", headers: { [name]: "1" } })).toThrow("the name of a header")
    },
  )

  it("take the header of another host, and refuse a value that would begin another line", () => {
    const headers = { Host: "shop.test", "x-check": "1" }
    expect(parsed(healthOptions, { path: "/", headers }).headers).toEqual(new Map(Object.entries(headers)))
    expect(() => parsed(healthOptions, { path: "/", headers: { host: "a\r\nb: c" } })).toThrow("line breaks")
  })
})
