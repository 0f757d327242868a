import { fileURLToPath } from "node:url"

import { afterAll, beforeAll, describe, expect, it } from "vitest"

import { Kept } from "../../src/core/kept.ts"
import { build, type Built } from "../../src/gateway/build.ts"
import { describe as described } from "../../src/gateway/describe.ts"
import type { DescribedApi, DescribedRoute } from "../../src/openapi/described.ts"
import { tools } from "../support/exchange.ts"
import { folder } from "../support/executable.ts"

describe("describe() of the example config", () => {
  let built: Built
  let api: DescribedApi
  const route = (path: string): DescribedRoute => {
    const found = api.routes.find((one) => one.path === path)
    if (!found) throw new Error(`No route "${path}".`)
    return found
  }

  beforeAll(async () => {
    const entry = fileURLToPath(new URL("../../gateway.config.ts", import.meta.url))
    const made = await build({ entry, kept: new Kept(), log: tools().log, types: false })
    expect(made.issues).toEqual([])
    if (!made.built) throw new Error("It was not built.")
    built = made.built
    api = described(built)
  })

  afterAll(() => built.dispose())

  it("has the title of the config, and every route once, in order", () => {
    expect(api).toMatchObject({ title: "Shop", version: "1.0.0", servers: [] })
    expect(api.routes.map(({ path }) => path)).toEqual(built.gateway.routes.map(({ pattern }) => pattern))
  })

  it("has what a route that a service answers is known to answer", () => {
    expect(route("/cart")).toMatchObject({ methods: ["GET"], target: "service", service: "cart", params: [] })
    expect(route("/cart").sample).toMatchObject([{ status: 200, contentType: "application/json" }])
    expect(route("/users/:id").params).toEqual(["id"])
  })

  it("has the parts of an aggregate, with what they need and what they are known to answer", () => {
    const { parts = [], ...checkout } = route("/checkout")
    expect(checkout).toMatchObject({ methods: ["POST"], target: "aggregate", summary: "Pays for what is in the cart" })
    expect(
      parts.map(({ name, service, method, path, required, needs }) => [name, service, method, path, required, needs]),
    ).toEqual([
      ["cart", "cart", "GET", "/cart", true, []],
      ["user", "user", "GET", "/user", false, []],
      ["charge", "payment", "POST", "/charge", true, ["cart"]],
    ])
    expect(parts[0]?.sample).toEqual(route("/cart").sample)
  })

  it("has where a redirect leads", () => {
    expect(route("/shop")).toMatchObject({
      target: "redirect",
      responses: [{ status: 302, headers: { location: expect.any(String) } }],
    })
  })

  it("has the policies around each route in running order", () => {
    for (const { policies } of api.routes) expect(policies).toEqual(["requestId", "bodyLimit", "timeout"])
  })
})

it("describe() finds the mocks of a path whose parameters have patterns", async () => {
  using made = folder({
    "gateway.config.ts": `import { defineGateway } from "bellhop"

export default defineGateway({
  services: { user: { mock: "mock" } },
  routes: { "GET /users/:id(\\\\d+)": "user" },
})
`,
    "mocks/user/users/[id].GET.json": '{ "name": "Mina" }',
  })
  const entry = `${made.path}/gateway.config.ts`
  const { built, issues } = await build({ entry, kept: new Kept(), log: tools().log, types: false })
  expect(issues).toEqual([])
  if (!built) throw new Error("It was not built.")
  expect(described(built).routes).toMatchObject([
    { path: "/users/:id(\\d+)", params: ["id"], sample: [{ status: 200, body: { name: "Mina" } }] },
  ])
  built.dispose()
})
