import { existsSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { typeCheck } from "../../src/config/type-check.ts"
import { bellhopTypes, projectFile, typeFiles, writeTypes } from "../../src/config/types.ts"
import { policies } from "../../src/policies/index.ts"
import { targets } from "../../src/targets/index.ts"
import { folder } from "../support/executable.ts"

describe("bellhopTypes()", () => {
  it("has every option of every policy and target, with its documentation", () => {
    const text = bellhopTypes()
    for (const part of policies) expect(text).toContain(`/** ${part.about}`)
    for (const part of [...policies, ...targets])
      for (const [name, { about }] of Object.entries(part.options.fields ?? {})) {
        expect(text).toMatch(new RegExp(`^ +${name}\\??: `, "m"))
        expect(text).toContain(about)
      }
  })

  it("is the same each time, or an unchanged project would be checked anew", () => {
    expect(bellhopTypes()).toBe(bellhopTypes())
  })
})

describe("writeTypes()", () => {
  it("writes the types, and leaves alone what is up to date", () => {
    using shop = folder()
    expect(writeTypes(shop.path)).toEqual([...typeFiles(shop.path).keys()])
    const file = join(shop.path, ".bellhop/bellhop.d.ts")
    const { ino } = statSync(file)
    expect(writeTypes(shop.path)).toEqual([])
    expect(statSync(file).ino).toBe(ino)
    shop.write(".bellhop/bellhop.d.ts", "// old\n")
    expect(writeTypes(shop.path)).toEqual([file])
    expect(readFileSync(file, "utf8")).toBe(bellhopTypes())
    expect(existsSync(`${file}.new`)).toBe(false)
  })

  it("names the config in the project file", () => {
    expect(JSON.parse(projectFile("shop.config.ts"))).toMatchObject({ files: ["./globals.d.ts", "../shop.config.ts"] })
  })
})

describe("the types of a config", () => {
  async function errors(object: string, files: Record<string, string> = {}): Promise<string[]> {
    using shop = folder({
      "gateway.config.ts": `import { defineGateway, env, exec, file } from "bellhop"\nexport const secrets = [env("A"), file("b"), exec(["vault", "read"], { timeout: "2s", every: "5m" })]\nexport default defineGateway(${object})\n`,
      ...files,
    })
    writeTypes(shop.path)
    const issues = await typeCheck(join(shop.path, ".bellhop/tsconfig.json"), { executable: process.execPath })
    return issues.map(({ message }) => message)
  }
  const shop = (routes: string): string =>
    `{ services: { cart: "http://a", user: { url: "http://b" } }, routes: { ${routes} } }`

  it("let a config through that asks for traces, and show what a receiver cannot be sent", async () => {
    const observing = (observe: string): string => `{ observe: ${observe}, routes: { "GET /a": { reply: {} } } }`
    const all = `{ otlp: { url: env("OTLP"), send: ["traces", "logs", "metrics"], headers: { "x-key": env("K") } }, traces: { sample: 0.5, slow: "1s", b3: "single" } }`
    expect(await errors(observing(all))).toEqual([])
    expect(await errors(observing(`{ otlp: "http://localhost:4318", traces: true }`))).toEqual([])
    const [error] = await errors(observing(`{ otlp: { url: "http://localhost:4318", send: ["spans"] } }`))
    expect(error).toContain('"spans"')
  })

  it("let a config through that uses much of what there is", async () => {
    expect(
      await errors(`{
        listen: { port: 0, host: "127.0.0.1" },
        paths: { encodedSlash: "refuse", forward: "canonical" },
        proxies: { trust: ["loopback", file("proxies.txt")], hops: 2, header: "forwarded", scheme: false, host: true },
        admin: { port: 0, token: env("TOKEN") },
        services: { cart: "http://a", user: { url: ["http://b", env("C")], mock: "fallback", timeout: "2s" } },
        defaults: { timeout: "10s", bodyLimit: "10mb", mirror: { service: "user", share: 5 } },
        routes: {
          "GET /cart": "cart",
          "GET /either": { service: "cart", failover: { service: "user", on: ["down", 503] }, mirror: false },
          "GET /users/:id": { service: "user", path: "/v2/users/:id", timeout: false },
          "GET /m/:id(\\\\d+)": [
            { when: { weight: { share: 10, by: { cookie: "session" } } }, service: "user" },
            { when: { weight: { share: 10, by: ({ query }) => query.get("id") ?? undefined } }, service: "user" },
            "cart",
          ],
          "GET /n": [{ when: { header: { "x-beta": true }, weight: 10 }, service: "user" }, { service: "cart" }],
          "POST /checkout": {
            aggregate: {
              cart: "cart GET /cart",
              user: { call: "user GET /user", fallback: { name: "guest" } },
              charge: { call: "cart POST /charge", needs: ["cart"], body: ({ cart }) => ({ amount: cart.total }) },
            },
            response: ({ cart, charge }) => ({ cart, charge }),
          },
          "POST /batch": { batch: { routes: ["GET /cart", "GET /users/:id"], limit: 5, stream: "ndjson" } },
          "POST /batches": [
            { when: { header: { "x-beta": true } }, batch: { routes: ["POST /checkout"], maxBody: "8kb" } },
            { batch: { routes: ["/old/*"] } },
          ],
          "/old/*": { redirect: { to: "/new/*", status: 301 } },
          "/hello": { handler: (request, { params, client }) => new Response(request.url + params.id + client) },
        },
      }`),
    ).toEqual([])
  })

  it.each([
    ["an option that does not exist", shop(`"/": { service: "cart", timout: "3s" }`), /Unknown option "timout"/],
    ["a service that does not exist", shop(`"/": "crat"`), /"crat" is not allowed here/],
    ["a service that does not exist, in a failover", shop(`"/": { service: "cart", failover: "usr" }`), /"usr"/],
    [
      "a service that does not exist, in a policy",
      shop(`"/": { service: "cart", mirror: { service: "usr" } }`),
      /"usr"/,
    ],
    [
      "a service that does not exist, in the defaults",
      `{ services: { cart: "http://a" }, defaults: { mirror: { service: "usr" } }, routes: { "/": "cart" } }`,
      /"usr" is not allowed here/,
    ],
    ["a service that does not exist, in a call", shop(`"/": { aggregate: { a: "crat GET /" } }`), /crat GET/],
    [
      "a route that does not exist, in a batch",
      shop(`"GET /a": "cart", "POST /b": { batch: { routes: ["GET /aa"] } }`),
      /"GET \/aa" is not allowed here.*Did you mean "GET \/a"/,
    ],
    [
      "a route that does not exist, in a batch of several choices",
      shop(`"GET /a": "cart", "POST /b": [{ when: { weight: 1 }, batch: { routes: ["GET /aa"] } }, "cart"]`),
      /"GET \/aa" is not allowed here/,
    ],
    ["a method that does not exist, in a call", shop(`"/": { aggregate: { a: "cart FETCH /" } }`), /cart FETCH/],
    [
      "a need that is no part",
      shop(`"/": { aggregate: { a: "cart GET /", b: { call: "cart GET /", needs: ["c"] } } }`),
      /"c"/,
    ],
    [
      "a choice about paths that there is not",
      `{ paths: { encodedSlash: "decode" }, routes: { "/": { reply: {} } } }`,
      /"decode" is not allowed here/,
    ],
    ["a duration that is none", shop(`"/": { service: "cart", timeout: "soon" }`), /"soon"/],
    ["a wrong use of the request", shop(`"/": { handler: (request) => request.ur }`), /'ur' does not exist/],
  ])("find %s", async (_, object, message) => {
    const found = await errors(object)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(message)
  })
})
