import { describe, expect, it } from "vitest"

import { codes } from "../../../src/config/codes.ts"
import { called } from "../called.ts"
import { project } from "../shop.ts"

const explained = async (subject: string, cwd = project()) => {
  const { code, out, err } = await called(["explain", ...subject.split(" ")], { cwd, width: 200 })
  expect([code, err]).toEqual([0, ""])
  return out.replaceAll(`${cwd}/`, "")
}

const data = async (subject: string, cwd = project()): Promise<unknown> =>
  JSON.parse((await called(["explain", subject, "--json"], { cwd })).out)

describe("explain, of an error code", () => {
  it.each(Object.entries(codes))("tells what %s means and how it is mended", async (code, { title, fix }) => {
    const { out } = await called(["explain", code.toLowerCase()], { width: 100_000 })
    expect(out).toContain(`${code}  ${title}\n`)
    expect(out).toContain(`Fix\n  ${fix}\n`)
  })

  it("gives programs the same", async () => {
    expect(await data("E104")).toEqual({ code: "E104", ...codes.E104 })
  })

  it("refuses a code that does not exist", async () => {
    const { code, err } = await called(["explain", "E999"])
    expect([code, err]).toEqual([2, expect.stringContaining('error There is no error code "E999".')])
  })
})

describe("explain, of a request", () => {
  it("shows the route and its place, policies in running order, the parts as a tree, and the services", async () => {
    expect(await explained("POST /checkout")).toMatchInlineSnapshot(`
      "POST /checkout

        route   POST /checkout  gateway.config.ts:21

        policies
          requestId   standard   {}
          timeout     defaults   "10s"

        target
          aggregate
          ├─ cart         cart GET /cart         required
          └─ user         user GET /user         otherwise { name: "guest" }
             └─ charge    payment POST /charge   required, needs user, cart, within 2s
                └─ mail   user POST /mail        optional, needs charge

        services
          cart      real       http://localhost:4001
          user      fallback   file("user.url")
          payment   real       http://10.0.0.5:4003, http://10.0.0.6:4003
      "
    `)
  })

  it("shows what parameters stand for, and never what a secret is", async () => {
    const text = await explained("/users/7?full=1")
    expect(text).toMatch(/^GET \/users\/7\?full=1\n/)
    expect(text).toContain('params   id = "7"')
    expect(text).toContain('service "user", path "/v2/users/:id"')
    expect(text).toMatch(
      /headers +route +\{ request: \{ set: \{ authorization: \[hidden\], "x-from": file\("user\.url"\) \} \} \}/,
    )
    expect(text).toMatch(/user +fallback +file\("user\.url"\)/)
    const json = JSON.stringify(await data("/users/7"))
    for (const shown of [text, json]) expect(shown).not.toMatch(/s3cret|hidden-host/)
  })

  it("shows every choice of a route with its condition, and the standard that a choice switches off", async () => {
    expect(await explained("PUT /pay/a/b")).toMatchInlineSnapshot(`
      "PUT /pay/a/b

        route    /pay/*  gateway.config.ts:17
        params   * = "a/b"

        1. when { header: { "x-beta": "1" } }

           policies
             requestId   standard   {}
             timeout     defaults   "10s"

           target
             service "cart"

           services
             cart   real   http://localhost:4001

        2. otherwise

           policies
             requestId   route      off
             bodyLimit   route      "1mb"
             timeout     defaults   "10s"

           target
             service "payment"

           services
             payment   real   http://10.0.0.5:4003, http://10.0.0.6:4003
      "
    `)
  })

  it("finds the route of a host", async () => {
    expect(await explained("https://old.example.com/shop")).toContain("GET old.example.com/shop  gateway.config.ts:")
    expect(await data("/shop")).toMatchObject({ answers: 404 })
  })

  it("names the methods that a path takes", async () => {
    expect(await data("DELETE /cart")).toMatchObject({ answers: 405, allow: ["GET", "HEAD", "OPTIONS"], route: null })
    expect(await explained("OPTIONS /cart")).toContain(
      "204  The gateway itself answers: the path takes GET, HEAD, OPTIONS.",
    )
    expect(await explained("delete /cart")).toContain("405  The path takes GET, HEAD, OPTIONS.")
  })

  it("names the routes that are most like a path which has none", async () => {
    expect(await data("/userz/7")).toMatchObject({ answers: 404, nearest: ["GET /users/:id"] })
    expect(await explained("/crat")).toContain("404  No route answers this. Routes like it:\n       GET /cart\n")
    expect(await data("/userz/7/")).toMatchObject({ nearest: ["GET /users/:id"] })
    expect(await data("/apy/a/b/c")).toMatchObject({ nearest: ["/pay/*"] })
    expect(await explained("/quite/something/else")).toContain("404  No route answers this.\n")
  })

  it("says which paths are refused before any route is asked", async () => {
    expect(await data("/cart/..%2fadmin")).toMatchObject({ answers: 400, route: null })
    expect(await explained("/cart/..%2fadmin")).toContain(
      "400  Such a path is refused: it can be read in more than one way, or the config says so.",
    )
  })

  it("resolves dot segments and backslashes as the listener does", async () => {
    expect(await data("/users/../cart")).toMatchObject({ request: { path: "/cart" }, route: { key: "GET /cart" } })
    expect(await data("/users\\%2e%2e\\cart")).toMatchObject({ route: { key: "GET /cart" } })
  })

  it("goes by the patterns and the paths of the config", async () => {
    const cwd = project({
      "gateway.config.ts": `import { defineGateway } from "bellhop"

export default defineGateway({
  paths: { doubleSlash: "refuse", encodedBackslash: "pass", forward: "canonical" },
  routes: { "/users/:id(\\\\d+)": { reply: {} }, "/users/:name": { reply: {} } },
})
`,
    })
    expect(await data("/users/%37", cwd)).toMatchObject({ route: { key: "/users/:id(\\d+)", params: { id: "7" } } })
    expect(await data("/users/a%5cb", cwd)).toMatchObject({ route: { key: "/users/:name", params: { name: "a%5Cb" } } })
    expect(await data("//users/7", cwd)).toMatchObject({ answers: 400 })
    expect(await data("/user/7", cwd)).toMatchObject({ nearest: ["/users/:id(\\d+)", "/users/:name"] })
  })

  it("gives programs the tree of parts", async () => {
    expect(await data("POST /checkout")).toMatchObject({
      answers: null,
      route: {
        key: "POST /checkout",
        file: "gateway.config.ts",
        choices: [
          {
            target: { name: "aggregate", options: {} },
            parts: [
              { name: "cart", next: [] },
              {
                name: "user",
                required: false,
                fallback: { name: "guest" },
                next: [{ name: "charge", timeout: "2s", next: [{ name: "mail", required: false }] }],
              },
            ],
          },
        ],
      },
    })
  })

  it("refuses a request that cannot be read", async () => {
    const { code, err } = await called(["explain", "GET", "/a", "/b"], { cwd: project() })
    expect([code, err]).toEqual([2, expect.stringContaining('Cannot read the request "GET /a /b".')])
  })

  it("says what is wrong with the config where that is not valid, and ends with 3", async () => {
    const cwd = project({ "gateway.config.ts": "export default 1\n" })
    const { code, out, err } = await called(["explain", "/cart"], { cwd })
    expect([code, out, err]).toEqual([3, "", expect.stringContaining("E110")])
  })
})

