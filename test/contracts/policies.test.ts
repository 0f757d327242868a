import { describe, expect, it } from "vitest"

import { HeaderList } from "../../src/http/header-list.ts"
import { policies } from "../../src/policies/index.ts"
import { exchange, failureOf, tools } from "../support/exchange.ts"
import { partContract, problemsOf, type Sample, typeErrors, written } from "./part-contract.ts"

// Every option of a policy, with a value that a user could write; it must let an ordinary request through.
const samples = new Map<string, Sample>([
  ["requestId", '{ header: "x-id", accept: false }'],
  [
    "securityHeaders",
    `{
      hsts: { maxAge: "730d", includeSubDomains: true, preload: true }, nosniff: true, frames: "deny",
      contentSecurityPolicy: "default-src 'self'", referrerPolicy: "no-referrer", openerPolicy: false,
      resourcePolicy: "same-origin", permissionsPolicy: "usb=()", remove: ["server", "via"], override: true,
    }`,
  ],
  ["ipFilter", '{ allow: ["192.0.2.0/24", "2001:db8::/32", "private"], deny: ["192.0.2.66"] }'],
  [
    "cors",
    `{
      origins: ["https://shop.example", "https://*.shop.example", "http://localhost:*", /https:\\/\\/pr-\\d+\\.shop\\.test/],
      methods: ["GET", "PUT"], headers: ["content-type", "x-tenant"], exposed: ["x-total"], credentials: true,
      maxAge: "1h", privateNetwork: true,
    }`,
  ],
  ["bots", '{ deny: ["bot", "curl/", "Mozilla/4.*MSIE"], allow: ["GoodBot"], empty: "pass" }'],
  ["csrf", '{ origins: ["https://pay.example"], silent: "pass", onlyWithCookies: true }'],
  ["compress", '{ encodings: ["br", "gzip"], types: ["text/*", "+json"], minSize: "2kb", level: { br: 5, gzip: 1 } }'],
  ["bodyLimit", '"10mb"'],
  [
    "transform",
    `{
      request: {
        from: ["json", "form"], to: "xml", xml: { root: "order", declaration: false }, form: { arrays: ["tag"], fields: 50 },
        pick: ["id", "items.*.sku"], omit: ["**.note"], rename: { "items.*.sku": "code" },
        set: { "meta.user": ":headers.x-user", "meta.route": [":id", { rest: ":*" }], "urn": "urn:orders" },
        flatten: ["meta"], group: { "customer.address": ["street", "city"] },
        map: (value, { params }) => ({ ...value, id: params.id }),
        query: { remove: ["debug"], rename: { q: "search" }, set: { tenant: ":headers.x-tenant" } }, others: "pass",
      },
      response: {
        from: ["xml", "json"], accept: ["json", "yaml", "csv", "xml", "msgpack"],
        xml: {
          attributePrefix: "$", textKey: "#", arrays: ["order.items"], lists: { "order.tags": "tag" }, cdata: ["order.note"],
          values: true, namespaces: "strip", indent: 2, depth: 20,
        },
        csv: { separator: ";", formulas: "keep" },
        map: (value, request, status) => (status < 300 ? value : { wrong: value }),
        errors: "reshape", streams: true, others: "refuse",
      },
      internal: ["cost", "**.secret"], fields: "only", types: { "text/plain": "json", "application/zip": false }, limit: "1mb",
    }`,
  ],
  [
    "soap",
    `{
      version: "1.2", operation: "GetOrder", namespace: "urn:shop:orders", qualified: false, action: "urn:shop:orders/GetOrder",
      body: { id: ":id", mode: ["full", 1, true, null] }, headers: { "a:Token": { "@xmlns:a": "urn:auth", "#text": ":headers.x-token" } },
      xml: { arrays: ["items.item"], values: true, depth: 20 }, faults: { Sender: 422, OutOfStock: 409 }, limit: "1mb",
    }`,
  ],
  [
    "headers",
    `{
      request: { set: { "x-a": "1", "x-id": ":id" }, remove: ["x-b"], rename: { "x-d": "x-e" } },
      response: { add: { "x-c": "2", "x-q": "q=:query.q" } },
    }`,
  ],
  [
    "auth",
    `{
      apiKey: { from: [{ header: "authorization", word: "ApiKey" }, { query: "key" }], environment: "live", recheck: "5s", forward: true },
      custom: { identify: ({ headers }) => headers.has("x-who") && { subject: headers.get("x-who") ?? "", roles: ["a"] } || undefined },
      anonymous: true,
      tell: {
        headers: { "x-user": "subject", "x-email": "claims.email" },
        jwt: { header: "x-who-asks", key: "0123456789abcdef0123456789abcdef", kid: "1", issuer: "shop", audience: "cart", ttl: "30s", claims: { mail: "claims.email" } },
      },
    }`,
  ],
  [
    "authorize",
    `{
      methods: {
        GET: true,
        "PUT,PATCH": {
          scopes: "write", roles: { any: ["admin", "shop"] }, claims: { "org.id": { all: [7] }, verified: true },
          check: ({ subject, claims }, { params }) => subject === params.id || claims.admin === true,
        },
        "*": { scopes: { all: ["a", "b"] }, check: async () => false },
      },
    }`,
  ],
  [
    "shed",
    `{
      inFlight: 1000, latency: "2s", lag: "200ms", atLeast: 5, scope: "route", retryAfter: "3s",
      priority: { plans: { pro: "high", free: "low" }, otherwise: "normal" },
    }`,
  ],
  [
    "rateLimit",
    `{
      algorithm: "bucket", limit: 100, per: "1m", burst: 20, name: "busy", ipv6Prefix: 56, shadow: true, headers: "both",
      by: (request, identity) => identity?.tenant ?? request.headers.get("x-tenant") ?? undefined,
      cost: { response: ({ status }, { method }) => (status < 400 && method !== "GET" ? 5 : undefined), pass: true },
      exempt: {
        addresses: ["10.0.0.0/8", "loopback"], identities: ["ops"], plans: ["internal"],
        when: ({ path }, identity) => path === "/health" || identity?.roles.includes("admin") === true,
      },
    }`,
  ],
  [
    "quota",
    `{
      plan: (request, identity) => identity?.plan ?? "free", by: (request, identity) => identity?.tenant, count: ["2xx", 404],
      meters: { tokens: { field: "usage.total" }, cost: { header: "x-cost" }, calls: ({ status }, { method }) => (status + method.length) },
      timeZone: "Europe/Berlin",
    }`,
  ],
  [
    "cache",
    `{
      ttl: "30s", methods: ["GET", "HEAD", "POST"], shared: true,
      key: { query: { exclude: ["utm_*"], sort: true }, headers: ["x-tenant"], cookies: ["theme"], body: "64kb" },
      staleWhileRevalidate: "10s", staleIfError: "1h", negative: { ttl: "5s", statuses: [404] }, refreshAhead: "3s",
      collapse: "2s", maxObject: "2mb", setCookie: true, clientDirectives: false, tags: "surrogate-key", status: "x-cache",
    }`,
  ],
  ["timeout", '"1s"'],
  ["mirror", '{ service: "spare", share: 50, bodyLimit: "1mb" }'],
])

