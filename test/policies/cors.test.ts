import { describe, expect, it } from "vitest"

import type { Problem } from "../../src/core/schema.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { cors } from "../../src/policies/cors.ts"
import { exchange, failureOf, linesOf, tools } from "../support/exchange.ts"

function parsed(options: object) {
  const problems: Problem[] = []
  const report = (problem: Problem): void => void problems.push(problem)
  const made = cors.options.parse(options, [], report)
  if (problems.length === 0) cors.check?.(made, {} as never, [], report)
  return { made, problems: problems.map(({ message, path }) => `${path.join(".")}: ${message}`) }
}

/** What becomes of a request: whether the service is asked, and the headers that the answer gets. */
async function run(options: object, asked: { method?: string; headers?: Readonly<Record<string, string>> } = {}) {
  const { made, problems } = parsed(options)
  expect(problems).toEqual([])
  const given = exchange(asked)
  let passed = false
  const reply = await cors.create(
    made,
    tools(),
  )(() => {
    passed = true
    return { status: 200, headers: new HeaderList(["access-control-allow-origin", "*", "x-total", "3"]), body: null }
  })(given)
  for (const finish of given.finishers ?? []) finish(reply)
  return { passed, status: reply.status, own: linesOf(reply.headers), added: given.answerHeaders }
}

const shop = { origins: ["https://shop.example"] }
const from = (origin: string, more: Readonly<Record<string, string>> = {}) => ({ headers: { origin, ...more } })
const preflight = (origin: string, method: string, more: Readonly<Record<string, string>> = {}) => ({
  method: "OPTIONS",
  headers: { origin, "access-control-request-method": method, ...more },
})

describe("cors()", () => {
  it("marks the answer for an origin that may read it, in the place of what the service says", async () => {
    expect(await run(shop, from("https://shop.example"))).toEqual({
      passed: true,
      status: 200,
      own: [["x-total", "3"]],
      added: [
        ["vary", "origin"],
        ["access-control-allow-origin", "https://shop.example"],
      ],
    })
  })

  it("tells caches that origins matter, also where there is none or another", async () => {
    const plain = { passed: true, status: 200, own: [["x-total", "3"]], added: [["vary", "origin"]] }
    expect(await run(shop)).toEqual(plain)
    expect(await run(shop, from("https://evil.test"))).toEqual(plain)
    expect(await run(shop, from("null"))).toEqual(plain)
  })

  it('says the same to all with "*", and nothing of origins to caches', async () => {
    for (const asked of [{}, from("https://a.test"), from("null")])
      expect((await run({ origins: "*" }, asked)).added).toEqual([["access-control-allow-origin", "*"]])
  })

  it("takes the origin null only where it is listed", async () => {
    expect((await run({ origins: ["null"] }, from("null"))).added).toContainEqual([
      "access-control-allow-origin",
      "null",
    ])
  })

  it("lets credentials and further headers through as the config says", async () => {
    const options = { ...shop, credentials: true, exposed: ["X-Total", "etag"] }
    expect((await run(options, from("https://shop.example"))).added).toEqual([
      ["vary", "origin"],
      ["access-control-allow-origin", "https://shop.example"],
      ["access-control-allow-credentials", "true"],
      ["access-control-expose-headers", "x-total, etag"],
    ])
    expect((await run(options, from("https://evil.test"))).added).toEqual([["vary", "origin"]])
  })

  it("answers what is asked beforehand by itself, with what is asked for", async () => {
    const asked = preflight("https://shop.example", "PUT", { "access-control-request-headers": "x-a, content-type" })
    expect(await run(shop, asked)).toEqual({
      passed: false,
      status: 204,
      own: [],
      added: [
        ["vary", "origin"],
        ["access-control-allow-origin", "https://shop.example"],
        ["vary", "origin, access-control-request-method, access-control-request-headers"],
        ["access-control-allow-methods", "PUT"],
        ["access-control-allow-headers", "x-a, content-type"],
        ["access-control-max-age", "600"],
      ],
    })
  })

  it("answers with the lists of the config where it has some", async () => {
    const options = { origins: "*", methods: ["GET", "PUT"], headers: ["X-Tenant", "x-b"], maxAge: "1h" }
    expect((await run(options, preflight("https://a.test", "PATCH"))).added).toEqual([
      ["access-control-allow-origin", "*"],
      ["access-control-allow-methods", "GET, PUT"],
      ["access-control-allow-headers", "x-tenant, x-b"],
      ["access-control-max-age", "3600"],
    ])
  })

  it("gives back nothing that is no method and no list of headers", async () => {
    const asked = preflight("https://shop.example", "PUT; x", { "access-control-request-headers": "x-a: 1" })
    const names = (await run(shop, asked)).added.map(([name]) => name)
    expect(names).not.toContain("access-control-allow-methods")
    expect(names).not.toContain("access-control-allow-headers")
  })

  it("lets pages of the internet into a private network only if asked to", async () => {
    const asked = preflight("https://shop.example", "GET", { "access-control-request-private-network": "true" })
    const allowed: [string, string] = ["access-control-allow-private-network", "true"]
    expect((await run(shop, asked)).added).not.toContainEqual(allowed)
    const { added } = await run({ ...shop, privateNetwork: true }, asked)
    expect(added).toContainEqual(allowed)
    expect(added.some(([name, value]) => name === "vary" && value.includes("private-network"))).toBe(true)
    const plain = await run({ ...shop, privateNetwork: true }, preflight("https://shop.example", "GET"))
    expect(plain.added).not.toContainEqual(allowed)
  })

  it("refuses the question of another origin, marked for caches", async () => {
    const given = exchange(preflight("https://evil.test", "PUT"))
    const handle = cors.create(parsed(shop).made, tools())(() => expect.fail())
    expect(await failureOf(() => handle(given))).toMatchObject({ code: "forbidden" })
    expect(given.answerHeaders.every(([name]) => name === "vary")).toBe(true)
  })

  it("leaves OPTIONS alone that is no such question", async () => {
    expect(await run(shop, { method: "OPTIONS", ...from("https://shop.example") })).toMatchObject({ passed: true })
    const noOrigin = { method: "OPTIONS", headers: { "access-control-request-method": "PUT" } }
    expect(await run(shop, noOrigin)).toMatchObject({ passed: true })
  })

  it.each([
    [
      { origins: "*", credentials: true },
      'origins: With credentials, any site could act for its visitors: among the origins is "*".',
    ],
    [{ origins: [/.*/], credentials: true }, /^origins: With credentials, .* a pattern that takes any origin\.$/],
    [{ origins: ["null"], credentials: true }, /^origins: With credentials, .*"null"/],
    [{ origins: "*", headers: ["x-a", "*"] }, 'headers.1: "*" does not mean all here.'],
    [
      { ...shop, credentials: true, exposed: ["*"] },
      'exposed.0: "*" does not mean all here, because there are credentials.',
    ],
    [{}, ': Missing option "origins".'],
    [{ ...shop, methods: ["put"] }, /^methods\.0: Expected a method in capitals/],
  ])("refuses the options %j", (options, message) => {
    expect(parsed(options).problems).toEqual([typeof message === "string" ? message : expect.stringMatching(message)])
  })
})
