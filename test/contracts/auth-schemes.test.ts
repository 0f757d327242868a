import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../src/core/errors.ts"
import type { Exchange } from "../../src/core/exchange.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { makeKey } from "../../src/policies/auth/api-key/key-text.ts"
import { schemes } from "../../src/policies/auth/index.ts"
import { type Place, Refused, type Scheme } from "../../src/policies/auth/scheme.ts"
import { exchange, tools } from "../support/exchange.ts"
import { partContract, type Sample, typeErrors, written } from "./part-contract.ts"

// Options of a scheme that a user could write; a request without credentials is none of its own.
const samples = new Map<string, Sample>([
  [
    "apiKey",
    `{
      from: [{ header: "x-api-key" }, { header: "authorization", word: "ApiKey" }, { cookie: "key" }, { query: "key" }],
      keys: {
        one: "sha256:${"0".repeat(64)}",
        two: {
          key: "sha256:${"1".repeat(64)}", subject: "shop", plan: "gold", tenant: "acme", scopes: ["read"], roles: ["a"],
          metadata: { contact: "ada@example.com" }, expires: "2030-01-31",
        },
      },
      store: true, environment: "live", recheck: "5s", forward: true,
    }`,
  ],
  [
    "jwt",
    `{
      secret: ["0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"], algorithms: ["HS256"],
      issuer: ["https://id.example", "https://other.example"], audience: { all: ["shop"] }, leeway: "5s", maxAge: "1d",
      typ: "at+jwt", expiry: "optional", require: ["email"], check: async (claims) => claims["email"] !== "eve@example.com",
      subject: "sub", scopes: "scope", roles: "realm_access.roles", plan: "app.plan", tenant: "org",
      decrypt: { key: { kty: "oct", k: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY" }, algorithms: ["dir", "A256KW"] },
      from: [{ header: "authorization", word: "Bearer" }, { cookie: "at" }, { query: "access_token" }],
      opaque: "refuse", maxSize: "8kb", forward: true, realm: "shop",
    }`,
  ],
  [
    "introspection",
    `{
      url: "https://id.example/introspect", clientId: "gateway", clientSecret: "secret", clientAuth: "post",
      issuer: "https://id.example", audience: ["shop", "api"], leeway: "5s", require: ["email"], check: () => true,
      subject: "username", scopes: "scope", roles: "roles", plan: "plan", tenant: "org", from: { header: "x-token" },
      ttl: "10s", refusedTtl: "5s", maxSize: "8kb", timeout: "2s", forward: true, realm: "shop", insecure: true,
    }`,
  ],
  [
    "basic",
    `{
      users: {
        ada: "$2b$04$vG939QkvLd7ZEin/Bmqlyutmx8tCurcIHVuLTYgQIE66XCoruu.XO",
        bob: {
          password: "$2b$04$vG939QkvLd7ZEin/Bmqlyutmx8tCurcIHVuLTYgQIE66XCoruu.XO", plan: "gold", tenant: "acme",
          scopes: ["read"], roles: ["a"], metadata: { team: 1 },
        },
      },
      realm: "shop", remember: "1m", forward: true,
    }`,
  ],
  [
    "session",
    `{
      secret: ["0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"], keep: "store", idle: "10m", lifetime: "1h",
      cookie: "sid", domain: "shop.example", sameSite: "strict", secure: true, remember: true, origins: ["https://admin.shop.example"],
      begin: "x-session", logout: "/logout", afterLogout: "/bye", scopes: "scope", roles: "groups", plan: "plan", tenant: "org.id",
    }`,
  ],
  [
    "oidc",
    `{
      issuer: "https://id.example", clientId: "shop", clientSecret: "secret", clientAuth: "post",
      session: { secret: "0123456789abcdef0123456789abcdef", keep: "cookie" }, scopes: ["email"], params: { prompt: "login" },
      callback: "/back", logout: false, afterLogout: "/bye", providerLogout: false, login: "/login", redirect: "nobody",
      origin: "https://shop.example", refresh: false, userinfo: true, passAccessToken: true, scope: "scp", roles: "groups",
      plan: "plan", tenant: "org.id", timeout: "1s", leeway: "1s", insecure: false,
    }`,
  ],
  [
    "forward",
    `{
      service: "spare", path: "/verify", method: "POST", from: [{ header: "authorization" }, { cookie: "s" }, { query: "t" }],
      headers: ["user-agent"], request: false, timeout: "1s", remember: "10s", subject: "x-user", plan: "x-plan",
      tenant: "x-tenant", scopes: "x-scopes", roles: "x-roles", claims: ["x-email"], challenge: "Bearer", forward: true,
    }`,
  ],
  [
    "custom",
    `{
      identify: async ({ headers, query }) => {
        const ticket = headers.get("x-ticket") ?? query.get("ticket")
        if (ticket === null) return undefined
        return ticket === "t-1" && { subject: ticket, plan: "gold", scopes: ["read"], claims: { a: 1 } }
      },
      from: { header: "x-ticket" }, challenge: "Ticket", forward: true,
    }`,
  ],
])

const sampleOf = (name: string): Sample => {
  const sample = samples.get(name)
  if (sample === undefined) throw new Error(`Give the scheme "${name}" a sample in this test.`)
  return sample
}

const toolsOfTest = () =>
  tools({ services: { spare: () => ({ status: 401, headers: new HeaderList(), body: "secrets of the service" }) } })

