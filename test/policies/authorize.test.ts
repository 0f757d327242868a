import { describe, expect, it } from "vitest"

import { type Identity, identity } from "../../src/core/identity.ts"
import type { Problem } from "../../src/core/schema.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { authorize } from "../../src/policies/authorize.ts"
import { exchange, failureOf, tools } from "../support/exchange.ts"

const ada = identity({
  scheme: "jwt",
  subject: "ada",
  scopes: ["orders:read", "orders:write"],
  roles: ["admin"],
  claims: { email_verified: true, org: { id: 7 }, groups: ["a", "b"], "https://x.y/z": "q" },
})

/** What becomes of a request: "passes", or the code of its failure. */
async function outcome(written: unknown, who: Identity | null = ada, method = "GET"): Promise<unknown> {
  const options = authorize.options.parse(written, [], ({ message }) => expect.fail(message))
  const handle = authorize.create(options, tools())(() => ({ status: 200, headers: new HeaderList(), body: null }))
  const made = exchange({ method })
  made.identity = who ?? undefined
  const error = await Promise.resolve()
    .then(() => handle(made))
    .then(
      () => "passes",
      (thrown: unknown) => thrown,
    )
  return typeof error === "object" && error !== null && "code" in error ? error.code : error
}

describe("authorize()", () => {
  const passes: unknown[] = [
    { scopes: "orders:read" },
    { scopes: { all: ["orders:read", "orders:write"] } },
    { scopes: { any: ["x", "orders:write"] } },
    { roles: "admin", scopes: "orders:read" },
    { claims: { email_verified: true, "org.id": 7, groups: "b", "https://x.y/z": "q" } },
    { claims: { groups: { all: ["a", "b"] }, "org.id": { any: [6, 7] } } },
    { check: ({ subject }: Identity, { method }: { method: string }) => subject === "ada" && method === "GET" },
    { check: async () => true },
    { methods: { "GET,PUT": { roles: "admin" } } },
    { methods: { "*": { roles: "admin" } } },
    { methods: { GET: true } },
  ]
  it.each(passes)("lets pass who has all of %j", async (written) => {
    expect(await outcome(written)).toBe("passes")
  })

  const refused: unknown[] = [
    { scopes: "orders" },
    { scopes: { all: ["orders:read", "x"] } },
    { scopes: { any: ["x", "y"] } },
    { scopes: { any: ["orders:read"], all: ["x"] } },
    { roles: "orders:read" },
    { roles: "admin", scopes: "x" },
    { claims: { email_verified: "true" } },
    { claims: { "org.id": "7" } },
    { claims: { "org.id.x": 7 } },
    { claims: { none: { any: [true] } } },
    { claims: { constructor: { any: ["x"] } } },
    { claims: { groups: { all: ["a", "c"] } } },
    { check: () => false },
    { check: () => "yes" },
    { check: () => undefined },
    { check: async () => 1 },
    { roles: "admin", check: async () => false },
    { methods: { GET: { roles: "x" } } },
    { methods: { POST: { roles: "admin" } } },
    { methods: { POST: true, GET: { roles: "x" }, "*": true } },
    { scopes: "x", methods: { GET: true } },
  ]
  it.each(refused)("refuses who does not have all of %j", async (written) => {
    expect(await outcome(written)).toBe("forbidden")
  })

  it("goes for HEAD by what GET says, where HEAD is not named", async () => {
    expect(await outcome({ methods: { GET: { roles: "admin" } } }, ada, "HEAD")).toBe("passes")
    expect(await outcome({ methods: { GET: { roles: "x" }, "*": { roles: "admin" } } }, ada, "HEAD")).toBe("forbidden")
    expect(await outcome({ methods: { GET: { roles: "x" }, HEAD: { roles: "admin" } } }, ada, "HEAD")).toBe("passes")
  })

  it("asks who it is where there is no identity, unless nothing is asked for", async () => {
    expect(await outcome({ scopes: "a" }, null)).toBe("unauthorized")
    expect(await outcome({ check: () => true }, null)).toBe("unauthorized")
    expect(await outcome({ methods: { GET: true, "*": { roles: "a" } } }, null)).toBe("passes")
    expect(await outcome({ methods: { GET: true, "*": { roles: "a" } } }, null, "POST")).toBe("unauthorized")
  })

  it("answers at once, and passes the failure of a function on", async () => {
    const error = new Error("mine")
    const throwing = () => {
      throw error
    }
    expect(await outcome({ check: throwing })).toBe(error)
    expect(await outcome({ check: () => Promise.reject(error) })).toBe(error)
  })

  it("tells the client nothing of why, and the log who and why", async () => {
    const options = authorize.options.parse({ claims: { "org.id": 8 } }, [], () => expect.fail())
    const handle = authorize.create(options, tools())(() => expect.fail())
    const made = exchange()
    made.identity = ada
    const error = await failureOf(() => handle(made))
    expect(error).toMatchObject({ status: 403, message: "The request is not allowed.", members: {} })
    expect(error).toMatchObject({ cause: { message: 'jwt "ada" may not: its claim "org.id" does not fit.' } })
  })

  const mistakes: [why: string, written: unknown, message: string][] = [
    ["nothing asked for", {}, "Nothing is asked for."],
    ["nothing asked for, spelled out", { scopes: undefined }, "Nothing is asked for."],
    ["no methods", { methods: {} }, "Nothing is asked for."],
    ["a method with an empty rule", { methods: { GET: {} } }, "Nothing is asked for."],
    ["neither any nor all", { scopes: {} }, "Nothing is asked for."],
    [
      "a list, which leaves open whether any or all are meant",
      { scopes: ["a", "b"] },
      'Expected a text, or an object with "any"',
    ],
    ["an empty list", { scopes: { any: [] } }, "Empty list."],
    ["a method in small letters", { methods: { get: true } }, "Expected methods such as"],
    ["a claim that is an object", { claims: { a: { b: 1 } } }, 'Unknown option "b".'],
  ]
  it.each(mistakes)("is refused with %s", (_, written, message) => {
    const problems: Problem[] = []
    authorize.options.parse(written, [], (problem) => void problems.push(problem))
    expect(problems[0]?.message).toContain(message)
  })

  it("is refused with a method that is named twice", () => {
    const options = authorize.options.parse({ methods: { "GET,PUT": true, PUT: { roles: "a" } } }, [], () =>
      expect.fail(),
    )
    const problems: Problem[] = []
    const known = {
      services: new Set<string>(),
      params: new Set<string>(),
      routes: new Map(),
      plans: new Map(),
      usage: false,
    }
    authorize.check?.(options, known, ["authorize"], (problem) => void problems.push(problem))
    expect(problems).toMatchObject([{ path: ["authorize", "methods", "PUT"], message: '"PUT" is there twice.' }])
  })
})
