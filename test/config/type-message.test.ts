import { describe, expect, it } from "vitest"

import { typeMessage } from "../../src/config/type-message.ts"

const methods = ["GET", "POST", "PUT"]
const calls = (services: string[]): string =>
  services.flatMap((service) => methods.map((method) => `\`${service} ${method} /\${string}\``)).join(" | ")

describe("typeMessage()", () => {
  it("folds a union of calls and names the service that was meant", () => {
    expect(typeMessage(`Type '"crat GET /cart"' is not assignable to type '${calls(["cart", "user"])}'.`)).toBe(
      '"crat GET /cart" is not allowed here. Allowed: cart|user GET|POST|PUT /…. Did you mean "cart GET /cart"?',
    )
  })

  it("suggests no service for a call whose service is right", () => {
    expect(typeMessage(`Type '"cart FETCH /cart"' is not assignable to type '${calls(["cart", "user"])}'.`)).toBe(
      '"cart FETCH /cart" is not allowed here. Allowed: cart|user GET|POST|PUT /….',
    )
  })

  it("stays short however many services there are", () => {
    const services = Array.from({ length: 300 }, (_, index) => `service${index}`)
    const message = typeMessage(`Type '"servce17 GET /x"' is not assignable to type 'Part<"a"> | ${calls(services)}'.`)
    expect(message).toMatch(
      /Allowed: Part<"a"> or service0\|.*\|… GET\|POST\|PUT \/…\. Did you mean "service17 GET \/x"\?$/,
    )
    expect(message.length).toBeLessThan(200)
  })

  it("lists patterns and literals in words", () => {
    expect(
      typeMessage(
        "Type '\"3sec\"' is not assignable to type 'false | `${number}m` | `${number}ms` | `${number}s` | undefined'.",
      ),
    ).toBe('"3sec" is not allowed here. Allowed: false, <number>m, <number>ms or <number>s.')
  })

  it("keeps a suggestion of the type checker", () => {
    expect(
      typeMessage(
        `Type '"randon"' is not assignable to type '"leastBusy" | "random" | undefined'. Did you mean '"random"'?`,
      ),
    ).toBe('"randon" is not allowed here. Allowed: "leastBusy" or "random". Did you mean "random"?')
    expect(typeMessage("Cannot find name 'crat'. Did you mean 'cart'?")).toBe(
      "Cannot find name 'crat'. Did you mean 'cart'?",
    )
  })

  it("suggests a word that is hidden in a named type", () => {
    expect(typeMessage(`Type '"crat"' is not assignable to type 'Route<"cart" | "user">'.`)).toBe(
      '"crat" is not allowed here. Did you mean "cart"?',
    )
  })

  it("speaks of options where the type checker speaks of properties", () => {
    expect(
      typeMessage(
        "Object literal may only specify known properties, but 'tmeout' does not exist in type 'Options<\"cart\">'. Did you mean to write 'timeout'?",
      ),
    ).toBe('Unknown option "tmeout". Did you mean "timeout"?')
    expect(
      typeMessage(
        "Object literal may only specify known properties, and 'foo' does not exist in type '{ ttl: `${number}s`; size?: number | undefined; deep?: { a: string; }; }'.",
      ),
    ).toBe('Unknown option "foo". Options: ttl, size and deep.')
    expect(
      typeMessage(
        "Object literal may only specify known properties, and 'tll' does not exist in type '{ ttl: string; }'.",
      ),
    ).toBe('Unknown option "tll". Did you mean "ttl"?')
    expect(typeMessage("Property 'ttl' is missing in type '{}' but required in type '{ ttl: string; }'.")).toBe(
      'Missing option "ttl".',
    )
  })

  it("shows objects by the names of their members", () => {
    expect(
      typeMessage(
        "Type 'number' is not assignable to type 'string | { url: string; timeout?: `${number}s` | undefined; \"x-y\": () => void; }'.",
      ),
    ).toBe("A value of type number is not allowed here. Allowed: string or { url, timeout, x-y }.")
  })

  it("keeps the last reason of a longer explanation", () => {
    expect(
      typeMessage(
        "Type '(r: Request) => number' is not assignable to type 'Handler'.\n  Type 'A' is not assignable to type 'B'.\n    Type 'number' is not assignable to type 'Response'.",
      ),
    ).toBe(
      "Type '(r: Request) => number' is not assignable to type 'Handler'. Type 'number' is not assignable to type 'Response'.",
    )
  })

  it("leaves a message that it does not know as it is, but for very long types", () => {
    expect(typeMessage("Expression expected.")).toBe("Expression expected.")
    expect(typeMessage("Cannot find module './missing' or its corresponding type declarations.")).toBe(
      "Cannot find module './missing' or its corresponding type declarations.",
    )
    const long = `{ ${Array.from({ length: 30 }, (_, index) => `option${index}: string;`).join(" ")} }`
    expect(typeMessage(`Something about '${long}' went wrong.`)).toBe(
      "Something about '{ option0, option1, option2, option3, option4, option5, option6, option7, … }' went wrong.",
    )
  })

  it("never gives a wall of text", () => {
    expect(typeMessage(`Strange: ${"x".repeat(10_000)}`).length).toBeLessThan(500)
    expect(typeMessage(`Type '"a' is not assignable to type '"${"`b".repeat(5_000)}'.`).length).toBeLessThan(500)
  })
})
