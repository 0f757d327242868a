import { generateKeyPairSync } from "node:crypto"

import { describe, expect, it } from "vitest"

import { env, useSurroundings } from "../../../../src/core/secret.ts"
import { jwtOptions } from "../../../../src/policies/auth/jwt/options.ts"

const problems = (written: unknown): string[] => {
  const found: string[] = []
  jwtOptions.parse(
    written,
    ["jwt"],
    ({ path, message, fix }) => void found.push(`${path.join(".")}: ${message} ${fix}`),
  )
  return found
}

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
const small = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ format: "jwk" })
const agreement = generateKeyPairSync("x25519").publicKey.export({ format: "jwk" })
const ec = publicKey.export({ format: "jwk" })
const pem = String(publicKey.export({ type: "spki", format: "pem" }))
const privatePem = String(privateKey.export({ type: "pkcs8", format: "pem" }))
const jwks = "https://id.example/jwks"
const secret = "0123456789abcdef0123456789abcdef"

describe("jwtOptions", () => {
  it.each([
    { jwks },
    { jwks, issuer: ["a", "b"], algorithms: ["RS256", "ES256"] },
    { issuer: "https://id.example/realm" },
    { issuer: "http://localhost:8080" },
    { jwks: "http://127.0.0.1:8080/jwks" },
    { jwks: "http://id.internal/jwks", insecure: true },
    { key: pem, issuer: "no URL" },
    { key: pem, algorithms: ["ES256"] },
    { key: { kty: "oct", k: Buffer.from(secret).toString("base64url") } },
    { secret },
    { decrypt: { secret } },
    { key: ec, decrypt: { key: privatePem } },
    { key: ec, decrypt: { secret, algorithms: ["PBES2-HS256+A128KW", "dir"] } },
  ])("takes %j", (written) => {
    expect(problems(written)).toEqual([])
  })

  it.each<[written: unknown, place: string, message: RegExp]>([
    [{}, "jwt", /Nothing says whose tokens are taken/],
    [{ audience: "shop" }, "jwt", /Add "issuer", "jwks", "key" or "secret"/],
    [{ jwks, key: pem }, "jwt.key", /Expected one kind of key, got "jwks" and "key"/],
    [{ key: pem, secret }, "jwt.secret", /Expected one kind of key/],
    [{ jwks: "http://id.example/jwks" }, "jwt.jwks", /others can read along.*insecure: true/],
    [{ issuer: "http://id.example" }, "jwt.issuer", /others can read along/],
    [{ jwks: "http://127.0.0.1.id.example/jwks" }, "jwt.jwks", /others can read along/],
    [{ jwks: "file:///etc/keys" }, "jwt.jwks", /is neither of https nor of http/],
    [{ jwks: "id.example/jwks" }, "jwt.jwks", /is not a URL/],
    [{ jwks: "https://ada:pass@id.example/jwks" }, "jwt.jwks", /carries a user name or password/],
    [{ issuer: "id.example" }, "jwt.issuer", /one issuer only, which is a URL/],
    [{ issuer: ["https://a.example", "https://b.example"] }, "jwt.issuer", /one issuer only/],
    [{ jwks, algorithms: ["none"] }, "jwt.algorithms.0", /Expected one of/],
    [{ jwks, algorithms: [] }, "jwt.algorithms", /Empty list/],
    [{ jwks, algorithms: ["HS256"] }, "jwt.algorithms", /No key is for "HS256"/],
    [{ key: pem, algorithms: ["HS256"] }, "jwt.algorithms", /No key is for "HS256"/],
    [{ key: pem, algorithms: ["ES256", "RS256"] }, "jwt.algorithms", /No key is for "RS256"/],
    [{ secret, algorithms: ["HS512"] }, "jwt.algorithms", /No key is for "HS512"/],
    [{ secret: "short" }, "jwt.secret", /this has 5, and could be guessed.*openssl rand/],
    [{ secret: [secret, "short"] }, "jwt.secret.1", /this has 5/],
    [{ secret: pem }, "jwt.secret", /key of a pair.*Give it as "key"/],
    [{ key: privatePem }, "jwt.key", /holds a private key/],
    [{ key: privateKey.export({ format: "jwk" }) }, "jwt.key", /holds a private key/],
    [{ key: "nonsense" }, "jwt.key", /is no key/],
    [{ key: "{" }, "jwt.key", /is no valid JSON/],
    [{ key: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----" }, "jwt.key", /cannot be read/],
    [{ key: "-----BEGIN PUBLIC KEY-----" }, "jwt.key", /has no key in it/],
    [{ key: {} }, "jwt.key", /has no "kty"/],
    [{ key: { kty: "RSA" } }, "jwt.key", /has no valid "n"/],
    [{ key: { kty: "other" } }, "jwt.key", /of a kind that is not known/],
    [{ key: { ...ec, kid: 1 } }, "jwt.key", /"kid" that is no text/],
    [{ key: { ...ec, key_ops: "verify" } }, "jwt.key", /"key_ops" that is no list/],
    [{ key: { keys: [] } }, "jwt.key", /has no key in it/],
    [{ key: small }, "jwt.key", /less than 2048 bits/],
    [{ key: agreement }, "jwt.key", /not of use for any/],
    [{ key: { ...ec, use: "enc" } }, "jwt.key", /not of use for any/],
    [{ decrypt: { key: privatePem } }, "jwt.decrypt", /Anybody can encrypt for a public key/],
    [{ jwks, decrypt: {} }, "jwt.decrypt", /Expected one of "key" and "secret"/],
    [{ jwks, decrypt: { key: privatePem, secret } }, "jwt.decrypt", /Expected one of "key" and "secret"/],
    [{ jwks, decrypt: { key: pem } }, "jwt.decrypt.key", /holds a public key/],
    [{ jwks, decrypt: { secret, algorithms: ["A128KW"] } }, "jwt.decrypt", /No key is for "A128KW"/],
    [{ jwks, decrypt: { secret, algorithms: ["RSA1_5"] } }, "jwt.decrypt.algorithms.0", /Expected one of/],
    [{ decrypt: { secret }, algorithms: ["RS256"] }, "jwt.algorithms", /No key is for "RS256"/],
    [{ key: pem, refresh: "1m" }, "jwt.refresh", /No keys are fetched, so "refresh" says nothing/],
    [{ secret, insecure: true }, "jwt.insecure", /No keys are fetched/],
    [{ jwks, require: [] }, "jwt.require", /Empty list/],
    [{ jwks, audience: { any: ["a"] } }, "jwt.audience.any", /Unknown option "any"/],
    [{ jwks, expiry: false }, "jwt.expiry", /Expected/],
    [{ jwks, roles: "" }, "jwt.roles", /Expected a claim/],
    [{ jwks, leeway: 5 }, "jwt.leeway", /Expected a duration/],
    [{ jwks, from: { header: "a", cookie: "b" } }, "jwt.from", /names "header" and "cookie"/],
    [{ jwks, algorithm: ["RS256"] }, "jwt.algorithm", /Did you mean "algorithms"/],
  ])("refuses %j", (written, place, message) => {
    const found = problems(written)
    expect(found.join("\n")).toMatch(message)
    expect(found[0]?.startsWith(`${place}: `)).toBe(true)
  })

  it("says which secret cannot be used, and never what it is", () => {
    useSurroundings({ SHORT: "hunter2", KEY: privatePem }, ".")
    const found = problems({ secret: env("SHORT") }).concat(
      problems({ key: env("KEY") }),
      problems({ secret: env("NONE") }),
    )
    useSurroundings(process.env, ".")
    expect(found).toHaveLength(3)
    expect(found.join()).not.toContain("hunter2")
    expect(found.join()).not.toContain("BEGIN")
    expect(found[1]).toContain('env("KEY") holds a private key')
    expect(found[2]).toContain('Cannot read env("NONE")')
  })
})
