import { describe, expect, it } from "vitest"

import { service } from "../../src/targets/service.ts"
import { exchange, tools, valueOf } from "../support/exchange.ts"
import { built, problemsOf } from "./checked.ts"

async function forwarded(options: object, path: string, params: Record<string, string> = {}): Promise<string> {
  const given = tools({ services: { user: { json: "from user" } } })
  const reply = await built(service, { service: "user", ...options }, given)(exchange({ path, params }))
  expect(await valueOf(reply)).toBe("from user")
  expect(given.calls).toHaveLength(1)
  const { rawPath = "", search = "" } = given.calls[0]?.exchange ?? {}
  return rawPath + search
}

describe("service", () => {
  it("asks the service for what the client asked, byte for byte", async () => {
    expect(await forwarded({}, "/users/%7E//a%2fb?x=%41&x")).toBe("/users/%7E//a%2fb?x=%41&x")
  })

  it.each([
    ["/v2/users/:id", { id: "7" }, "/v2/users/7"],
    ["/v2/users/:id", { id: "a%2Fb%20c" }, "/v2/users/a%2Fb%20c"],
    ["/v2/:b/:a", { a: "1", b: "2" }, "/v2/2/1"],
    ["/:a-:b", { a: "1", b: "2" }, "/1-2"],
    ["/v2/*", { "*": "a/b//c%41" }, "/v2/a/b//c%41"],
    ["/v2/*", { "*": "" }, "/v2/"],
    ["/fixed", {}, "/fixed"],
    ["/:id/:idx", { id: "1", idx: "2" }, "/1/2"],
    ["/:id", { id: "$&$1:id*" }, "/$&$1:id*"],
    ["/*", { "*": "users/7" }, "/users/7"],
    ["/api/v2/*", { "*": "users/7" }, "/api/v2/users/7"],
    ["/a/:id", { id: "x&y=z" }, "/a/x&y=z"],
    ["/café/:id", { id: "1" }, "/caf%C3%A9/1"],
  ])("writes %s with the parameters as the client wrote them", async (path, params, expected) => {
    expect(await forwarded({ path }, "/from?q=1&q=%20", params)).toBe(`${expected}?q=1&q=%20`)
  })

  it("finds a service that is not there, and the one that was meant", () => {
    expect(problemsOf(service, { service: "usr" }, { services: ["cart", "user"] })).toEqual([
      {
        code: "E301",
        path: ["route", "service"],
        message: 'Unknown service "usr". Did you mean "user"?',
        fix: "Services: cart and user.",
      },
    ])
    expect(problemsOf(service, { service: "constructor" })).toMatchObject([
      { code: "E301", fix: "Add it to services." },
    ])
    expect(problemsOf(service, { service: "user" }, { services: ["user"] })).toEqual([])
  })

  it("finds a parameter that the route does not have", () => {
    const known = { services: ["user"], params: ["id"] }
    expect(problemsOf(service, { service: "user", path: "/v2/:user/*" }, known)).toEqual([
      {
        code: "E307",
        path: ["route", "path"],
        message: '":user" in "/v2/:user/*" is not a parameter of the route.',
        fix: "The route has :id.",
      },
      {
        code: "E307",
        path: ["route", "path"],
        message: '"*" in "/v2/:user/*" is not a parameter of the route.',
        fix: "The route has :id.",
      },
    ])
    expect(problemsOf(service, { service: "user", path: "/v2/:id" }, known)).toEqual([])
  })

  it("finds a pattern that belongs to the path of the route", () => {
    const known = { services: ["user"], params: ["id"] }
    for (const [path, pattern] of [
      ["/v2/:id(\\d+)/x", ":id(\\d+)"],
      ["/:id([a-z]+)", ":id([a-z]+)"],
      ["/:id(a|b)", ":id(a|b)"],
    ] as const)
      expect(problemsOf(service, { service: "user", path }, known)).toEqual([
        {
          code: "E204",
          path: ["route", "path"],
          message: `"${pattern}" has a pattern, which only the path of a route may have.`,
          fix: 'Write ":id".',
        },
      ])
    for (const path of ["/Users(:id)", "/:id(:id)", "/:id(x)"])
      expect(problemsOf(service, { service: "user", path }, known)).toEqual([])
  })

  it.each(["v2", "", "/a b", "/a?b", "/a#b", "http://x/"])("refuses the path %j", (path) => {
    expect(problemsOf(service, { service: "user", path }, { services: ["user"] })).toMatchObject([
      { code: "E204", path: ["route", "path"] },
    ])
  })

  it("says which service it uses", () => {
    expect(service.uses?.({ service: "user", path: undefined, failover: undefined })).toEqual(["user"])
  })
})
