import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { typeCheck } from "../../src/config/type-check.ts"
import { writeTypes } from "../../src/config/types.ts"
import { folder } from "../support/executable.ts"

describe("the types of auth and authorize", () => {
  async function errors(object: string): Promise<string[]> {
    using shop = folder({
      "gateway.config.ts": `import { defineGateway, env, file, type Identity } from "bellhop"
const isAdmin = ({ roles }: Identity) => roles.includes("admin")
export default defineGateway({ services: { shop: "http://a", checker: "http://b" }, ${object} })
`,
    })
    writeTypes(shop.path)
    const issues = await typeCheck(join(shop.path, ".bellhop/tsconfig.json"), { executable: process.execPath })
    return issues.map(({ message, place }) => `${place?.line ?? 0}: ${message}`)
  }

  it("let through what there is", async () => {
    expect(
      await errors(`
  defaults: {
    auth: {
      apiKey: { keys: file("keys.json"), from: { header: "authorization", word: "ApiKey" } },
      basic: { users: { ada: env("ADA"), bob: { password: env("BOB"), roles: ["admin"] } } },
      forward: { service: "checker", subject: "x-user" },
      custom: { identify: async ({ headers, query, params }) => headers.has("x") ? { subject: query.get("s") ?? params["s"] ?? "", claims: { a: 1 } } : undefined },
      tell: { headers: { "x-user": "subject", "x-email": "claims.email" }, jwt: { key: env("KEY"), claims: { plan: "plan" } } },
    },
    authorize: { roles: { any: ["a", "b"] }, claims: { "org.id": 7 }, check: isAdmin },
  },
  routes: {
    "/open": { service: "shop", auth: false, authorize: false },
    "/some": { service: "shop", auth: { apiKey: {}, anonymous: true }, authorize: { methods: { GET: true, "*": { scopes: "write" } } } },
    "/keys": { service: "shop", auth: { apiKey: { keys: { a: "sha256:0", b: env("B"), c: { key: file("c"), plan: "gold" } } } } },
    "/check": { service: "shop", authorize: { check: async ({ claims }, { method }) => claims["x"] === method } },
  },`),
    ).toEqual([])
  })

  it.each([
    ["the name of a scheme", `auth: { apikey: {} }`],
    ["the service that is asked", `auth: { forward: { service: "cheker" } }`],
    ["a value of an identity", `auth: { apiKey: {}, tell: { headers: { "x-user": "email" } } }`],
    ["what a function says", `auth: { custom: { identify: () => ({ name: "ada" }) } }`],
    ["what a function says, true", `auth: { custom: { identify: () => true } }`],
    ["a rule that leaves open whether any or all are meant", `authorize: { scopes: ["a", "b"] }`],
    ["what a check gives", `authorize: { check: () => "yes" }`],
    ["auth: true", `auth: true`],
  ])("find a mistake in %s", async (_, rest) => {
    expect(await errors(`\nroutes: {\n"/a": { service: "shop", ${rest} } }`)).toEqual([expect.stringMatching(/^5: /)])
  })
})
