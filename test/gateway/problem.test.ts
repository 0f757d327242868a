import { describe, expect, it } from "vitest"

import { type FailureCode, failures, GatewayError } from "../../src/core/errors.ts"
import type { Reply } from "../../src/core/reply.ts"
import { problemReply } from "../../src/gateway/problem.ts"
import { exchange, linesOf, tools, valueOf } from "../support/exchange.ts"

function problem(error: unknown): { reply: Reply; logged: ReturnType<typeof tools>["logged"] } {
  const { log, logged } = tools()
  return { reply: problemReply(error, exchange({ id: "id-7", method: "POST", path: "/pay" }), log), logged }
}

describe("problemReply()", () => {
  it.each(Object.keys(failures) as FailureCode[])("tells the client what %s means", async (code) => {
    const { reply, logged } = problem(new GatewayError(code, "What happened."))
    const { status, title } = failures[code]
    expect(reply.status).toBe(status)
    expect(await valueOf(reply)).toEqual({
      type: `urn:bellhop:${code}`,
      title,
      status,
      code,
      detail: "What happened.",
      exchange: "id-7",
    })
    expect(logged).toEqual([])
  })

  it("is problem+json that nobody stores", () => {
    expect(linesOf(problem(new GatewayError("timeout", "No.")).reply.headers)).toEqual([
      ["content-type", "application/problem+json"],
      ["cache-control", "no-store"],
    ])
  })

  it("carries the headers of the failure", () => {
    const error = new GatewayError("method_not_allowed", "No.", { headers: { allow: "GET, HEAD" } })
    expect(problem(error).reply.headers.get("allow")).toBe("GET, HEAD")
  })

  it("goes by the status of the failure itself", async () => {
    const { reply } = problem(new GatewayError("part_failed", "No.", { status: 404 }))
    expect(reply.status).toBe(404)
    expect(await valueOf(reply)).toMatchObject({ status: 404, code: "part_failed" })
  })

  it.each([
    new Error("password hunter2 at 10.0.0.5"),
    Object.assign(new Error("no"), { code: "timeout", status: 200, headers: { "x-a": "1" } }),
    "a text",
    undefined,
    null,
    { status: 418 },
  ])("gives no details of %o, which goes to the log under the same id", async (error) => {
    const { reply, logged } = problem(error)
    expect(reply.status).toBe(500)
    expect(await valueOf(reply)).toEqual({
      type: "urn:bellhop:internal",
      title: "The gateway failed",
      status: 500,
      code: "internal",
      exchange: "id-7",
    })
    expect(linesOf(reply.headers)).toHaveLength(2)
    expect(logged).toEqual([{ level: "error", message: "POST /pay failed (exchange id-7).", error }])
  })

  it("keeps causes for the log, under the same id", async () => {
    const refused = new Error("ECONNREFUSED 10.0.0.5:4003")
    const inner = new GatewayError("unreachable", 'Cannot reach service "pay".', { cause: refused })
    const { reply, logged } = problem(new GatewayError("part_failed", 'Part "pay" failed.', { cause: inner }))
    expect(reply.body).not.toContain("10.0.0.5")
    expect(reply.body).not.toContain("stack")
    expect(logged).toEqual([
      {
        level: "warn",
        message: 'POST /pay: Part "pay" failed. Cannot reach service "pay". ECONNREFUSED 10.0.0.5:4003 (exchange id-7)',
      },
    ])
  })
})
