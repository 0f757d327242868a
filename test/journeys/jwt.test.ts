import { describe, expect, it } from "vitest"

import { configSource, gateway } from "../support/gateway.ts"
import { bearing, issuer, pair, seconds, token } from "../support/jwks.ts"

/** A service that says what headers it got. */
function echo() {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    development: false,
    fetch: (request) => Response.json(Object.fromEntries(request.headers)),
  })
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.dispose]: () => void server.stop(true) }
}

const tell = { headers: { "x-user": "subject", "x-roles": "roles" } }

describe("tokens", () => {
  it("are checked with keys that the issuer publishes, changes and at times cannot hand out", async () => {
    const one = await pair("RS256", "one")
    const two = await pair("ES256", "two")
    using id = issuer([one.jwk])
    using service = echo()
    const jwt = { issuer: id.url, audience: "shop", roles: "realm_access.roles", cooldown: "1ms" }
    const config = (greeting: string) => ({
      services: { cart: service.url },
      routes: { "/cart": { service: "cart", auth: { jwt, tell } }, "/hello": { reply: { body: greeting } } },
    })
    await using served = await gateway(config("hello"), { command: "dev" })
    const ask = (text?: string) => fetch(`${served.url}/cart`, text === undefined ? {} : { headers: bearing(text) })
    const honest = await token(one, { iss: id.url, realm_access: { roles: ["admin", "buyer"] } })

    const first = await ask(honest)
    expect(first.status).toBe(200)
    const got = (await first.json()) as Record<string, string>
    expect([got["x-user"], got["x-roles"], got["authorization"]]).toEqual(["ada", "admin,buyer", undefined])
    expect((await ask(honest)).status).toBe(200)

    const without = await ask()
    expect([without.status, without.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="api"'])
    const late = await ask(await token(one, { iss: id.url, exp: seconds(-5) }))
    expect([late.status, late.headers.get("www-authenticate")]).toEqual([
      401,
      'Bearer realm="api", error="invalid_token"',
    ])
    expect(await late.text()).not.toContain("expired")
    await expect.poll(() => served.stderr()).toContain("jwt: it has expired")
    expect(served.stderr()).not.toContain(honest)

    id.keys = [two.jwk]
    expect((await ask(await token(two, { iss: id.url }))).status).toBe(200)
    expect((await ask(honest)).status).toBe(401)

    // A config that comes while the issuer is away goes on with the keys of the last one.
    id.instead = () => new Response("away", { status: 503 })
    const before = id.questions.length
    const next = await token(two, { iss: id.url })
    served.folder.write("gateway.config.ts", configSource(JSON.stringify(config("hello again"))))
    await served.next(({ event, generation }) => event === "reload" && generation === 2)
    expect(await (await fetch(`${served.url}/hello`)).text()).toBe("hello again")
    expect((await ask(next)).status).toBe(200)
    expect((await ask(honest)).status).toBe(401)
    expect(id.questions.length).toBeGreaterThan(before)
    expect((await ask(next)).status).toBe(200)
  })

  it("are asked about, and the gateway has one of its own for a service that wants it", async () => {
    using id = issuer()
    using service = echo()
    id.introspect = (text) => ({ active: text === "opaque", sub: "ada" })
    const client = { clientId: "gate", clientSecret: "s3cret" }
    await using served = await gateway({
      services: {
        orders: {
          url: service.url,
          auth: { clientCredentials: { tokenUrl: `${id.url}/token`, ...client, scope: "orders" } },
        },
      },
      routes: {
        "/orders": { service: "orders", auth: { introspection: { url: `${id.url}/introspect`, ...client }, tell } },
      },
    })
    const ask = (text: string) => fetch(`${served.url}/orders`, { headers: bearing(text) })
    const got = (await (await ask("opaque")).json()) as Record<string, string>
    expect([got["x-user"], got["authorization"]]).toEqual(["ada", "Bearer granted"])
    expect((await ask("opaque")).status).toBe(200)
    expect((await ask("other")).status).toBe(401)
    expect([id.asked("/introspect"), id.asked("/token")]).toEqual([2, 1])
    expect(served.stderr()).not.toMatch(/s3cret|opaque/)
  })

  it("are not checked by a config that leaves open whose they are", async () => {
    using service = echo()
    const config = {
      services: { cart: service.url },
      routes: { "/cart": { service: "cart", auth: { jwt: { audience: "shop" } } } },
    }
    await expect(gateway(config)).rejects.toThrow("ended with 3")
  })
})
