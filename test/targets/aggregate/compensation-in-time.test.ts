import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { jsonReply } from "../../../src/core/reply.ts"
import { type Answer, exchange } from "../../support/exchange.ts"
import { held } from "../aggregated.ts"
import { aggregating, answering } from "./aggregating.ts"

const compensationsOf = ({ body }: { body: unknown }): unknown => (body as { compensations?: unknown }).compensations

const reserve = { call: "stock POST /reservations", compensate: "stock DELETE /reservations/:reserve.id" }
const charge = { call: "pay POST /charge", needs: ["reserve"] }

const stock = (): Answer => (asked) => (asked.method === "POST" ? jsonReply({ id: 1 }) : answering(204, "")())

describe("compensate, in time", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    vi.advanceTimersByTime(100)
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  it("undoes what was done when the time of the whole is over", async () => {
    const pay = held()
    const { handle, called } = aggregating({ aggregate: { reserve, charge } }, { stock: stock(), pay: pay.answer })
    const one = exchange({ method: "POST" })
    one.limit(1000)
    const failing = handle(one).catch((error: unknown) => error)
    await pay.asked
    await vi.advanceTimersByTimeAsync(1100)
    expect(await failing).toMatchObject({
      code: "timeout",
      status: 504,
      message: "No answer within 1s.",
      members: { compensations: [{ part: "reserve", status: 204 }] },
    })
    expect(called().at(-1)).toBe("stock DELETE /reservations/1")
    one.settled()
  })

  it("tries again as often as it may, each time as long as it may", async () => {
    const compensate = { call: "slow DELETE /", timeout: "2s", retry: 1 }
    const slow: Answer = () => new Promise(() => undefined)
    const { ask, called } = aggregating(
      { aggregate: { reserve: { ...reserve, compensate }, charge } },
      { stock: stock(), slow, pay: answering(402) },
    )
    const got = ask({ method: "POST" })
    await vi.advanceTimersByTimeAsync(8000)
    expect(compensationsOf(await got)).toEqual([{ part: "reserve", error: "failed: No answer within 2s" }])
    expect(called().slice(2)).toEqual(["slow DELETE /", "slow DELETE /"])
  })

  it("gives up after ten seconds where nothing is said", async () => {
    const slow: Answer = () => new Promise(() => undefined)
    const { ask } = aggregating(
      { aggregate: { reserve: { ...reserve, compensate: "slow DELETE /" }, charge } },
      { stock: stock(), slow, pay: answering(402) },
    )
    const got = ask({ method: "POST" })
    await vi.advanceTimersByTimeAsync(11_000)
    expect(compensationsOf(await got)).toEqual([{ part: "reserve", error: "failed: No answer within 10s" }])
  })

  it("does not wait for a body that is never made", async () => {
    const compensate = { call: "stock DELETE /", body: () => new Promise(() => undefined), timeout: "1s" }
    const { ask } = aggregating(
      { aggregate: { reserve: { ...reserve, compensate }, charge } },
      { stock: stock(), pay: answering(402) },
    )
    const got = ask({ method: "POST" })
    await vi.advanceTimersByTimeAsync(3000)
    expect(compensationsOf(await got)).toMatchObject([
      { part: "reserve", error: expect.stringContaining("No answer within 2s") },
    ])
  })
})
