import { describe, expect, it } from "vitest"

import { type FailureCode, failures, GatewayError, isDown } from "../../src/core/errors.ts"

describe("failures", () => {
  it.each(Object.entries(failures))("%s has a status that says whose fault it is, and a title", (code, failure) => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
    expect(failure.status).toBeGreaterThanOrEqual(400)
    expect(failure.status).toBeLessThan(600)
    expect(failure.title).toMatch(/^[A-Z].*[a-z]$/)
  })
})

describe("GatewayError", () => {
  it("has the status of its code unless it is given another", () => {
    expect(new GatewayError("timeout", "Too long.")).toMatchObject({ code: "timeout", status: 504, headers: {} })
    expect(new GatewayError("part_failed", "No.", { status: 404 }).status).toBe(404)
  })

  it("carries headers for the client and a cause for the log", () => {
    const cause = new Error("ECONNREFUSED 10.0.0.5")
    const error = new GatewayError("unreachable", "No.", { cause, headers: { "retry-after": "5" } })
    expect(error.cause).toBe(cause)
    expect(error.headers).toEqual({ "retry-after": "5" })
    expect(error.message).toBe("No.")
  })
})

describe("isDown()", () => {
  it("is true of failures in which a service could not answer, and of nothing else", () => {
    const codes = (Object.keys(failures) as FailureCode[]).filter((code) => isDown(new GatewayError(code, "No.")))
    expect(codes.toSorted()).toEqual(["bad_upstream", "timeout", "unavailable", "unreachable"])
    expect(isDown(new Error("timeout"))).toBe(false)
  })
})
