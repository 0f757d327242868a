import { generateKeyPairSync } from "node:crypto"

import { jwtVerify } from "jose"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { env, useSurroundings } from "../../../src/core/secret.ts"
import { headerText } from "../../../src/policies/auth/tell.ts"
import { exchange } from "../../support/exchange.ts"
import { guarded, problemsOf } from "./guarded.ts"

const ada = {
  subject: "ada",
  plan: "gold",
  scopes: ["read", "write"],
  roles: ["admin"],
  claims: { email: "a@b.c", org: { id: 7 }, "https://x.y/z": true },
}
const custom = { identify: () => ada }

async function told(tell: unknown): Promise<Map<string, string>> {
  const { served } = await guarded({ custom, tell }).ask()
  return new Map(served?.headers)
}

describe("tell.headers", () => {
  it("says every value of an identity", async () => {
    const headers = {
      "x-user": "subject",
      "x-scheme": "scheme",
      "x-issuer": "issuer",
      "x-scopes": "scopes",
      "x-roles": "roles",
      "x-email": "claims.email",
      "x-org": "claims.org.id",
      "x-orgs": "claims.org",
      "x-url": "claims.https://x.y/z",
      "x-none": "claims.constructor",
    }
    expect(Object.fromEntries(await told({ headers }))).toEqual({
      "x-user": "ada",
      "x-scheme": "custom",
      "x-scopes": "read,write",
      "x-roles": "admin",
      "x-email": "a@b.c",
      "x-org": "7",
      "x-orgs": '{"id":7}',
      "x-url": "true",
    })
  })

  it.each(["X-Forwarded-User", "x-bellhop-user", "Connection", "host", "x_forwarded_user"])(
    "is refused in the header %s, which would not reach the service",
    (name) => {
      const problem = expect.stringContaining(`The header "${name}" would not reach the service`)
      expect(problemsOf({ custom, tell: { headers: { [name]: "subject" } } })).toEqual([problem])
      expect(problemsOf({ custom, tell: { jwt: { key: "k".repeat(32), header: name } } })).toEqual([problem])
    },
  )

  it("leaves nothing of what clients say in names that servers read as the same", async () => {
    const { ask } = guarded({ custom, tell: { headers: { x_user: "subject" } } })
    const { served } = await ask({ headers: { "x-user": "admin", X_User: "admin", "x-users": "a" } })
    expect([...(served?.headers ?? [])]).toEqual([
      ["x-users", "a"],
      ["x_user", "ada"],
    ])
  })

  it("is refused where it asks for what no identity has", () => {
    expect(problemsOf({ custom, tell: { headers: { "x-a": "email" } } })).toEqual([
      expect.stringContaining('auth.tell.headers.x-a: Expected one of "subject"'),
    ])
  })
})

describe("headerText()", () => {
  const texts: [value: unknown, text: string | undefined][] = [
    ["plain, text", "plain, text"],
    ["čaj 100%", "%C4%8Daj 100%25"],
    ["a\r\nx-admin: 1", "a%0D%0Ax-admin: 1"],
    [" a ", "%20a%20"],
    ["\ud800", "%EF%BF%BD"],
    [["a,b", "c"], "a%2Cb,c"],
    [[], undefined],
    [null, undefined],
    [0, "0"],
    [false, "false"],
    [{ a: "č" }, '{"a":"%C4%8D"}'],
  ]
  it.each(texts)("of %o is %o", (value, text) => {
    expect(headerText(value)).toBe(text)
  })
})

