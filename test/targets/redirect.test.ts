import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { redirect } from "../../src/targets/redirect.ts"
import { type Asked, exchange, tools } from "../support/exchange.ts"
import { built, problemsOf } from "./checked.ts"

async function location(to: string, asked: Asked = {}): Promise<string | undefined> {
  const reply = await built(redirect, { redirect: { to } }, tools())(exchange(asked))
  expect(reply.body).toBeNull()
  return reply.headers.get("location")
}

describe("redirect", () => {
  it.each([
    ["/new", {}, "/new"],
    ["/new/:id", { id: "7" }, "/new/7"],
    ["/new/:id", { id: "a%2Fb" }, "/new/a%2Fb"],
    ["/new/*", { "*": "a/b" }, "/new/a/b"],
    ["https://example.com", {}, "https://example.com"],
    ["https://example.com:8443/x/*", { "*": "a" }, "https://example.com:8443/x/a"],
    ["https://example.com/*", { "*": "" }, "https://example.com/"],
    ["/café", {}, "/caf%C3%A9"],
    ["https://bücher.example/a", {}, "https://xn--bcher-kva.example/a"],
    ["http://[::1]:8080/a", {}, "http://[::1]:8080/a"],
  ])("to %s with %j goes to %s", async (to, params, expected) => {
    expect(await location(to, { params })).toBe(expected)
  })

  it("takes the query along, unless it has one of its own", async () => {
    expect(await location("/new", { path: "/old?a=1&b=%20" })).toBe("/new?a=1&b=%20")
    expect(await location("/new?c=2", { path: "/old?a=1" })).toBe("/new?c=2")
    expect(await location("/new", { path: "/old" })).toBe("/new")
  })

  it("puts the query before a fragment, and takes no fragment for a query", async () => {
    expect(await location("/new#top", { path: "/old?a=1" })).toBe("/new?a=1#top")
    expect(await location("/new#is?this", { path: "/old?a=1" })).toBe("/new?a=1#is?this")
    expect(await location("/new?c=2#top", { path: "/old?a=1" })).toBe("/new?c=2#top")
  })

  it("does not let a parameter write further parameters of a query", async () => {
    expect(await location("/find?q=:id", { params: { id: "x&admin=true" } })).toBe("/find?q=x%26admin%3Dtrue")
    expect(await location("/find?q=:id#:id", { params: { id: "a+b" } })).toBe("/find?q=a%2Bb#a+b")
  })

  it.each([
    ["/*", "/evil.example"],
    ["/*", "//evil.example"],
    ["/*", "\\evil.example"],
    ["/*", "\\/evil.example"],
    ["/*", "/\\evil.example"],
    ["/*", "\t/evil.example"],
    ["/*", "\n/evil.example"],
    ["/:a", "/evil.example"],
    ["/:a/x", ""],
    ["/:a", "\\evil.example"],
  ])("to %s stays on this host when the rest is %j", async (to, rest) => {
    const where = (await location(to, { params: { "*": rest, a: rest } })) ?? ""
    expect(new URL(where, "https://shop.example").host).toBe("shop.example")
  })

  it("stays on the host of the config, whatever the client writes", async () => {
    const piece = fc.constantFrom("/", "\\", "@", ":", ".", "evil.example", "\t", "%2f", "?", "#", ";", "a")
    const rest = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""))
    await fc.assert(
      fc.asyncProperty(rest, fc.constantFrom("/*", "/a/*", "https://good.example/*"), async (value, to) => {
        const where = (await location(to, { params: { "*": value } })) ?? ""
        const host = new URL(where, "https://shop.example").host
        expect(host).toBe(to.startsWith("https") ? "good.example" : "shop.example")
      }),
      { numRuns: 500 },
    )
  })

  it("is a 308, or what the config says", async () => {
    for (const [status, expected] of [
      [undefined, 308],
      [302, 302],
    ]) {
      const options = status === undefined ? { to: "/" } : { to: "/", status }
      const reply = await built(redirect, { redirect: options }, tools())(exchange())
      expect(reply.status).toBe(expected)
    }
  })

  it.each([200, 300, 304, 306, 309, 400, 307.5])("refuses the status %d", (status) => {
    expect(problemsOf(redirect, { redirect: { to: "/", status } })).toMatchObject([
      { code: "E204", path: ["route", "redirect", "status"] },
    ])
  })

  it.each([
    "",
    "new",
    "//evil.example",
    "/\\evil.example",
    "ftp://x/",
    "https://",
    "https://:host/",
    "https://*/",
    "/a b",
    "javascript:alert(1)",
  ])("refuses to go to %j", (to) => {
    expect(problemsOf(redirect, { redirect: { to } })).toMatchObject([
      { code: "E204", path: ["route", "redirect", "to"] },
    ])
  })

  it("finds a parameter that the route does not have, and takes no port for one", () => {
    expect(problemsOf(redirect, { redirect: { to: "/new/:id" } }, { params: ["name"] })).toMatchObject([
      { code: "E307", path: ["route", "redirect", "to"], fix: "The route has :name." },
    ])
    expect(problemsOf(redirect, { redirect: { to: "https://example.com:8443/x" } })).toEqual([])
  })
})
