import { afterEach, describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import { exchange } from "../../support/exchange.ts"
import { held } from "../aggregated.ts"
import { aggregating } from "./aggregating.ts"

const gone = (): GatewayError => new GatewayError("client_gone", "The client went away.")

describe("onAbort, in time", () => {
  afterEach(() => void vi.useRealTimers())

  it("keeps the deadline after the client has left", async () => {
    vi.useFakeTimers()
    const pay = held()
    const { handle } = aggregating({ aggregate: { charge: "pay POST /" } }, { pay: pay.answer })
    const one = exchange({ method: "POST" })
    one.limit(2000)
    const answer = handle(one).catch((error: unknown) => error)
    const asked = await pay.asked
    await vi.advanceTimersByTimeAsync(1000)
    one.end(gone())
    await vi.advanceTimersByTimeAsync(500)
    expect(asked.isOver).toBe(false)
    await vi.advanceTimersByTimeAsync(1000)
    expect(asked.isOver).toBe(true)
    expect(await answer).toMatchObject({ code: "timeout" })
    one.settled()
    await vi.advanceTimersByTimeAsync(100)
    expect(vi.getTimerCount()).toBe(0)
  })
})
