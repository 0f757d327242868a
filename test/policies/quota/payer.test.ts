import { describe, expect, it } from "vitest"

import { account, asker, route } from "./options.ts"

describe("quota(), finding whose it is,", () => {
  const one = { free: { requests: { limit: 1, per: "day" } } }
  const by = (how: unknown) => route({ plan: "free", ...(how === undefined ? {} : { by: how }) }, { plans: one }).ask

  it("goes by the identity, or else by the address", async () => {
    const ask = by(undefined)
    expect((await ask(asker("ada"))).status).toBe(200)
    expect((await ask(asker("ada", { credential: "other" }))).status).toBe(429)
    expect((await ask(asker("bob"))).status).toBe(200)
    expect((await ask(asker("ada", { issuer: "https://other" }))).status).toBe(200)
    expect((await ask(undefined, { client: "192.0.2.1" })).status).toBe(200)
    expect((await ask(undefined, { client: "192.0.2.1" })).status).toBe(429)
    expect((await ask(undefined, { client: "192.0.2.2" })).status).toBe(200)
  })

  it("knows an identity again that is another object", async () => {
    const ask = by("identity")
    const ada = asker("ada")
    expect([(await ask(ada)).status, (await ask({ ...ada })).status]).toEqual([200, 429])
  })

  it("goes by the credential: each key of somebody by itself", async () => {
    const ask = by("credential")
    expect((await ask(asker("ada", { credential: "k1" }))).status).toBe(200)
    expect((await ask(asker("ada", { credential: "k2" }))).status).toBe(200)
    expect((await ask(asker("ada", { credential: "k1" }))).status).toBe(429)
  })

  it("goes by the tenant, and those without one by their identity", async () => {
    const ask = by("tenant")
    expect((await ask(asker("ada", { tenant: "acme" }))).status).toBe(200)
    expect((await ask(asker("bob", { tenant: "acme" }))).status).toBe(429)
    expect((await ask(asker("bob"))).status).toBe(200)
    expect((await ask(asker("acme"))).status).toBe(200)
  })

  it("goes by the address, whoever asks; by the network where a client has many addresses", async () => {
    const ask = by("ip")
    expect((await ask(asker("ada"))).status).toBe(200)
    expect((await ask(asker("bob"))).status).toBe(429)
    expect((await ask(undefined, { client: "2001:db8:1:2::1" })).status).toBe(200)
    expect((await ask(undefined, { client: "2001:db8:1:2:ffff::9" })).status).toBe(429)
    expect((await ask(undefined, { client: "2001:db8:1:3::1" })).status).toBe(200)
  })

  it("goes by what a function says, and as ever where it says nothing", async () => {
    const ask = by((request: { query: URLSearchParams }) => request.query.get("team") ?? undefined)
    expect((await ask(asker("ada"), { path: "/?team=a" })).status).toBe(200)
    expect((await ask(asker("bob"), { path: "/?team=a" })).status).toBe(429)
    expect((await ask(asker("bob"), { path: "/?team=" })).status).toBe(200)
    expect((await ask(asker("bob"))).status).toBe(429)
    expect((await ask(undefined)).status).toBe(200)
  })

  it("writes the function's word into the account", async () => {
    const usage = account()
    const { ask } = route({ by: () => "team-a" }, { usage })
    await ask(asker("ada", { issuer: "https://id" }))
    expect(usage.sums).toEqual({ "team-a apiKey:https://id#ada - - GET /x - requests": 1 })
  })
})
