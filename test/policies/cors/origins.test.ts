import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { originList, originRule } from "../../../src/policies/cors/origins.ts"
import { exchange } from "../../support/exchange.ts"

function parsed(value: unknown, schema = originRule) {
  const problems: string[] = []
  const made = schema.parse(value, [], ({ message }) => void problems.push(message))
  return { made, problems }
}

function takes(list: unknown, origin: string): boolean {
  const { made, problems } = parsed(list)
  expect(problems).toEqual([])
  return made.has(origin, exchange())
}

const star = ["https://*.shop.example"]

describe("originRule()", () => {
  it.each([
    [["https://shop.example"], "https://shop.example"],
    [["https://shop.example:8443"], "https://shop.example:8443"],
    [["http://[::1]:3000"], "http://[::1]:3000"],
    [["capacitor://localhost"], "capacitor://localhost"],
    [["null"], "null"],
    [star, "https://a.shop.example"],
    [star, "https://a-1.b.shop.example"],
    [["http://localhost:*"], "http://localhost:5173"],
    [["http://localhost:*"], "http://localhost"],
    [["http://*.localhost:3000"], "http://a.localhost:3000"],
    [["https://*.shop.example:*"], "https://a.shop.example:9"],
    [[/https:\/\/pr-\d+\.shop\.test/], "https://pr-17.shop.test"],
    [[/^https:\/\/(?:a|b)\.test$/], "https://b.test"],
    ["*", "https://anybody.test"],
    ["*", "null"],
  ])("with %j takes %j", (list, origin) => {
    expect(takes(list, origin)).toBe(true)
  })

  it.each([
    [["https://shop.example"], "http://shop.example"],
    [["https://shop.example"], "https://shop.example.evil.test"],
    [["https://shop.example"], "https://shop.example:444"],
    [["https://shop.example"], "https://shop.examples"],
    [["https://shop.example"], "null"],
    [["https://shop.example"], ""],
    [star, "https://shop.example"],
    [star, "https://.shop.example"],
    [star, "https://evilshop.example"],
    [star, "https://evil.test/.shop.example"],
    [star, "https://evil.test#.shop.example"],
    [star, "https://evil.test\\.shop.example"],
    [star, "https://a@evil.test:1.shop.example"],
    [star, "https://a.shop.example.evil.test"],
    [star, "https://a.shop.example:8443"],
    [star, "http://a.shop.example"],
    [star, "https://a..shop.example"],
    [["http://localhost:*"], "http://localhost:evil"],
    [["http://localhost:*"], "http://localhost.evil.test:80"],
    [["http://localhost:*"], "http://localhost:1:2"],
    [[/https:\/\/pr-\d+\.shop\.test/], "https://pr-17.shop.test.evil.test"],
    [[/https:\/\/pr-\d+\.shop\.test/], "http://evil.test/https://pr-17.shop.test"],
    [[/a\.test|b\.test/], "https://evil-b.test"],
    [[/(?:.+)/], `https://${"a".repeat(300)}`],
  ])("with %j does not take %j", (list, origin) => {
    expect(takes(list, origin)).toBe(false)
  })

  it("asks a function, and takes nothing but true for a yes", () => {
    const asked: unknown[] = []
    const { made } = parsed((...given: unknown[]) => {
      asked.push(given)
      return given[0] === "https://a.test" ? true : Promise.resolve(true)
    })
    const given = exchange({ method: "PUT", path: "/cart?x=1" })
    expect(made.has("https://a.test", given)).toBe(true)
    expect(made.has("https://b.test", given)).toBe(false)
    expect(asked[0]).toEqual(["https://a.test", { method: "PUT", host: "shop.example", path: "/cart" }])
  })

  it("takes below a star what the platform reads as a host below it, and nothing else", () => {
    const piece = fc.constantFrom(
      "a",
      "shop",
      ".",
      "example",
      "evil",
      "test",
      "-",
      ":",
      "80",
      "/",
      "@",
      "#",
      "?",
      "*",
      "https://",
    )
    const { made } = parsed(star)
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.boolean(), (pieces, ends) => {
        const origin = `https://${pieces.join("")}${ends ? ".shop.example" : ""}`
        if (!made.has(origin, exchange())) return
        const url = new URL(origin)
        expect(url.origin).toBe(origin)
        expect(url.hostname.endsWith(".shop.example")).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })

  it.each([
    [["https://shop.example/"], '"https://shop.example/" is not taken: it is no origin.'],
    [["shop.example"], '"shop.example" is not taken: it is no origin.'],
    [["https://Shop.example"], '"https://Shop.example" is not taken: it is no origin.'],
    [["https://a.*.example"], '"https://a.*.example" is not taken: it is no origin.'],
    [["*"], '"*" is not taken: it is no origin.'],
    [[""], '"" is not taken: it is no origin.'],
    [
      ["https://shop.example:443"],
      '"https://shop.example:443" is not taken: browsers leave out the port that goes with the scheme.',
    ],
    [["https://*.com"], '"https://*.com" is not taken: it takes sites of anybody.'],
    [[/a/g], 'This pattern may take long to try: it has the flags "g".'],
    [[/(a+)+/], 'This pattern may take long to try: "+" repeats what can match in several ways.'],
    [[], "Empty list."],
  ])("refuses %j", (list, message) => {
    expect(parsed(list).problems).toEqual([message])
  })

  it.each([
    ["*", '"*"'],
    [["null"], '"null", which pages in sandboxes of any site have'],
    [[/.*/], "a pattern that takes any origin"],
    [[/https?:\/\/.+/], "a pattern that takes any origin"],
    [["https://a.test", /https:\/\/[a-z.]+\.test/], undefined],
  ])("knows that %j stands for anybody: %j", (list, loose) => {
    expect(parsed(list).made.loose).toBe(loose)
  })

  it("is a list only where a function would not do", () => {
    expect(originList.accepts("*")).toBe(false)
    expect(originList.accepts(() => true)).toBe(false)
  })
})
