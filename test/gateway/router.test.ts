import { describe, expect, it } from "vitest"

import { parseRouteKey, type RouteKey } from "../../src/config/route-key.ts"
import { Router } from "../../src/gateway/router.ts"

interface Named extends RouteKey {
  readonly key: string
}

function routes(...keys: string[]): Named[] {
  return keys.map((key) => {
    const parsed = parseRouteKey(key)
    if ("wrong" in parsed) throw new Error(`"${key}": ${parsed.wrong}`)
    return { key, ...parsed }
  })
}

/** Asks a router as "[METHOD] [host]/path", and gives the key of what it found. */
function asking(...keys: string[]): (request: string) => string | undefined {
  const router = new Router(routes(...keys))
  return (request) => {
    const [, method = "GET", host = "localhost", path = "/"] = /^(?:(\S+) )?([^/]+)?(\/.*)$/.exec(request) ?? []
    return router.find(method, host, path, path)?.route.key
  }
}

describe("Router.find()", () => {
  it("takes text before a parameter before the rest, and comes back from where nothing follows", () => {
    const ask = asking("/a/b/d", "/a/:x/c", "/a/*", "/*", "/a/:x")
    expect(ask("/a/b/d")).toBe("/a/b/d")
    expect(ask("/a/b/c")).toBe("/a/:x/c")
    expect(ask("/a/b/e")).toBe("/a/*")
    expect(ask("/a/b")).toBe("/a/:x")
    expect(ask("/a/")).toBe("/a/*")
    expect(ask("/a")).toBe("/*")
    expect(ask("/")).toBe("/*")
  })

  it("does not take a path for another with a slash at its end", () => {
    const ask = asking("/a", "/b/", "/:x/c")
    expect([ask("/a/"), ask("/b"), ask("//c")]).toEqual([undefined, undefined, undefined])
    expect([ask("/a"), ask("/b/"), ask("/x/c")]).toEqual(["/a", "/b/", "/:x/c"])
  })

  it("tells upper from lower case", () => {
    expect(asking("/admin")("/ADMIN")).toBeUndefined()
  })

  it("prefers the route for the method over the one for any", () => {
    const ask = asking("/cart", "POST /cart", "GET,PUT /cart")
    expect(ask("POST /cart")).toBe("POST /cart")
    expect(ask("PUT /cart")).toBe("GET,PUT /cart")
    expect(ask("DELETE /cart")).toBe("/cart")
    expect(ask("PURGE /cart")).toBe("/cart")
  })

  it("does not let a route for another method hide a wider one", () => {
    const ask = asking("GET /a/b", "POST /a/:x", "/*")
    expect(ask("POST /a/b")).toBe("POST /a/:x")
    expect(ask("DELETE /a/b")).toBe("/*")
    expect(ask("GET /a/c")).toBe("/*")
  })

  it("prefers the more exact path whatever the method is written as", () => {
    const ask = asking("GET /a/:x", "/a/b", "GET /*")
    expect(ask("GET /a/b")).toBe("/a/b")
    expect(ask("GET /a/c")).toBe("GET /a/:x")
  })

  it("answers HEAD with GET, unless there is a route for HEAD", () => {
    const ask = asking("GET /a", "HEAD /b", "GET /b", "/c", "GET /c", "POST /d")
    expect(ask("HEAD /a")).toBe("GET /a")
    expect(ask("HEAD /b")).toBe("HEAD /b")
    expect(ask("HEAD /c")).toBe("GET /c")
    expect(ask("HEAD /d")).toBeUndefined()
  })

  it("takes a host of its own before a wildcard before any", () => {
    const ask = asking("api.shop.example/x", "*.shop.example/x", "*.example/x", "/x", "/y")
    expect(ask("api.shop.example/x")).toBe("api.shop.example/x")
    expect(ask("www.shop.example/x")).toBe("*.shop.example/x")
    expect(ask("a.b.shop.example/x")).toBe("*.shop.example/x")
    expect(ask("shop.example/x")).toBe("*.example/x")
    expect(ask("example/x")).toBe("/x")
    expect(ask("evilshop.example/x")).toBe("*.example/x")
    expect(ask("api.shop.example.evil/x")).toBe("/x")
  })

  it("goes on to the routes of any host where its own has none", () => {
    const ask = asking("GET api.example/x", "*.example/z", "/*")
    expect(ask("api.example/y")).toBe("/*")
    expect(ask("POST api.example/x")).toBe("/*")
    expect(ask("api.example/z")).toBe("*.example/z")
  })

  it.each(["API.Example", "api.example:8080", "api.example.", "api.example.:443"])("knows the host %j", (host) => {
    expect(asking("api.example/x", "/x")(`${host}/x`)).toBe("api.example/x")
  })

  it.each(["[::1]", "[::1]:8080", "192.0.2.1:80", "", ".", ":80"])("has no trouble with the host %j", (host) => {
    expect(new Router(routes("*.example/x", "/x")).find("GET", host, "/x", "/x")?.route.key).toBe("/x")
  })

  it.each(["__proto__", "constructor", "toString"])("takes %j for a name like any other", (name) => {
    const ask = asking(`/${name}`, "/a/b")
    expect(ask(`/${name}`)).toBe(`/${name}`)
    expect(ask(`/a/${name}`)).toBeUndefined()
    expect(asking("/a/b")(`/${name}`)).toBeUndefined()
    expect(asking("/a/b")(`${name} /a/b`)).toBe("/a/b")
    expect(new Router(routes(`/x/:${name}`)).find("GET", "h", "/x/1", "/x/1")?.params.get(name)).toBe("1")
  })

  it("finds a route whatever spelling its key has", () => {
    const ask = asking("/%7euser/x%2fy", "/café", "/a|b", "/{id}")
    expect(ask("/~user/x%2Fy")).toBe("/%7euser/x%2fy")
    expect(ask("/caf%C3%A9")).toBe("/café")
    expect(ask("/a%7Cb")).toBe("/a|b")
    expect(ask("/%7Bid%7D")).toBe("/{id}")
  })

  it("takes text before patterns, in the order of the config, before a parameter", () => {
    const ask = asking("/users/:any", "/users/:id(\\d+)", "/users/me", "/users/:name([a-z]+)", "/users/:word(\\w+)")
    expect(ask("/users/me")).toBe("/users/me")
    expect(ask("/users/7")).toBe("/users/:id(\\d+)")
    expect(ask("/users/you")).toBe("/users/:name([a-z]+)")
    expect(ask("/users/you2")).toBe("/users/:word(\\w+)")
    expect(ask("/users/y-u")).toBe("/users/:any")
    expect(ask("/users/")).toBeUndefined()
  })

  it("keeps the order of patterns where a route for the method takes the place of one for any", () => {
    const ask = asking("/x/:id(\\d+)", "GET /x/:word(\\w+)", "GET /x/:id(\\d+)")
    expect(ask("GET /x/7")).toBe("GET /x/:id(\\d+)")
    expect(ask("POST /x/7")).toBe("/x/:id(\\d+)")
    expect(ask("GET /x/a")).toBe("GET /x/:word(\\w+)")
  })

  it("matches patterns with the canonical path: one spelling, still escaped", () => {
    expect(asking("/:id(\\d+)")("/%37")).toBeUndefined()
    expect(asking("/:name(caf%C3%A9)")("/caf%C3%A9")).toBe("/:name(caf%C3%A9)")
    expect(asking("/:name(.+)")("/a%2Fb")).toBe("/:name(.+)")
    expect(asking("/:name(\\w+)")("/a%2Fb")).toBeUndefined()
  })

  it("finds each of 2,000 routes", () => {
    const keys = Array.from({ length: 2000 }, (_, index) => `GET /v${index % 7}/things${index}/:id/parts/:part`)
    const ask = asking(...keys, "/*")
    for (const key of keys) expect(ask(key.replace("/:id", "/7").replace("/:part", "/8"))).toBe(key)
    expect(ask("/v0/things1/7/parts/8")).toBe("/*")
  })
})