const envelope =
  '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><fine>fine</fine></e:Body></e:Envelope>'

// What is ordinary for those that read what passes: the answer of the service, and what becomes of it.
const ordinary = new Map([
  ["transform", { type: "application/json", body: '"fine"', becomes: '"fine"' }],
  ["soap", { type: "application/soap+xml", body: envelope, becomes: '"fine"' }],
])

// Those that are switched on with their standard options by a plain true.
const byTrue = new Set(["cache", "compress", "csrf", "securityHeaders"])

const sampleOf = (name: string): Sample => {
  const sample = samples.get(name)
  if (sample === undefined) throw new Error(`Give the policy "${name}" a sample in this test.`)
  return sample
}

const running = [
  "observe",
  "requestId",
  "securityHeaders",
  "ipFilter",
  "cors",
  "bots",
  "compress",
  "bodyLimit",
  "csrf",
  "auth",
  "authorize",
  "shed",
  "rateLimit",
  "quota",
  "validate",
  "cache",
  "transform",
  "soap",
  "headers",
  "timeout",
  "mirror",
]

describe("the shelf of policies", () => {
  it("is in running order: who asks is settled before anything is looked up, a cache never comes before credentials", () => {
    const known = policies.map(({ name }) => name).filter((name) => running.includes(name))
    expect(known).toEqual(running.filter((name) => known.includes(name)))
  })

  it("has no name twice, and none that a target or a setting of a route has", () => {
    const names = policies.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of ["when", "openapi", "service", "path", "aggregate", "response"])
      expect(names).not.toContain(name)
  })

  it("has types that the type checker takes, and that take the samples", async () => {
    for (const { name } of policies) sampleOf(name)
    expect(await typeErrors(policies, samples)).toEqual([])
  })
})

describe.each(policies)("policy $name", (part) => {
  const toolsOfTest = () => tools({ services: { spare: { json: "spare" } }, plans: new Map([["free", []]]) })
  partContract("policies", part, sampleOf(part.name), toolsOfTest())

  const built = () =>
    part.create(
      part.options.parse(written(sampleOf(part.name)), [], () => {}),
      toolsOfTest(),
    )

  it("lets an ordinary request through, and calls next once", async () => {
    let called = 0
    const { type, body, becomes } = ordinary.get(part.name) ?? { type: undefined, body: "fine", becomes: "fine" }
    const handle = built()(() => {
      called++
      return { status: 200, headers: new HeaderList(type === undefined ? [] : ["content-type", type]), body }
    })
    const asked = exchange()
    expect(await handle(asked)).toMatchObject({ status: 200, body: becomes })
    asked.settled()
    expect(called).toBe(1)
  })

  it("does not swallow a failure", async () => {
    const error = new Error("mine")
    const asked = exchange()
    expect(await failureOf(() => built()(() => Promise.reject(error))(asked))).toBe(error)
    asked.settled()
  })

  it("can be switched off, on a route and for all", () => {
    expect(problemsOf({ service: "cart", [part.name]: false }, { [part.name]: false })).toEqual([])
  })

  const nonsense = [null, true, () => 1, Symbol("s"), [], "", -1].filter(
    (value) => value !== true || !byTrue.has(part.name),
  )
  it.each(nonsense)("refuses %o in a route and in the defaults", (value) => {
    const places = problemsOf({ service: "cart", [part.name]: value }, { [part.name]: value }).map(({ path }) =>
      path.slice(0, 3),
    )
    expect(places).toContainEqual(["routes", "/x/:id/*", part.name])
    expect(places.some(([first, second]) => first === "defaults" && second === part.name)).toBe(true)
  })
})
