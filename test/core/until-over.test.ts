import { describe, expect, it } from "vitest"

import { jsonReply } from "../../src/core/reply.ts"
import { untilOver } from "../../src/core/until-over.ts"
import { exchange, failureOf } from "../support/exchange.ts"

describe("untilOver()", () => {
  it("hands on an answer that is there at once as it is", () => {
    const reply = jsonReply("ok")
    expect(untilOver(() => reply)(exchange())).toBe(reply)
  })

  it("waits for an answer, and for a failure", async () => {
    const reply = jsonReply("ok")
    const error = new Error("no")
    expect(await untilOver(async () => reply)(exchange())).toBe(reply)
    expect(await failureOf(() => untilOver(() => Promise.reject(error))(exchange()))).toBe(error)
  })

  it("ends with the exchange, whatever the handler waits for", async () => {
    const asked = exchange()
    const failing = failureOf(() => untilOver(() => new Promise<never>(() => {}))(asked))
    const error = new Error("The client went away.")
    asked.end(error)
    expect(await failing).toBe(error)
  })
})
