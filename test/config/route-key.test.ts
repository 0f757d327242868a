import { describe, expect, it } from "vitest"

import { parseRouteKey } from "../../src/config/route-key.ts"

describe("parseRouteKey() takes apart", () => {
  it.each([
    ["GET /cart", { methods: ["GET"], host: undefined, pattern: "/cart", params: [] }],
    ["GET,POST /cart", { methods: ["GET", "POST"], host: undefined, pattern: "/cart", params: [] }],
    ["/cart", { methods: [], host: undefined, pattern: "/cart", params: [] }],
    ["/", { methods: [], host: undefined, pattern: "/", params: [] }],
    ["PROPFIND /dav/*", { methods: ["PROPFIND"], host: undefined, pattern: "/dav/*", params: ["*"] }],
    ["M-SEARCH /x", { methods: ["M-SEARCH"], host: undefined, pattern: "/x", params: [] }],
    [
      "GET /users/:id/orders/:order_2",
      { methods: ["GET"], pattern: "/users/:id/orders/:order_2", params: ["id", "order_2"] },
    ],
    ["GET api.example.com/cart", { methods: ["GET"], host: "api.example.com", pattern: "/cart", params: [] }],
    ["*.example.com/cart/", { methods: [], host: "*.example.com", pattern: "/cart/", params: [] }],
    ["GET   /cart", { methods: ["GET"], pattern: "/cart" }],
    ["GET /a%20b", { pattern: "/a%20b" }],
    ["/users/:id(\\d+)", { pattern: "/users/:id(\\d+)", params: ["id"] }],
    ["/:a(x?|y*)/b/:c([^.#?]+)/*", { params: ["a", "c", "*"] }],
    ["/Users(1)", { pattern: "/Users(1)", params: [] }],
  ])("%s", (key, parts) => expect(parseRouteKey(key)).toMatchObject(parts))
})

describe("parseRouteKey() says what is wrong with", () => {
  it.each([
    ["", "it has no path"],
    ["cart", "it has no path"],
    ["GET cart", "it has no path"],
    ["GET/cart", '"GET" is not a host name'],
    ["get /cart", '"get" is not a method'],
    ["GET,post /cart", '"post" is not a method'],
    ["GET, POST /cart", "it has no path"],
    ["GET,,POST /cart", '"" is not a method'],
    ["GET Api.example.com/cart", '"Api.example.com" is not a host name'],
    ["GET api.example.com:8080/cart", '"api.example.com:8080" is not a host name'],
    ["GET -a.example.com/cart", '"-a.example.com" is not a host name'],
    ["GET *.*.com/cart", '"*.*.com" is not a host name'],
    ["GET //cart", "it has an empty segment"],
    ["GET /a//b", "it has an empty segment"],
    ["GET /a/../b", '".." is not a segment'],
    ["GET /./b", '"." is not a segment'],
    ["GET /a?b=c", "a path ends before its query"],
    ["GET /a#b", "a path ends before its query"],
    ["GET /a\\b", "a path ends before its query"],
    ["GET /a/*/b", '"*" stands for the rest of the path'],
    ["GET /a*", '"*" stands for the rest of the path'],
    ["GET /users/v:id", '"v:id" mixes text and a parameter'],
    ["GET /users/:", '":" is not a parameter'],
    ["GET /users/:1st", '":1st" is not a parameter'],
    ["GET /users/:a-b", '":a-b" is not a parameter'],
    ["GET /users/:id/:id", '":id" is there twice'],
    ["GET /a%2", '"a%2" has a bad escape'],
    ["/users/:id(\\d+", '":id(\\d+" does not end with its pattern'],
    ["/users/:id(\\d+)x", '":id(\\d+)x" does not end with its pattern'],
    ["/users/:id([^/]+)", '":id([^" does not end with its pattern'],
    ["/users/:id()", "a part of its pattern is empty"],
    ["/users/:(\\d+)", '":" is not a parameter'],
    ["/users/:1(\\d+)", '":1" is not a parameter'],
    ["/:id/:id(\\d+)", '":id" is there twice'],
    ["/:id((a+)+)", "its pattern has a group"],
    ["/v:id(\\d+)", '"v:id(\\d+)" mixes text and a parameter'],
    ["/:id?", "a path ends before its query"],
  ])("%s", (key, wrong) => {
    const parsed = parseRouteKey(key)
    expect(parsed).toMatchObject({ wrong })
    expect("fix" in parsed && parsed.fix).toMatch(/./)
  })
})
