import { describe, expect, it } from "vitest"

import { check } from "../../src/config/check.ts"
import { policiesOf } from "../../src/config/route.ts"

const secret = "a secret that is long enough for sessions"
const login = (more: object = {}) => ({
  oidc: { issuer: "https://id.example", clientId: "shop", session: { secret }, ...more },
})
const routed = (auth: unknown): object => ({ reply: {}, auth })

function checked(config: object) {
  const { config: made, problems } = check(config)
  return {
    keys: made.routes.map(({ key }) => key),
    problems: problems.map(({ code, path, message }) => `${code} ${path.join(".")}: ${message}`),
    policies: made.routes.map(({ choices }) =>
      choices.flatMap((one) => policiesOf(one, made).map(({ part }) => part.name)),
    ),
  }
}

describe("withOwnRoutes()", () => {
  it("adds the routes that a login brings along, once for all routes that ask for it", () => {
    const { keys, problems } = checked({
      routes: { "/a": routed(login()), "/b": [{ reply: {}, auth: login({ roles: "groups" }) }], "/c": { reply: {} } },
    })
    expect(problems).toEqual([])
    expect(keys).toEqual(["/a", "/b", "/c", "GET /oauth/callback", "GET,POST /logout"])
  })

  it("adds those of the defaults, unless no route takes them", () => {
    const config = (auth?: false) => ({
      defaults: { auth: login() },
      routes: { "/a": { reply: {}, ...(auth === false && { auth }) } },
    })
    expect(checked(config()).keys).toEqual(["/a", "GET /oauth/callback", "GET,POST /logout"])
    expect(checked(config(false)).keys).toEqual(["/a"])
  })

  it("adds them to each host", () => {
    const { keys } = checked({
      routes: { "a.example/x": routed(login()), "b.example/x": routed(login({ logout: false })) },
    })
    expect(keys.slice(2)).toEqual([
      "GET a.example/oauth/callback",
      "GET,POST a.example/logout",
      "GET b.example/oauth/callback",
    ])
  })

  it("has the defaults run that come before the part, and none of those behind it", () => {
    const { policies, problems } = checked({
      defaults: { auth: login(), ipFilter: { deny: ["192.0.2.0/24"] }, authorize: { scopes: "shop" }, timeout: "1s" },
      routes: { "/a": { reply: {} } },
    })
    expect(problems).toEqual([])
    expect(policies[0]).toEqual(expect.arrayContaining(["ipFilter", "auth", "authorize", "timeout"]))
    expect(policies[1]).toContain("ipFilter")
    for (const name of ["auth", "authorize", "timeout"]) expect(policies[1]).not.toContain(name)
  })

  it.each(["/logout", "GET /logout", "GET,PUT /logout", "/%6cogout"])(
    "tells of the route %s that has the path",
    (key) => {
      expect(checked({ routes: { "/a": routed(login()), [key]: { reply: {} } } }).problems).toEqual([
        `E405 routes./a.auth: "auth" answers "/logout" itself, and so does the route "${key}".`,
      ])
    },
  )

  it.each(["PUT /logout", "/*", "/:any", "a.example/logout"])("lets the route %s stand beside it", (key) => {
    expect(checked({ routes: { "/a": routed(login()), [key]: { reply: {} } } }).problems).toEqual([])
  })

  it("tells of two logins that want the same path", () => {
    expect(
      checked({ routes: { "/a": routed(login()), "/b": routed(login({ clientId: "other", logout: "/b/logout" })) } })
        .problems,
    ).toEqual([
      'E405 routes./b.auth: "auth" answers "/oauth/callback" itself, and so does another one with other options.',
    ])
  })

  it("says nothing where the options are not sound", () => {
    const { problems } = checked({ routes: { "/logout": routed(login({ clientId: 7 })) } })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain("clientId")
  })
})

describe("the options of oidc", () => {
  it.each([
    [{ issuer: "http://id.example" }, "Expected a URL of https"],
    [{ callback: "/logout" }, 'Two of "callback", "logout" and "login" are the same path.'],
    [{ session: { secret: "short" } }, "Expected a secret of at least 32 characters"],
    [{ session: { secret, cookie: "__Host-x" } }, "which come by themselves over https"],
    [{ params: { state: "x" } }, "a parameter that the gateway does not set itself"],
    [{ afterLogout: "//evil.example" }, 'a path or a URL such as "/bye"'],
    [{ callback: "/:x" }, 'a path such as "/logout"'],
    [{ origin: "https://shop.example/" }, 'an origin such as "https://shop.example"'],
  ])("%j is refused", (more, message) => {
    const { problems } = checked({ routes: { "/a": routed(login(more)) } })
    expect(problems).toEqual([expect.stringContaining(message)])
  })

  it("takes plain http on this machine, and elsewhere if it is told to", () => {
    for (const more of [{ issuer: "http://127.0.0.1:1" }, { issuer: "http://id.example", insecure: true }])
      expect(checked({ routes: { "/a": routed(login(more)) } }).problems).toEqual([])
  })
})
