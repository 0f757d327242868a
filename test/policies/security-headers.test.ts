import { describe, expect, it } from "vitest"

import type { Problem } from "../../src/core/schema.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { securityHeaders } from "../../src/policies/security-headers.ts"
import { exchange, linesOf, tools } from "../support/exchange.ts"

function parsed(options: unknown) {
  const problems: Problem[] = []
  const report = (problem: Problem): void => void problems.push(problem)
  const made = securityHeaders.options.parse(options, [], report)
  if (problems.length === 0) securityHeaders.check?.(made, {} as never, [], report)
  return { made, problems: problems.map(({ message }) => message) }
}

/** The headers of an answer that had these. */
async function answer(options: unknown, had: readonly string[] = [], scheme: "http" | "https" = "https") {
  const { made, problems } = parsed(options)
  expect(problems).toEqual([])
  const asked = exchange({ scheme })
  const next = () => ({ status: 200, headers: new HeaderList([...had]), body: null })
  const reply = await securityHeaders.create(made, tools())(next)(asked)
  for (const finish of asked.finishers ?? []) finish(reply)
  return Object.fromEntries(linesOf(reply.headers))
}

const standard = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "SAMEORIGIN",
  "content-security-policy": "frame-ancestors 'self'",
  "referrer-policy": "strict-origin-when-cross-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-site",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
}

const hsts = { "strict-transport-security": "max-age=31536000" }

describe("securityHeaders()", () => {
  it("adds the standard headers, and HSTS over https only", async () => {
    expect(await answer(true)).toEqual({ ...hsts, ...standard })
    expect(await answer({}, [], "http")).toEqual(standard)
  })

  it("leaves what the service says, unless it is to be overridden", async () => {
    const had = ["x-frame-options", "DENY", "content-security-policy", "default-src 'none'"]
    expect(await answer({}, had)).toMatchObject({
      "x-frame-options": "DENY",
      "content-security-policy": "default-src 'none'",
    })
    expect(await answer({ override: true }, had)).toEqual({ ...hsts, ...standard })
  })

  it("takes out what tells of the software of services, or what is listed, or nothing", async () => {
    const had = ["server", "nginx/1.2", "x-powered-by", "PHP", "via", "1.1 a"]
    expect(await answer({}, had)).toEqual({ ...hsts, ...standard, via: "1.1 a" })
    expect(await answer({ remove: ["Via"] }, had)).toMatchObject({ server: "nginx/1.2", "x-powered-by": "PHP" })
    expect(await answer({ remove: ["Via"] }, had)).not.toHaveProperty("via")
    expect(await answer({ remove: false }, had)).toMatchObject({ server: "nginx/1.2", via: "1.1 a" })
  })

  it("leaves out each that is switched off", async () => {
    const off = {
      hsts: false,
      nosniff: false,
      frames: false,
      referrerPolicy: false,
      openerPolicy: false,
      resourcePolicy: false,
      permissionsPolicy: false,
    }
    expect(await answer(off)).toEqual({})
  })

  it.each([
    [{ frames: "deny" }, { "x-frame-options": "DENY", "content-security-policy": "frame-ancestors 'none'" }],
    [
      { contentSecurityPolicy: "default-src 'self'; " },
      { "content-security-policy": "default-src 'self'; frame-ancestors 'self'" },
    ],
    [
      { contentSecurityPolicy: "default-src 'self'; frame-ancestors https://a.example" },
      { "content-security-policy": "default-src 'self'; frame-ancestors https://a.example" },
    ],
    [
      { hsts: { maxAge: "730d", includeSubDomains: true, preload: true } },
      { "strict-transport-security": "max-age=63072000; includeSubDomains; preload" },
    ],
    [{ referrerPolicy: "no-referrer" }, { "referrer-policy": "no-referrer" }],
    [{ openerPolicy: "unsafe-none", resourcePolicy: "cross-origin" }, { "cross-origin-opener-policy": "unsafe-none" }],
  ])("makes %j into %j", async (options, headers) => {
    expect(await answer(options)).toMatchObject(headers)
  })

  it("asks to be listed only as browsers list hosts", () => {
    const wrong = ["Browsers list no host with these options."]
    expect(parsed({ hsts: { preload: true } }).problems).toEqual(wrong)
    expect(parsed({ hsts: { preload: true, includeSubDomains: true, maxAge: "30d" } }).problems).toEqual(wrong)
    expect(parsed({ hsts: { preload: true, includeSubDomains: true } }).problems).toEqual([])
  })
})