describe("Router.find() gives parameters", () => {
  const params = (key: string, path: string, rawPath = path): Record<string, string> | undefined => {
    const found = new Router(routes(key)).find("GET", "h", path, rawPath)
    return found && Object.fromEntries(found.params)
  }

  it("by name, in the order of the path", () => {
    expect(params("/:b/x/:a/*", "/1/x/2/3/4")).toEqual({ b: "1", a: "2", "*": "3/4" })
    expect(params("/*", "/")).toEqual({ "*": "" })
    expect(params("/a/b", "/a/b")).toEqual({})
  })

  it("with the names of the route that was found, where routes share a beginning", () => {
    const router = new Router(routes("/users/:id", "/users/:user/orders", "POST /users/:name"))
    expect(Object.fromEntries(router.find("GET", "h", "/users/1", "/users/1")?.params ?? [])).toEqual({ id: "1" })
    expect(Object.fromEntries(router.find("GET", "h", "/users/1/orders", "/users/1/orders")?.params ?? [])).toEqual({
      user: "1",
    })
    expect(Object.fromEntries(router.find("POST", "h", "/users/1", "/users/1")?.params ?? [])).toEqual({ name: "1" })
  })

  it.each([
    ["/users/:id", "/users/A", "/users/%41", { id: "%41" }],
    ["/users/:id", "/users/x%2Fy", "/users/x%2fy", { id: "x%2fy" }],
    ["/users/:id", "/users/x", "//users///x", { id: "x" }],
    ["/:a/:b", "/%20/~", "/%20//%7e", { a: "%20", b: "%7e" }],
    ["/:a/b/:c/", "/1/b/2/", "//1//b/2//", { a: "1", c: "2" }],
    ["/files/*", "/files/a/b", "//files/a///b", { "*": "a///b" }],
    ["/files/*", "/files/a~", "/files/a%7E", { "*": "a%7E" }],
    ["/files/*", "/files/", "/files/", { "*": "" }],
    ["/:a(\\w+)/:b(\\d+)/*", "/x/7/y", "/x/7/y", { a: "x", b: "7", "*": "y" }],
    ["/:a(\\w+)/:b(\\d+)/*", "/x/7/y", "//%78/%37/y", { a: "%78", b: "%37", "*": "y" }],
  ])("%s as the client wrote them: %j was %j", (key, path, rawPath, expected) => {
    expect(params(key, path, rawPath)).toEqual(expected)
  })
})

describe("Router.allowed()", () => {
  const allowed = (host: string, path: string): string[] =>
    new Router(routes("GET /a", "POST,PUT /a", "DELETE /:x", "PATCH api.example/a", "GET /b/*"))
      .allowed(host, path)
      .sort()

  it("has the methods for which the path has a route, HEAD with GET", () => {
    expect(allowed("h", "/a")).toEqual(["DELETE", "GET", "HEAD", "POST", "PUT"])
    expect(allowed("h", "/c")).toEqual(["DELETE"])
    expect(allowed("h", "/b/c")).toEqual(["GET", "HEAD"])
  })

  it("has those of the host and those of any, each once", () => {
    expect(allowed("api.example", "/a")).toEqual(["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"])
  })

  it("knows patterns", () => {
    const router = new Router(routes("GET /:id(\\d+)", "POST /:name([a-z]+)", "PUT /:x"))
    expect(router.allowed("h", "/7").sort()).toEqual(["GET", "HEAD", "PUT"])
    expect(router.allowed("h", "/a").sort()).toEqual(["POST", "PUT"])
  })

  it("is empty where nothing is", () => {
    expect(allowed("h", "/b")).toEqual(["DELETE"])
    expect(allowed("h", "/x/y")).toEqual([])
  })
})
