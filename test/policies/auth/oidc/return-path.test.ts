import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { returnPath } from "../../../../src/policies/auth/oidc/return-path.ts"

describe("returnPath()", () => {
  it.each(["/", "/cart", "/a//b", "/cart?to=//evil.example", "/a%2f%2fb", "/a;b=c#d"])("takes %s", (path) => {
    expect(returnPath(path)).toBe(path)
  })

  const elsewhere = [
    "",
    "cart",
    "//evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "https://evil.example",
    "javascript:1",
  ]
  const spoilt = [
    "/\t/evil.example",
    "/\n/evil.example",
    " //evil.example",
    "/a\\b",
    "/a b",
    "/é",
    `/${"x".repeat(2000)}`,
  ]

  it.each([...elsewhere, ...spoilt, "http:/evil.example", "//evil.example/..//"])("refuses %j", (path) =>
    expect(returnPath(path)).toBeUndefined(),
  )

  it("never lets a browser leave its origin, whatever the path", () => {
    const pieces = fc.constantFrom(
      "/",
      "\\",
      ".",
      "..",
      "@",
      ":",
      "?",
      "#",
      "%2f",
      "%5c",
      "\t",
      "\n",
      " ",
      "evil.example",
      "http",
      "x",
    )
    const path = fc.oneof(
      fc.array(pieces).map((list) => `/${list.join("")}`),
      fc.string({ unit: "binary" }),
    )
    fc.assert(
      fc.property(path, (given) => {
        const found = returnPath(given)
        if (found !== undefined) expect(new URL(found, "https://shop.example/x/").origin).toBe("https://shop.example")
      }),
      { numRuns: 5000 },
    )
  })
})