describe("the shelf of schemes", () => {
  it("has each name once", () => {
    const names = schemes.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })

  it("has types that the type checker takes, and that take the samples", async () => {
    for (const { name } of schemes) sampleOf(name)
    expect(await typeErrors(schemes, samples)).toEqual([])
  })
})

// All schemes together get a hundred thousand requests.
const requests = Math.ceil(100_000 / schemes.length)

describe.each(schemes)("scheme $name", (part) => {
  partContract("policies/auth", part, sampleOf(part.name), toolsOfTest())

  const built = (): Scheme =>
    part.create(
      part.options.parse(written(sampleOf(part.name)), [], () => {}),
      toolsOfTest(),
    )

  // Nobody answers: what cannot be asked for is not known.
  beforeEach(() => void vi.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("There is no network.")))
  afterEach(() => void vi.restoreAllMocks())

  it("says nothing of a request without credentials", async () => {
    const asked = exchange({
      path: "/x?a=1",
      headers: { accept: "*/*", cookie: "theme=dark", authorization: "Other x" },
    })
    const { places, identify } = built()
    const takesAny = places.some(({ in: where, name, word }) => where === "header" && name === "authorization" && !word)
    if (takesAny) asked.headers.delete("authorization")
    expect(await identify(asked)).toBeUndefined()
  })

  it("has a challenge that a header can carry, and that says nothing of why it refused", () => {
    const { challenge } = built()
    for (const refused of [undefined, new Refused("the reason is secret")]) {
      const said = challenge(exchange(), refused) ?? "None"
      expect(said).toMatch(/^[A-Za-z][A-Za-z0-9-]*( [\x20-\x7e]+)?$/)
      expect(said).not.toContain("secret")
    }
  })

  it("says where its credentials stand, headers in small letters", () => {
    for (const { in: where, name, word } of built().places) {
      expect(name).not.toBe("")
      if (where === "header") expect([name, word]).toEqual([name.toLowerCase(), word?.toLowerCase()])
    }
  })

  it(`throws nothing but a refusal, whatever it is sent`, { timeout: 120_000 }, async () => {
    const scheme = built()
    const random = seeded(20_300_101)
    const wrong: unknown[] = []
    for (let at = 0; at < requests; at++) {
      const asked = anyRequest(scheme.places, random)
      try {
        const said = scheme.identify(asked)
        if (said instanceof Promise) await said
      } catch (error) {
        if (!isRefusal(error)) wrong.push([asked.search, [...asked.headers], error])
      }
      asked.settled()
    }
    expect(wrong).toEqual([])
  })
})

/** A refusal; or that it cannot be told, by those who have to ask somebody. */
const isRefusal = (error: unknown): boolean =>
  error instanceof Refused || (error instanceof GatewayError && [403, 503].includes(error.status))

type Random = (below: number) => number

/** Numbers that are the same in every run (mulberry32). */
function seeded(seed: number): Random {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below)
  }
}

const pick = <T>(random: Random, of: readonly T[]): T => of[random(of.length)] as T

/** Bytes as a header line can have them. */
function bytes(random: Random, most: number): string {
  let text = ""
  for (let left = random(most); left > 0; left--) {
    const code = random(256)
    text += code === 0 || code === 10 || code === 13 ? " " : String.fromCharCode(code)
  }
  return text
}

const header = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString("base64url")

/** What looks like credentials, more or less. */
function anyCredentials(random: Random): string {
  const base64 = (text: string): string => Buffer.from(text, "latin1").toString(pick(random, ["base64", "base64url"]))
  const made = [
    () => bytes(random, 40),
    () => base64(bytes(random, 40)),
    () => base64(`${bytes(random, 8)}:${bytes(random, 8)}`),
    () => makeKey("live"),
    () => `bh_live_${bytes(random, 40)}`,
    () => [header, base64(bytes(random, 40)), base64(bytes(random, 40))].join("."),
    () => [base64(`{"alg":"${bytes(random, 6)}"}`), base64('{"sub":"a"}'), ""].join("."),
    () => `${bytes(random, 9)}.${bytes(random, 9)}.${bytes(random, 9)}.${bytes(random, 9)}.${bytes(random, 9)}`,
    () =>
      pick(random, [
        "",
        "constructor",
        "__proto__",
        "null",
        "{}",
        "[]",
        "%",
        "%00",
        "%zz",
        "=",
        ";",
        "..",
        "....",
        "%u0",
      ]),
  ]
  const text = pick(random, made)()
  if (random(4) > 0 || text === "") return text
  // One byte is another.
  const at = random(text.length)
  return text.slice(0, at) + bytes(random, 3) + text.slice(at + 1)
}

function anyRequest(places: readonly Place[], random: Random): Exchange {
  const lines: [string, string][] = []
  let search = ""
  const all: readonly Place[] = [...places, { in: "header", name: "authorization" }, { in: "cookie", name: "session" }]
  for (let left = 1 + random(3); left > 0; left--) {
    const { in: where, name, word } = pick(random, all)
    const credentials = anyCredentials(random)
    if (where === "query")
      search += `${search === "" ? "?" : "&"}${name}=${pick(random, [credentials, encodeURIComponent(credentials)])}`
    else if (where === "cookie")
      lines.push(["cookie", pick(random, [`${name}=${credentials}`, credentials, `${name}.0=${credentials}`])])
    else {
      const before = word ?? pick(random, ["Bearer", "Basic", "ApiKey", ""])
      lines.push([name, pick(random, [credentials, `${before} ${credentials}`, before])])
    }
  }
  return exchange({ method: pick(random, ["GET", "POST"]), path: `/${search}`, headers: lines })
}