describe("explain, of an option", () => {
  it("tells every place where it may stand", async () => {
    const text = await explained("timeout")
    for (const place of ["in a service", "in a route, or the defaults", "in a part of an aggregate"])
      expect(text).toContain(`timeout  ${place}\n`)
    expect(text).toContain('"30s" if not given.')
  })

  it("tells the options inside, with what they expect and what holds without them", async () => {
    const text = await explained("listen")
    expect(text).toMatch(
      /^ {2}port +The port; 0 takes any free one\.\n +A whole number from 0 to 65535; 8080 if not given\.$/m,
    )
    expect(text).toMatch(/^ {2}tls\.cert .*\n +A PEM file; required\.$/m)
  })

  it("finds an option by its whole name, and by its last word", async () => {
    expect(await data("admin.token")).toMatchObject([
      { in: "the config", name: "admin.token", required: false, default: null },
    ])
    expect(await data("token")).toEqual(expect.arrayContaining([expect.objectContaining({ name: "admin.token" })]))
  })

  it("guesses what was meant", async () => {
    const { code, err } = await called(["explain", "timeuot"])
    expect([code, err]).toEqual([2, expect.stringContaining('There is no option "timeuot". Did you mean "timeout"?')])
    expect((await called(["explain", "constructor"])).code).toBe(2)
  })
})