describe("tell.jwt", () => {
  const secret = "0123456789abcdef0123456789abcdef"
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2030-01-01") }))
  afterEach(() => void vi.useRealTimers())

  const pem = (pair: { privateKey: { export(options: { format: "pem"; type: "pkcs8" }): string | Buffer } }): string =>
    String(pair.privateKey.export({ format: "pem", type: "pkcs8" }))

  it("says who it is in a token that services can verify", async () => {
    useSurroundings({ SECRET: secret }, ".")
    const jwt = { key: env("SECRET"), audience: "shop", claims: { email: "claims.email" }, kid: "k1" }
    const token = (await told({ jwt })).get("x-identity") ?? ""
    const { payload, protectedHeader } = await jwtVerify(token, Buffer.from(secret), { audience: "shop" })
    expect(protectedHeader).toEqual({ alg: "HS256", typ: "JWT", kid: "k1" })
    expect(payload).toEqual({
      sub: "ada",
      iss: "bellhop",
      aud: "shop",
      plan: "gold",
      scope: "read write",
      roles: ["admin"],
      email: "a@b.c",
      iat: Date.parse("2030-01-01") / 1000,
      exp: Date.parse("2030-01-01") / 1000 + 60,
    })
  })

  const pairs = [
    ["ES256", generateKeyPairSync("ec", { namedCurve: "P-256" })],
    ["ES384", generateKeyPairSync("ec", { namedCurve: "P-384" })],
    ["EdDSA", generateKeyPairSync("ed25519")],
    ["RS256", generateKeyPairSync("rsa", { modulusLength: 2048 })],
  ] as const
  it.each(pairs)("signs by %s with a key of its kind", async (algorithm, pair) => {
    const token = (await told({ jwt: { key: pem(pair), header: "Authorization" } })).get("authorization") ?? ""
    expect(token).toMatch(/^Bearer /)
    const { protectedHeader } = await jwtVerify(token.slice(7), pair.publicKey)
    expect(protectedHeader.alg).toBe(algorithm)
  })

  it("puts its token where the client had credentials, even those that may pass", async () => {
    const basic = { users: { ada: "$2b$04$vG939QkvLd7ZEin/Bmqlyutmx8tCurcIHVuLTYgQIE66XCoruu.XO" }, forward: true }
    const { ask } = guarded({ basic, tell: { jwt: { key: secret, header: "authorization" } } })
    const { served } = await ask({ headers: { authorization: `Basic ${btoa("ada:secret")}` } })
    expect(served?.headers.all("authorization")).toEqual([expect.stringMatching(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/)])
  })

  it("never lets a token of the client through in its place", async () => {
    const route = guarded({ anonymous: true, custom: { identify: () => undefined }, tell: { jwt: { key: secret } } })
    const { served } = await route.ask({ headers: { "x-identity": "mine", x_identity: "mine" } })
    expect([...(served?.headers ?? [])]).toEqual([])
  })

  it("signs once for an identity, and afresh when half of the time is over", async () => {
    const { ask, handle } = guarded({
      apiKey: { keys: { a: `sha256:${new Bun.CryptoHasher("sha256").update("k".repeat(32)).digest("hex")}` } },
      tell: { jwt: { key: secret, ttl: "1m" } },
    })
    const asked = { headers: { "x-api-key": "k".repeat(32) } }
    const first = (await ask(asked)).served?.headers.get("x-identity")
    expect(handle(exchange(asked))).not.toBeInstanceOf(Promise)
    expect((await ask(asked)).served?.headers.get("x-identity")).toBe(first)
    vi.setSystemTime(Date.now() + 30_000)
    expect((await ask(asked)).served?.headers.get("x-identity")).not.toBe(first)
  })

  const mistakes: [why: string, key: string, message: string][] = [
    ["a short secret", "short", "The secret is shorter than 32 bytes."],
    [
      "a public key",
      String(pairs[0][1].publicKey.export({ format: "pem", type: "spki" })),
      "The private key cannot be read.",
    ],
    [
      "a short RSA key",
      pem(generateKeyPairSync("rsa", { modulusLength: 1024 })),
      "The RSA key is shorter than 2048 bits.",
    ],
    ["a key that does not sign", pem(generateKeyPairSync("x25519")), "Tokens are not signed with a key of this kind."],
  ]
  it.each(mistakes)("is refused with %s", (_, key, message) => {
    expect(problemsOf({ custom, tell: { jwt: { key } } })).toEqual([`auth.tell.jwt.key: ${message}`])
  })
})
