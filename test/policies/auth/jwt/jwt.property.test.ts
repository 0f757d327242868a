import { createHmac } from "node:crypto"

import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { jwt } from "../../../../src/policies/auth/jwt.ts"
import { strictObject } from "../../../../src/policies/auth/jwt/strict-json.ts"
import { takeApart } from "../../../../src/policies/auth/jwt/token.ts"
import { Refused } from "../../../../src/policies/auth/scheme.ts"
import { exchange, tools } from "../../../support/exchange.ts"
import { bearing } from "../../../support/jwks.ts"
import { encode, secret } from "./forge.ts"

const scheme = (written: unknown) =>
  jwt.create(
    jwt.options.parse(written, [], (problem) => expect.fail(problem.message)),
    tools(),
  )

const letters = fc.constantFrom(..."ABCDEFabcdef0189-_")
const part = fc.oneof(
  fc.string({ unit: letters }),
  fc.jsonValue().map((value) => encode(JSON.stringify(value))),
  fc.uint8Array().map((value) => Buffer.from(value).toString("base64url")),
)
const alg = fc.constantFrom<unknown>(
  "HS256",
  "HS512",
  "RS256",
  "none",
  "dir",
  "A128KW",
  "PBES2-HS256+A128KW",
  "",
  1,
  null,
)
const header = fc.record(
  {
    alg,
    enc: fc.constantFrom("A128GCM", "A256CBC-HS512", "x"),
    kid: fc.jsonValue(),
    p2c: fc.integer(),
    zip: fc.constantFrom("DEF", 1),
    crit: fc.jsonValue(),
  },
  { requiredKeys: ["alg"] },
)
const time = fc.oneof(fc.double(), fc.integer(), fc.constant(9_999_999_999), fc.string())
const claims = fc.oneof(
  fc.record(
    {
      exp: time,
      nbf: time,
      iat: time,
      sub: fc.jsonValue(),
      aud: fc.jsonValue(),
      iss: fc.jsonValue(),
      scope: fc.jsonValue(),
      roles: fc.jsonValue(),
      ["__proto__"]: fc.jsonValue(),
    },
    { requiredKeys: [] },
  ),
  fc.jsonValue(),
)
/** Texts that look more or less like tokens; of some the signature is right. */
const texts = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string(),
  fc.array(part, { maxLength: 6 }).map((parts) => parts.join(".")),
  fc.tuple(header, part, part, part, part).map(([head, ...parts]) => [encode(head), ...parts].join(".")),
  fc.tuple(header, claims, part).map(([head, body, last]) => `${encode(head)}.${encode(body ?? null)}.${last}`),
  claims.map((body) => {
    const input = `${encode({ alg: "HS256" })}.${encode(JSON.stringify(body))}`
    return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`
  }),
)

describe("jwt", () => {
  it("throws nothing but a refusal, whatever a client sends", async () => {
    const key = "0123456789abcdef"
    const jwk = (kid: string) => ({ kty: "oct", kid, k: Buffer.from(key).toString("base64url") })
    const both = scheme({
      secret,
      require: ["sub"],
      roles: "realm_access.roles",
      maxAge: "1h",
      decrypt: { key: [jwk("a"), jwk("b")], algorithms: ["dir", "A128KW"] },
    })
    let refused = 0
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        try {
          await both.identify(exchange({ headers: bearing(text) }))
        } catch (error) {
          if (!(error instanceof Refused)) throw error
          refused++
        }
      }),
      { numRuns: 100_000 },
    )
    expect(refused).toBeGreaterThan(50_000)
  }, 180_000)

  it("lets in who has the secret, whatever else the claims say", async () => {
    const plain = scheme({ secret })
    const free = fc.dictionary(
      fc
        .string()
        .filter((name) => !["exp", "nbf", "iat", "sub", "aud", "iss", "scope", "scp", "roles", "jti"].includes(name)),
      fc.jsonValue({ maxDepth: 5 }),
    )
    await fc.assert(
      fc.asyncProperty(free, async (more) => {
        const body = { ...more, sub: "ada", exp: 9_999_999_999 }
        const input = `${encode({ alg: "HS256" })}.${encode(body)}`
        const text = `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`
        const known = await plain.identify(exchange({ headers: bearing(text) }))
        expect(known?.subject).toBe("ada")
        expect(known?.claims).toEqual(JSON.parse(JSON.stringify(body)))
      }),
      { numRuns: 2_000 },
    )
  })
})

describe("takeApart()", () => {
  it("takes one text only for the same bytes", () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(bytes, letters, (value, letter) => {
        const exact = Buffer.from(value).toString("base64url")
        const other = exact.slice(0, -1) + letter
        const head = encode({ alg: "HS256" })
        expect(() => takeApart(`${head}.e30.${exact}`)).not.toThrow()
        const same = other === exact || !Buffer.from(other, "base64url").equals(value)
        if (!same) expect(() => takeApart(`${head}.e30.${other}`)).toThrow("strict base64url")
      }),
    )
  })
})

describe("strictObject()", () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

  it("reads what JSON.parse reads, with blanks and without", () => {
    const objects = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ maxDepth: 6 }))
    fc.assert(
      fc.property(objects, fc.constantFrom(0, 2, "\t"), (value, space) => {
        const text = JSON.stringify(value, undefined, space)
        expect(strictObject(bytes(text))).toEqual(JSON.parse(text))
      }),
      { numRuns: 2_000 },
    )
  })

  it("refuses a name that is there twice, wherever it is and however it is written", () => {
    const objects = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 })
    const ways = fc.constantFrom<(name: string) => string>(
      (name) => JSON.stringify(name),
      (name) => `"${[...name].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"`,
    )
    fc.assert(
      fc.property(
        objects,
        ways,
        fc.nat({ max: 5 }),
        fc.nat({ max: 300 }).map((count) => " \n\t\r".repeat(count)),
        (value, way, depth, blanks) => {
          const name = Object.keys(value).at(-1) ?? ""
          const twice = `{${way(name)}${blanks}:null,${JSON.stringify(value).slice(1)}`
          const text = `${'{"in":['.repeat(depth)}${twice}${"]}".repeat(depth)}`
          expect(() => JSON.parse(text)).not.toThrow()
          expect(strictObject(bytes(text))).toBeUndefined()
        },
      ),
    )
  })
})
