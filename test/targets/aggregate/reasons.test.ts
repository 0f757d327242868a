import { describe, expect, it } from "vitest"

import { aggregating, answering, errorsOf } from "./aggregating.ts"

async function reasonFor(status: number, body: unknown, type = "application/json"): Promise<unknown> {
  const { ask } = aggregating(
    { aggregate: { charge: "s POST /charge" } },
    { s: answering(status, body, { "content-type": type }) },
  )
  const [error] = errorsOf(await ask())
  return (error as { reason?: string } | undefined)?.reason
}

describe("the reason of a part that was refused", () => {
  it.each([
    [{ type: "urn:x", title: "Declined", detail: "The card was declined." }, "The card was declined."],
    [{ title: "Declined", status: 402 }, "Declined"],
    [{ message: "No such user." }, "No such user."],
    [{ error: "The card was declined." }, "The card was declined."],
    [{ error: "invalid_grant", error_description: "The code is used up." }, "The code is used up."],
    [{ error: { code: 7, message: "Too little." } }, "Too little."],
  ])("is what the service says: %j", async (body, reason) => {
    expect(await reasonFor(402, body)).toBe(reason)
    expect(await reasonFor(402, body, "application/problem+json; charset=utf-8")).toBe(reason)
  })

  it.each([[{}], [[]], ["not JSON"], [""], ["null"], [{ detail: 7, error: [] }], [{ message: "" }]])(
    "is missing where the service gives none: %j",
    async (body) => {
      expect(await reasonFor(404, body)).toBeUndefined()
    },
  )

  it("is never that of a service that failed, nor of a text that is no JSON", async () => {
    expect(await reasonFor(500, { detail: "at db.ts:7" })).toBeUndefined()
    expect(await reasonFor(402, { detail: "x" }, "text/plain")).toBeUndefined()
  })

  it("is cut after 300 letters", async () => {
    expect(await reasonFor(402, { detail: "x".repeat(1000) })).toBe("x".repeat(300))
  })

  it("is not looked for in more than 64 KB", async () => {
    expect(await reasonFor(402, { detail: "x", more: "y".repeat(70_000) })).toBeUndefined()
  })
})
