import { describe, expect, it } from "vitest"

import { check } from "../../src/config/check.ts"

const problems = (value: unknown): string[] =>
  check(value).problems.map(
    ({ code, path, on, message }) => `${code} ${path.join(".")}${on === "key" ? "@" : ""}: ${message}`,
  )

const shop = (more: Record<string, unknown> = {}, routes: Record<string, unknown> = {}) => ({
  services: { cart: "http://127.0.0.1:4001" },
  ...more,
  routes: { "GET /cart": "cart", ...routes },
})

describe("check()", () => {
  it("finds nothing wrong with a small config, and hands it over ready for use", () => {
    const { config, problems: none } = check(shop({}, { "GET /users/:id": { service: "cart", timeout: "3s" } }))
    expect(none).toEqual([])
    expect([...config.services]).toEqual([["cart", "http://127.0.0.1:4001"]])
    expect(config.routes.map(({ key, params }) => [key, params])).toEqual([
      ["GET /cart", []],
      ["GET /users/:id", ["id"]],
    ])
    expect(config.routes[1]?.choices[0]?.policies.get("timeout")).toMatchObject({ options: 3000 })
  })

  it.each([undefined, null, 1, "cart", ["cart"], new Map(), Promise.resolve({}), () => ({})])(
    "says that %s is no config, and nothing more",
    (value) => expect(problems(value)).toEqual(["E110 : The default export is not a config."]),
  )

  it("finds every mistake at once", () => {
    const broken = shop(
      { listen: { port: 70_000 }, sevices: {}, defaults: { timeout: "soon" } },
      { "GET /a": { service: "crat" }, "get /b": "cart", "GET /c": { reply: {}, service: "cart" } },
    )
    expect(problems(broken).map((problem) => problem.split(":")[0])).toEqual([
      "E201 sevices@",
      "E204 listen.port",
      "E204 defaults.timeout",
      "E301 routes.GET /a.service",
      "E404 routes.get /b@",
      "E305 routes.GET /c.reply@",
    ])
  })

  it("asks for routes, and for at least one", () => {
    expect(problems({})).toEqual(['E202 : Missing option "routes".'])
    expect(problems({ routes: {} })).toEqual(["E205 routes: No routes."])
    expect(problems({ routes: [] })).toEqual(['E203 routes: Expected an object such as { "GET /cart": "cart" }.'])
  })

  it.each(["constructor", "__proto__", "toString", "hasOwnProperty"])(
    "does not take the name %s for an option, a service or a policy",
    (name) => {
      const config = JSON.parse(`{ "${name}": 1, "routes": { "/": { "reply": {} } } }`) as unknown
      expect(problems(config)).toEqual([expect.stringContaining(`Unknown option "${name}"`)])
      expect(problems(shop({}, { "/x": name }))).toEqual([expect.stringContaining(`Unknown service "${name}"`)])
      const route = JSON.parse(`{ "service": "cart", "${name}": 1 }`) as unknown
      expect(problems(shop({}, { "/x": route }))).toEqual([expect.stringContaining(`Unknown option "${name}"`)])
    },
  )

  it("switches a default off with false, and keeps the others", () => {
    const { config, problems: none } = check(shop({ defaults: { timeout: false, bodyLimit: "1mb" } }))
    expect(none).toEqual([])
    expect(config.defaults.get("timeout")).toBe(false)
    expect(config.defaults.get("bodyLimit")).toMatchObject({ options: 1024 ** 2 })
  })

  it("wants a token for an admin listener that others reach", () => {
    expect(problems(shop({ admin: { host: "0.0.0.0" } }))).toEqual([
      'E202 admin: The admin listener on "0.0.0.0" has no token: anyone who reaches it could reload or read.',
    ])
    for (const host of ["127.0.0.1", "127.1.2.3", "localhost", "::1"])
      expect(problems(shop({ admin: { host } }))).toEqual([])
    expect(problems(shop({ admin: { host: "0.0.0.0", token: "a-token-of-some-length" } }))).toEqual([])
    expect(problems(shop({ admin: { host: "localhost.example.com" } }))).toHaveLength(1)
    expect(problems(shop({ admin: { host: "127.example.com" } }))).toHaveLength(1)
  })

  it("warns of a service that no route uses, and refuses one that has nothing to answer with", () => {
    expect(problems(shop({ services: { cart: "http://127.0.0.1:1", user: "http://127.0.0.1:2" } }))).toEqual([
      'E504 services.user@: Service "user" is not used by any route.',
    ])
    expect(problems({ services: { cart: { mock: "fallback" } }, routes: { "/": "cart" } })).toEqual([
      'E503 services.cart: Service "cart" has no url, and its mode is "fallback".',
    ])
    expect(problems({ services: { cart: {} }, routes: { "/": "cart" } })).toEqual([])
  })

  it.each(["1cart", "my cart", "cart/x", ""])('refuses "%s" for the name of a service', (name) => {
    expect(problems({ services: { [name]: "http://127.0.0.1:1" }, routes: { "/": name } })).toContain(
      `E204 services.${name}@: "${name}" cannot be the name of a service.`,
    )
  })

  it("finds services that are not there in policies, of a route and of the defaults", () => {
    const mirror = { service: "crat" }
    expect(problems(shop({ defaults: { mirror } }, { "/x": { service: "cart", mirror } }))).toEqual([
      'E301 defaults.mirror.service: Unknown service "crat". Did you mean "cart"?',
      'E301 routes./x.mirror.service: Unknown service "crat". Did you mean "cart"?',
    ])
  })

  it("takes a service for used when a policy that runs, or a failover, calls it", () => {
    const services = { cart: "http://127.0.0.1:1", next: "http://127.0.0.1:2" }
    const unused = ['E504 services.next@: Service "next" is not used by any route.']
    const mirror = { service: "next" }
    expect(problems({ services, routes: { "/": { service: "cart", mirror } } })).toEqual([])
    expect(problems({ services, routes: { "/": { service: "cart", failover: "next" } } })).toEqual([])
    expect(problems({ services, defaults: { mirror }, routes: { "/": "cart" } })).toEqual([])
    expect(problems({ services, defaults: { mirror }, routes: { "/": { service: "cart", mirror: false } } })).toEqual(
      unused,
    )
    expect(problems({ services, routes: { "/": "cart" } })).toEqual(unused)
  })

  it("says one thing about one mistake: names are not looked up in options that are broken", () => {
    expect(problems(shop({}, { "/x": { aggregate: { cart: "cart /cart" } } }))).toEqual([
      'E204 routes./x.aggregate.cart: Expected a call such as "cart GET /cart", got "cart /cart".',
    ])
  })
})
