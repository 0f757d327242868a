import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { typeCheck } from "../../src/config/type-check.ts"
import { writeTypes } from "../../src/config/types.ts"
import { folder } from "../support/executable.ts"

describe("the types of plans and quotas", () => {
  async function errors(object: string): Promise<string[]> {
    using shop = folder({
      "gateway.config.ts": `import { defineGateway, env } from "bellhop"\nexport default defineGateway(${object})\n`,
    })
    writeTypes(shop.path)
    const issues = await typeCheck(join(shop.path, ".bellhop/tsconfig.json"), { executable: process.execPath })
    return issues.map(({ message, place }) => `${place?.line ?? 0}: ${message}`)
  }

  const plans = `plans: {
    free: { requests: { limit: 1000, per: "day" } },
    pro: { requests: [{ limit: 100, per: "hour" }, { limit: 9, per: "30d", overage: "allow" }], bytes: { limit: "1gb", per: "month" } },
    metered: {},
  },`

  it("let through what there is", async () => {
    expect(
      await errors(`{
  ${plans}
  usage: { keep: "90d", bytes: false, webhook: { url: env("URL"), secret: env("SECRET"), every: "1h" } },
  defaults: { quota: { plan: "free", by: "tenant", count: ["2xx", 404] } },
  routes: {
    "/a": { reply: {}, quota: { plan: "pro", timeZone: "Europe/Berlin" } },
    "/b": [
      { reply: {}, when: { query: { x: true } }, quota: { plan: ({ headers }, identity) => identity?.plan ?? headers.get("x") ?? undefined } },
      { reply: {}, quota: { by: ({ client }) => client, meters: { tokens: { field: "usage.total" }, cost: ({ status }) => status } } },
    ],
    "/c": { reply: {}, quota: false },
  },
}`),
    ).toEqual([])
  })

  it("let a quota through without plans", async () => {
    expect(await errors(`{ usage: true, defaults: { quota: {} }, routes: { "/a": { reply: {} } } }`)).toEqual([])
  })

  it.each([
    ["a plan in the defaults", `defaults: { quota: { plan: "fre" } }, routes: { "/a": { reply: {} } }`],
    ["a plan of a route", `routes: { "/a": { reply: {}, quota: { plan: "fre" } } }`],
    ["a plan of a choice", `routes: { "/a": [{ reply: {}, quota: { plan: "fre" } }] }`],
    ["what a quota goes by", `routes: { "/a": { reply: {}, quota: { by: "key" } } }`],
    ["a class of statuses", `routes: { "/a": { reply: {}, quota: { count: ["6xx"] } } }`],
    ["what a meter reads", `routes: { "/a": { reply: {}, quota: { meters: { a: { body: "x" } } } } }`],
    ["an option", `routes: { "/a": { reply: {}, quota: { plans: "free" } } }`],
  ])("find a mistake in %s", async (_, rest) => {
    expect((await errors(`{ ${plans}\n${rest} }`)).map((message) => message.slice(0, 2))).toEqual(["7:"])
  })

  it("find a mistake in a period", async () => {
    expect(await errors(`{ plans: { free: { requests: { limit: 5, per: "dya" } } }, routes: {} }`)).toHaveLength(1)
  })
})
