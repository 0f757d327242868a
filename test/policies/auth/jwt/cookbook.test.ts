import { afterEach, describe, expect, it, vi } from "vitest"

import {
  type EncryptionAlgorithm,
  encryptionAlgorithms,
  signatureAlgorithms,
} from "../../../../src/policies/auth/jwt/algorithms.ts"
import { claimsReader } from "../../../../src/policies/auth/jwt/claims-reader.ts"
import { decrypted } from "../../../../src/policies/auth/jwt/decryption.ts"
import { fixedKeys } from "../../../../src/policies/auth/jwt/key-set.ts"
import { jwtOptions } from "../../../../src/policies/auth/jwt/options.ts"
import { verified } from "../../../../src/policies/auth/jwt/signature.ts"
import { takeApart } from "../../../../src/policies/auth/jwt/token.ts"
import { tools } from "../../../support/exchange.ts"
// The examples of RFC 7520 and RFC 8037 in compact form.
import cookbook from "./cookbook.json"

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const every = new Set(signatureAlgorithms)
const ways = new Set<EncryptionAlgorithm>(encryptionAlgorithms)

// Signed without its content, and a way of encryption that leaks keys.
const refused = new Set(["4.5", "5.1"])

describe("verified()", () => {
  const examples = cookbook.signed.filter(({ section }) => !refused.has(section))

  it.each(examples)("reads the example of section $section: $title", async ({ compact, key, content }) => {
    expect(text(await verified(takeApart(compact), fixedKeys([key]), every))).toBe(content)
  })

  it.each(examples)("refuses the example of section $section with another content", async ({ compact, key }) => {
    const [header, , signature] = compact.split(".")
    const token = takeApart(`${header}.${Buffer.from("another").toString("base64url")}.${signature}`)
    await expect(verified(token, fixedKeys([key]), every)).rejects.toThrow("its signature is wrong")
  })

  it("refuses the example of section 4.5, whose content is elsewhere", () => {
    const { compact } = cookbook.signed.find(({ section }) => section === "4.5") ?? { compact: "" }
    expect(() => takeApart(compact)).toThrow("it is not of the form of a JWT")
  })
})

describe("decrypted()", () => {
  const examples = cookbook.encrypted.filter(({ section }) => !refused.has(section))

  it.each(examples)("reads the example of section $section: $title", async ({ compact, key, content }) => {
    expect(text(await decrypted(takeApart(compact), [key], ways))).toBe(content)
  })

  it.each(examples)("refuses the example of section $section with another tag", async ({ compact, key }) => {
    const parts = compact.split(".")
    const tag = Buffer.from(parts[4] ?? "", "base64url")
    tag[0] = (tag[0] ?? 0) ^ 1
    const token = takeApart([...parts.slice(0, 4), tag.toString("base64url")].join("."))
    await expect(decrypted(token, [key], ways)).rejects.toThrow("it cannot be decrypted")
  })

  it("refuses the example of section 5.1, whose way of encryption tells attackers too much", async () => {
    const { compact, key } = cookbook.encrypted.find(({ section }) => section === "5.1") ?? { compact: "", key: {} }
    await expect(decrypted(takeApart(compact), [{ kty: "RSA", ...key }], ways)).rejects.toThrow("is not allowed")
  })
})

describe("claimsReader()", () => {
  afterEach(() => void vi.useRealTimers())

  it("reads the example of section 6: a token that is signed, and then encrypted", async () => {
    vi.useFakeTimers({ now: 1_300_819_000_000, toFake: ["Date"] })
    const { signing, opening, compact, content } = cookbook.nested
    const options = jwtOptions.parse(
      { key: signing, issuer: "hobbiton.example", decrypt: { key: opening } },
      [],
      (problem) => expect.fail(problem.message),
    )
    const { claims, until } = await claimsReader(options, tools()).read(compact)
    expect(claims).toEqual(JSON.parse(content))
    expect(until).toBe(1_300_819_381_000)
  })
})
