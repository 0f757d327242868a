import { describe, expect, it } from "vitest"

import { identity } from "../../../src/core/identity.ts"
import { type Caller, limited } from "./limited.ts"

const one = identity({ scheme: "jwt", issuer: "https://id.example", subject: "ann", credential: "t-1", tenant: "acme" })

/** Pairs of callers: of a limit of 1, the second passes when it counts apart from the first. */
const cases: readonly (readonly [why: string, by: unknown, first: Caller, second: Caller, apart: boolean])[] = [
  ["ip tells addresses apart", "ip", { client: "192.0.2.1" }, { client: "192.0.2.2" }, true],
  ["ip goes by the address of those who signed in too", "ip", { identity: one }, {}, false],
  ["ip takes a network of IPv6 for one client", "ip", { client: "2001:db8::1" }, { client: "2001:db8::ffff:1" }, false],
  ["ip tells networks of IPv6 apart", "ip", { client: "2001:db8::1" }, { client: "2001:db8:0:1::1" }, true],
  ["identity tells schemes apart", "identity", { identity: one }, { identity: { ...one, scheme: "basic" } }, true],
  ["identity tells issuers apart", "identity", { identity: one }, { identity: { ...one, issuer: "x" } }, true],
  [
    "identity takes two credentials of one for one",
    "identity",
    { identity: one },
    { identity: { ...one, credential: "t-2" } },
    false,
  ],
  [
    "credential tells credentials of one apart",
    "credential",
    { identity: one },
    { identity: { ...one, credential: "t-2" } },
    true,
  ],
  ["credential tells schemes apart", "credential", { identity: one }, { identity: { ...one, scheme: "apiKey" } }, true],
  [
    "credential goes by who it is where none is known",
    "credential",
    { identity: { ...one, credential: undefined } },
    { identity: { ...one, credential: undefined, subject: "bea" } },
    true,
  ],
  ["identity is no address", "identity", { identity: one }, {}, true],
  ["route takes all clients together", "route", { client: "192.0.2.1" }, { client: "192.0.2.2" }, false],
  ["route tells routes apart", "route", { route: "/a" }, { route: "/b" }, true],
  ["all takes all routes together", "all", { route: "/a" }, { route: "/b", client: "192.0.2.9" }, false],
  [
    "service takes all routes together",
    { service: "cart" },
    { route: "/a" },
    { route: "/b", client: "192.0.2.9" },
    false,
  ],
  [
    "header tells values apart",
    { header: "X-Tenant" },
    { headers: { "x-tenant": "a" } },
    { headers: { "x-tenant": "b" } },
    true,
  ],
  [
    "header takes one value for one client",
    { header: "x-tenant" },
    { headers: { "x-tenant": "a" } },
    { headers: { "x-tenant": "a" }, client: "192.0.2.9" },
    false,
  ],
  ["header goes by the address where there is none", { header: "x-tenant" }, {}, { client: "192.0.2.9" }, true],
  [
    "header does not take a value for an address",
    { header: "x-tenant" },
    { client: "192.0.2.1" },
    { headers: { "x-tenant": "192.0.2.1" } },
    true,
  ],
  [
    "header takes an empty value for one",
    { header: "x-tenant" },
    { headers: { "x-tenant": "" } },
    { headers: { "x-tenant": "" }, client: "192.0.2.9" },
    false,
  ],
  [
    "cookie tells values apart",
    { cookie: "s" },
    { headers: { cookie: "a=1; s=1" } },
    { headers: { cookie: "a=1; s=2" } },
    true,
  ],
  ["query tells values apart", { query: "id" }, { path: "/?id=1" }, { path: "/?id=2" }, true],
  ["query reads escapes", { query: "id" }, { path: "/?id=%31" }, { path: "/?x=1&id=1" }, false],
  [
    "a function tells what it likes apart",
    (_: unknown, who?: { tenant?: string }) => who?.tenant,
    { identity: one },
    { identity: { ...one, tenant: "other" } },
    true,
  ],
  [
    "a function goes by the address where it says nothing",
    () => undefined,
    { client: "192.0.2.1" },
    { client: "192.0.2.2" },
    true,
  ],
]

describe("by", () => {
  it.each(cases)("%s", async (_, by, first, second, apart) => {
    const a = limited({ limit: 1, per: "1m", by })
    expect((await a.ask(first)).status).toBe(200)
    // Another route has a policy of its own.
    const b = first.route === undefined ? a : limited({ limit: 1, per: "1m", by }, { tools: a.tools })
    expect((await b.ask(second)).status).toBe(apart ? 200 : 429)
    expect((await a.ask(first)).status).toBe(429)
  })

  it("fails where a function returns no text", async () => {
    const limit = limited({ limit: 1, per: "1m", by: () => Promise.resolve("x") })
    expect((await limit.ask()).status).toBe(500)
    expect(limit.passed).toBe(0)
    expect(String(limit.tools.logged[0]?.error)).toContain('The function "by" of a limit has to return a text')
  })

  it("gives the store no secret and nothing long", async () => {
    const keys: string[] = []
    const { tools } = limited({ limit: 1, per: "1m" })
    const store = {
      ...tools.store,
      take(wants: Parameters<typeof tools.store.take>[0]) {
        for (const { key } of wants) keys.push(key)
        return tools.store.take(wants)
      },
    }
    const secret = "s3cret".repeat(2000)
    for (const by of [{ header: "x" }, { cookie: "x" }, { query: "x" }, () => secret]) {
      const limit = limited({ limit: 1, per: "1m", by }, { tools: { ...tools, store } })
      await limit.ask({ headers: { x: secret, cookie: `x=${secret}` }, path: `/?x=${secret}` })
    }
    await limited({ limit: 1, per: "1m" }, { tools: { ...tools, store } }).ask({
      identity: identity({ scheme: "jwt", subject: secret }),
    })
    expect(keys).toHaveLength(5)
    for (const key of keys) {
      expect(key).not.toContain("s3cret")
      expect(key.length).toBeLessThan(150)
    }
  })
})
