import type { JWK } from "jose"

import { isObject, type Path, type Report, type Schema, schema } from "../schema.ts"
import { Secret } from "../secret.ts"
import { text } from "../values.ts"
import { type KeySide, readKeys } from "./keys.ts"

const expected = {
  public: "a public key or a certificate as PEM, a JSON Web Key, or a list of these",
  private: "a private key as PEM, a JSON Web Key, or a list of these",
} as const

const plain = text()

/** Keys in every way that a config may give them, as a list of JSON Web Keys. */
export const keyOption = (side: KeySide): Schema<readonly JWK[]> => {
  function one(value: unknown, path: Path, report: Report): readonly JWK[] {
    let given = value
    if (plain.accepts(value)) {
      let missing = false
      given = plain.parse(value, path, (problem) => {
        missing = true
        report(problem)
      })
      if (missing) return []
    }
    const read = readKeys(given, side)
    if ("keys" in read) return read.keys
    // A key is never quoted: private ones are secrets, and public ones are noise.
    const what = value instanceof Secret ? value.from : "This"
    report({
      code: "E204",
      path,
      message: `Expected ${expected[side]}, but ${what === "This" ? "this" : what} ${read.wrong}.`,
      fix: read.fix,
    })
    return []
  }
  const key = "{ readonly kty: string; readonly [member: string]: unknown }"
  const single = `string | Secret | ${key} | { readonly keys: readonly ${key}[] }`
  return schema({
    expected: expected[side],
    types: `${single} | readonly (${single})[]`,
    accepts: (value) => plain.accepts(value) || isObject(value) || Array.isArray(value),
    parse(value, path, report) {
      if (!Array.isArray(value)) return one(value, path, report)
      if (value.length === 0)
        report({ code: "E205", path, message: "Empty list.", fix: "Give at least one key or remove the option." })
      return Array.from(value as unknown[], (item, at) => one(item, [...path, at], report)).flat()
    },
  })
}

/** Secrets that two sides share, long enough to be no guess, as JSON Web Keys. */
export const secretOption = (): Schema<readonly JWK[]> => {
  const words = "a secret of at least 32 bytes, or a list of these"
  function one(value: unknown, path: Path, report: Report): readonly JWK[] {
    let found = ""
    let missing = false
    const refuse: Report = (problem) => {
      missing = true
      report(problem)
    }
    found = plain.parse(value, path, refuse)
    if (missing) return []
    const wrong = /-----BEGIN |^ssh-/.test(found)
      ? ["this is a key of a pair: who knows its public half could sign with it", 'Give it as "key".']
      : Buffer.byteLength(found) < 32
        ? [`this has ${Buffer.byteLength(found)}, and could be guessed`, "Make one with `openssl rand -base64 48`."]
        : undefined
    if (!wrong) return [{ kty: "oct", k: Buffer.from(found).toString("base64url") }]
    report({ code: "E204", path, message: `Expected ${words}, but ${wrong[0]}.`, fix: wrong[1] })
    return []
  }
  return schema({
    expected: words,
    types: "string | Secret | readonly (string | Secret)[]",
    accepts: (value) => plain.accepts(value) || Array.isArray(value),
    parse(value, path, report) {
      if (!Array.isArray(value)) return one(value, path, report)
      if (value.length === 0)
        report({ code: "E205", path, message: "Empty list.", fix: "Give at least one secret or remove the option." })
      return Array.from(value as unknown[], (item, at) => one(item, [...path, at], report)).flat()
    },
  })
}
