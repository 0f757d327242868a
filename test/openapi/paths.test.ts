import { describe, expect, it } from "vitest"

import { hostServers, operationId, pathTemplate } from "../../src/openapi/paths.ts"

describe("pathTemplate()", () => {
  it.each([
    ["/", "/", []],
    ["/users/:id", "/users/{id}", ["id"]],
    ["/files/*", "/files/{rest}", ["rest"]],
    ["/*", "/{rest}", ["rest"]],
    ["/openapi.json", "/openapi.json", []],
    ["/a/:id/b/:id", "/a/{id}/b/{id2}", ["id", "id2"]],
    ["/a/:rest/*", "/a/{rest}/{rest2}", ["rest", "rest2"]],
    ["/odd/{x}", "/odd/%7Bx%7D", []],
  ])("writes %s as %s", (path, written, names) => {
    expect(pathTemplate(path)).toMatchObject({ path: written, names })
  })

  it("prefers the names that the router knows", () => {
    expect(pathTemplate("/users/:id(x)/*", ["id", "*"])).toMatchObject({ path: "/users/{id}/{rest}", rest: "rest" })
  })

  it("keeps what a parameter has to match, in words that readers of JSON Schema know", () => {
    expect(pathTemplate("/a/:id(\\d+)/:name/:file([a-z\\-]+\\.json|x\\@y)/*")).toMatchObject({
      path: "/a/{id}/{name}/{file}/{rest}",
      patterns: ["\\d+", undefined, "[a-z\\x2d]+\\.json|x\\x40y"],
    })
    for (const pattern of pathTemplate("/:a([\\w\\-]+\\.\\-\\@\\+)").patterns)
      expect(new RegExp(pattern ?? "", "u").test("a-b.-@+")).toBe(true)
  })

  it("gives paths that differ only in names one shape", () => {
    expect(pathTemplate("/users/:id").shape).toBe(pathTemplate("/users/:name").shape)
    expect(pathTemplate("/users/:id").shape).not.toBe(pathTemplate("/users/id").shape)
  })
})

describe("operationId()", () => {
  it.each([
    ["GET", "/users/{id}", "getUsersById"],
    ["POST", "/", "postRoot"],
    ["DELETE", "/files/{rest}", "deleteFilesRest"],
    ["GET", "/v2/shop-items/robots.txt", "getV2ShopItemsRobotsTxt"],
  ])("names %s %s %s", (method, path, id) => {
    expect(operationId(method, path, new Set())).toBe(id)
  })

  it("numbers a name that is taken", () => {
    const taken = new Set<string>()
    expect(["/a-b", "/a_b", "/a.b"].map((path) => operationId("GET", path, taken))).toEqual([
      "getAB",
      "getAB2",
      "getAB3",
    ])
  })
})

describe("hostServers()", () => {
  it("follows the scheme of the page when no server is known", () => {
    expect(hostServers("api.shop.example", ["/"])).toEqual([{ url: "//api.shop.example" }])
  })

  it("keeps scheme, port and path of the known servers", () => {
    expect(hostServers("api.shop.example", ["https://localhost:8443/v1", "http://[::1]:80"])).toEqual([
      { url: "https://api.shop.example:8443/v1" },
      { url: "http://api.shop.example:80" },
    ])
  })

  it("makes variables of wildcard and named labels", () => {
    expect(hostServers("*.:tenant.shop.example", [])).toEqual([
      { url: "//{name}.{tenant}.shop.example", variables: { name: { default: "www" }, tenant: { default: "tenant" } } },
    ])
  })
})
