import { describe, expect, it } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import { exchange, textOf } from "../../support/exchange.ts"
import { held, settle } from "../aggregated.ts"
import { aggregating, answering } from "./aggregating.ts"

const gone = (): GatewayError => new GatewayError("client_gone", "The client went away.")

const order = {
  reserve: { call: "stock POST /", compensate: "stock DELETE /" },
  charge: { call: "pay POST /", needs: ["reserve"] },
  receipt: "receipts GET /:charge.id",
}

describe("onAbort", () => {
  it("brings to its end what was begun when the client leaves, and the answer is there for who asks again", async () => {
    const [stock, pay] = [held(), held()]
    const { handle, called } = aggregating(
      { aggregate: order },
      { stock: stock.answer, pay: pay.answer, receipts: { json: "receipt" } },
    )
    const one = exchange({ method: "POST" })
    const answer = handle(one)
    const asked = await stock.asked
    one.end(gone())
    expect(asked.isOver).toBe(false)
    stock.reply({ id: 1 })
    await pay.asked
    pay.reply({ id: 2 })
    expect(await textOf((await answer).body)).toBe('{"reserve":{"id":1},"charge":{"id":2},"receipt":"receipt"}')
    expect(called()).toEqual(["stock POST /", "pay POST /", "receipts GET /2"])
  })

  it("undoes what was done when something fails after the client has left", async () => {
    const pay = held()
    const { handle, called } = aggregating(
      { aggregate: order },
      { stock: answering(200), pay: pay.answer, receipts: { json: 1 } },
    )
    const one = exchange({ method: "POST" })
    const answer = handle(one).catch((error: unknown) => error)
    await pay.asked
    one.end(gone())
    pay.fail(new GatewayError("unreachable", "No."))
    expect(await answer).toMatchObject({
      code: "part_failed",
      members: { compensations: [{ part: "reserve", status: 200 }] },
    })
    expect(called().at(-1)).toBe("stock DELETE /")
  })

  it("cancels everything when the client leaves before anything was begun that changes something", async () => {
    const cart = held()
    const { handle, called } = aggregating(
      { aggregate: { cart: "cart GET /", charge: "pay POST /" } },
      { cart: cart.answer, pay: { json: 1 } },
    )
    const one = exchange({ method: "POST" })
    const answer = handle(one).catch((error: unknown) => error)
    const asked = await cart.asked
    one.end(gone())
    expect(await answer).toMatchObject({ code: "client_gone" })
    expect(asked.isOver).toBe(true)
    cart.reply(1)
    await settle()
    expect(called()).toEqual(["cart GET /"])
  })

  it("cancels what is under way, and undoes what was done, when the config says so", async () => {
    const pay = held()
    const { handle, called } = aggregating(
      { aggregate: order, onAbort: "cancel" },
      { stock: answering(200), pay: pay.answer, receipts: { json: 1 } },
    )
    const one = exchange({ method: "POST" })
    const answer = handle(one).catch((error: unknown) => error)
    const asked = await pay.asked
    one.end(gone())
    expect(asked.isOver).toBe(true)
    expect(await answer).toMatchObject({ code: "client_gone", members: { compensations: [{ part: "reserve" }] } })
    expect(called()).toEqual(["stock POST /", "pay POST /", "stock DELETE /"])
  })

  it("does not go on without a client whose time is over", async () => {
    const pay = held()
    const { handle } = aggregating({ aggregate: { charge: "pay POST /" } }, { pay: pay.answer })
    const one = exchange({ method: "POST" })
    const answer = handle(one).catch((error: unknown) => error)
    const asked = await pay.asked
    one.end(new GatewayError("timeout", "Over."))
    expect(await answer).toMatchObject({ code: "timeout" })
    expect(asked.isOver).toBe(true)
  })
})
