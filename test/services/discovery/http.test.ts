import { describe, expect, it } from "vitest"

import { http } from "../../../src/services/discovery/http.ts"
import { freePort, rawUpstream, webUpstream } from "../../support/upstream.ts"
import { parsed, watching } from "./watching.ts"

const find = (options: object) => watching(http.create(parsed(http.options, options), { root: "/" }))

describe("http", () => {
  it("takes the list that a server gives out, headers and query sent", async () => {
    const asked: (string | null)[] = []
    using server = webUpstream(({ url, headers }) => {
      asked.push(new URL(url).search, headers.get("authorization"), headers.get("accept"))
      return Response.json(["http://10.0.0.5:80", { url: "http://10.0.0.6", weight: 2 }])
    })
    using found = find({ url: `${server.url}/list?env=a`, headers: { Authorization: "Bearer t" } })
    expect(await found.list()).toEqual([{ url: "http://10.0.0.5:80" }, { url: "http://10.0.0.6", weight: 2 }])
    expect(asked).toEqual(["?env=a", "Bearer t", "application/json"])
  })

  it("asks again after the interval, by ETag, and keeps the list that has not changed", async () => {
    let list = ["http://10.0.0.5"]
    const tags: (string | null)[] = []
    using server = webUpstream((request) => {
      const etag = `"${list.length}"`
      const given = request.headers.get("if-none-match")
      tags.push(given)
      return given === etag ? new Response(null, { status: 304 }) : Response.json(list, { headers: { etag } })
    })
    using found = find({ url: server.url, interval: "5ms" })
    expect(await found.urls()).toEqual(["http://10.0.0.5"])
    expect(await found.urls()).toEqual(["http://10.0.0.5"])
    expect(tags.slice(0, 2)).toEqual([null, '"1"'])
    list = ["http://10.0.0.5", "http://10.0.0.6"]
    expect(await found.urls(({ length }) => length === 2)).toEqual(list)
  })

  it.each([
    ["another status", () => new Response("no", { status: 500 }), "status 500"],
    ["a redirect, which is not followed", () => Response.redirect("http://169.254.169.254/"), "status 302"],
    ["304 when nothing was there before", () => new Response(null, { status: 304 }), "status 304"],
    ["what is no JSON", () => new Response("<html>"), "its answer is no JSON"],
    ["what is no list", () => Response.json({ a: 1 }), "it holds an object instead of a list"],
    ["too much", () => new Response("1".repeat(1024 * 1024 + 1)), "its answer is larger than 1048576 bytes"],
  ])("fails on %s", async (_, answer, reason) => {
    using server = webUpstream(answer)
    using found = find({ url: server.url })
    expect(await found.failure()).toBe(reason)
  })

  it("fails when nobody listens", async () => {
    using found = find({ url: `http://127.0.0.1:${await freePort()}` })
    expect(await found.failure()).toBe("connection refused")
  })

  it("fails when the answer is not whole in time, and hangs up", async () => {
    using server = await rawUpstream(() => "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[")
    using found = find({ url: server.url, timeout: "50ms" })
    expect(await found.failure()).toBe("no answer within 50ms")
    await (
      await server.next()
    ).gone
  })

  it("hangs up when it is ended", async () => {
    using server = await rawUpstream(() => undefined)
    const found = find({ url: server.url })
    const request = await server.next()
    found[Symbol.dispose]()
    await request.gone
    expect(found.told).toBe(0)
  })

  it("answers again after a failure", async () => {
    let status = 500
    using server = webUpstream(() => Response.json(["http://10.0.0.5"], { status }))
    using found = find({ url: server.url })
    expect(await found.failure()).toBe("status 500")
    status = 200
    expect(await found.urls()).toEqual(["http://10.0.0.5"])
  })
})

describe("the url of http", () => {
  it.each(["file:///etc/hosts", "http://me:pass@a", "http://a#b", "a", ""])("is refused when it is %j", (url) => {
    expect(() => parsed(http.options, { url })).toThrow("a URL of http or https")
  })
})
