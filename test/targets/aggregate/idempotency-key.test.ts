import { describe, expect, it } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import { clientKey, derivedKey } from "../../../src/targets/aggregate/idempotency-key.ts"
import { exchange } from "../../support/exchange.ts"

const header = "idempotency-key"
const keyOf = (...lines: string[]): string | undefined =>
  clientKey(exchange({ headers: lines.map((line): [string, string] => [header, line]) }), header)

describe("clientKey()", () => {
  it("takes a bare key and a quoted one as the same", () => {
    expect(keyOf()).toBeUndefined()
    expect(keyOf("8e03978e-40d5-43dd-bc93-6894a57f9324")).toBe("8e03978e-40d5-43dd-bc93-6894a57f9324")
    expect(keyOf('"8e03978e-40d5-43dd-bc93-6894a57f9324"')).toBe("8e03978e-40d5-43dd-bc93-6894a57f9324")
    expect(keyOf("!")).toBe("!")
    expect(keyOf("constructor")).toBe("constructor")
    expect(keyOf("k".repeat(255))).toBe("k".repeat(255))
  })

  it.each([
    ["nothing", [""]],
    ["an empty string", ['""']],
    ["one that is too long", ["k".repeat(256)]],
    ["a space", ["a b"]],
    ["two that were joined", ["a, b"]],
    ["two", ["a", "a"]],
    ["a tab", ["a\tb"]],
    ["a letter beyond ASCII", ["é"]],
    ["a quote that does not end", ['"a']],
    ["a quote inside", ['a"b']],
    ["a backslash", ['"a\\"b"']],
    ["parameters", ['"a";b=1']],
    ["a control", ["a\u0001"]],
    ["a DEL", ["a\u007f"]],
  ])("refuses %s", (_, lines) => {
    let error: unknown
    try {
      keyOf(...lines)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(GatewayError)
    expect(error).toMatchObject({ code: "idempotency_key_invalid", status: 400 })
  })
})

describe("derivedKey()", () => {
  it("puts the name behind the key, inside its quotes", () => {
    expect(derivedKey("abc", "charge")).toBe("abc-charge")
    expect(derivedKey('"abc"', "charge")).toBe('"abc-charge"')
    expect(derivedKey("abc", "items[3]-undo")).toBe("abc-items[3]-undo")
    expect(derivedKey("abc", 'my "part" é')).toBe("abc-my%20%22part%22%20%C3%A9")
    expect(derivedKey("abc", "a%20b")).not.toBe(derivedKey("abc", "a b"))
    expect(derivedKey("abc", "\ud800")).toBe("abc-%EF%BF%BD")
  })

  it("is never longer than a key may be, and always another for another name", () => {
    const long = "k".repeat(255)
    for (const sent of [long, `"${long}"`]) {
      const made = derivedKey(sent, "charge")
      expect(made).toMatch(/^"?[0-9a-f]{64}"?$/)
      expect(keyOf(made)).toBeDefined()
      expect(derivedKey(sent, "refund")).not.toBe(made)
      expect(derivedKey(sent, "charge")).toBe(made)
    }
  })
})
