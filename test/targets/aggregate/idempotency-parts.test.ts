import { describe, expect, it } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import type { Handler } from "../../../src/core/handler.ts"
import { jsonReply } from "../../../src/core/reply.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { aggregate } from "../../../src/targets/aggregate.ts"
import { type Asked, exchange, tools } from "../../support/exchange.ts"
import { built } from "../checked.ts"

const header = "idempotency-key"

/** An aggregate whose services all answer with what they are sent, and the keys that each call came with. */
function shop(route: object, services: Record<string, Handler> = {}) {
  const keys: string[] = []
  const told =
    (answer: Handler): Handler =>
    (asked) => {
      keys.push(`${asked.method} ${asked.path} ${asked.headers.get(header) ?? "no key"}`)
      return answer(asked)
    }
  const all = { cart: () => jsonReply({ items: [1, 2, 2] }), payment: () => jsonReply({}), stock: () => jsonReply({}) }
  const given = Object.entries({ ...all, ...services }).map(([name, answer]) => [name, told(answer)] as const)
  const handle = built(aggregate, route, tools({ services: Object.fromEntries(given) }))
  return {
    keys,
    ask: async (asked: Asked = {}) =>
      handle(exchange({ method: "POST", body: "{}", headers: { [header]: "k" }, ...asked })),
  }
}

describe("the idempotency of an aggregate", () => {
  it("is on where a part may change something, and off where none does, or by `false`", async () => {
    const charge = { charge: "payment POST /charge" }
    for (const [route, replays] of [
      [{ aggregate: charge }, true],
      [{ aggregate: { charge: { service: "payment", request: () => ({ method: "PUT", path: "/" }) } } }, true],
      [{ aggregate: { outer: { aggregate: charge } } }, true],
      [{ aggregate: charge, idempotency: false }, false],
      [{ aggregate: { cart: "cart GET /cart" } }, false],
      [{ aggregate: { cart: "cart GET /cart" }, idempotency: {} }, true],
    ] as const) {
      const { ask } = shop(route)
      await ask()
      expect([route, (await ask()).headers.has("x-bellhop-replayed")]).toEqual([route, replays])
    }
  })

  it("gives the key to the one call that changes something, as it is, and to no other", async () => {
    const { ask, keys } = shop({
      aggregate: { cart: "cart GET /cart", charge: { call: "payment POST /charge", needs: ["cart"] } },
    })
    await ask()
    expect(keys).toEqual(["GET /cart no key", "POST /charge k"])
    await ask({ headers: { [header]: "other" }, method: "GET", body: "" })
    expect(keys.slice(2)).toEqual(["GET /cart no key", "POST /charge other"])
  })

  it("gives several calls to one service a key each, the same for the same request", async () => {
    const route = {
      aggregate: {
        hold: { call: "stock POST /hold", compensate: "stock DELETE /hold" },
        note: "stock PUT /note",
        charge: { call: "payment POST /charge", needs: ["hold", "note"] },
      },
    }
    const failing: Handler = () => ({ status: 402, headers: new HeaderList(), body: "{}" })
    const expected = ["DELETE /hold k-hold-undo", "POST /charge k", "POST /hold k-hold", "PUT /note k-note"]
    for (let time = 0; time < 2; time++) {
      const { ask, keys } = shop(route, { payment: failing })
      await expect(ask()).rejects.toMatchObject({ status: 402 })
      expect(keys.toSorted()).toEqual(expected)
    }
  })

  it("gives every item of a list a key of its own, also when two items are the same", async () => {
    const { ask, keys } = shop({
      aggregate: {
        cart: "cart GET /cart",
        holds: { call: "stock POST /hold/:item", forEach: "cart.items", needs: ["cart"] },
      },
    })
    await ask()
    expect(keys.slice(1).toSorted()).toEqual([
      "POST /hold/1 k-holds[0]",
      "POST /hold/2 k-holds[1]",
      "POST /hold/2 k-holds[2]",
    ])
  })

  it("uses the header that it is told", async () => {
    const sent: (string | undefined)[] = []
    const payment: Handler = ({ headers }) => {
      sent.push(headers.get("x-once"), headers.get(header))
      return jsonReply({})
    }
    const route = { aggregate: { charge: "payment POST /charge" }, idempotency: { header: "X-Once" } }
    const { ask } = shop(route, { payment })
    await ask({ headers: { "x-once": "k" } })
    expect((await ask({ headers: { "x-once": "k" } })).headers.has("x-bellhop-replayed")).toBe(true)
    expect(sent).toEqual(["k", undefined])
  })

  it("tells who sends it again of every part that failed, and does nothing again", async () => {
    const { ask, keys } = shop(
      {
        aggregate: {
          hold: { call: "stock POST /hold", compensate: "stock DELETE /hold" },
          charge: { call: "payment POST /charge", needs: ["hold"] },
        },
      },
      { payment: () => ({ status: 503, headers: new HeaderList(["retry-after", "3"]), body: "{}" }) },
    )
    const failures: GatewayError[] = []
    for (let time = 0; time < 2; time++) await ask().catch((error: GatewayError) => failures.push(error))
    const [first, again] = failures
    expect(first).toMatchObject({ code: "part_failed", status: 503 })
    expect(again).toMatchObject({ code: "part_failed", status: 503, message: first?.message, members: first?.members })
    expect(again?.headers).toEqual({ "x-bellhop-replayed": "true" })
    expect(again?.members).toMatchObject({
      errors: [{ part: "charge", status: 503 }],
      compensations: [{ part: "hold" }],
    })
    expect(keys).toHaveLength(3)
  })

  it("lets the same key try again when the first try came to nothing", async () => {
    let isUp = false
    const { ask, keys } = shop(
      { aggregate: { cart: "cart GET /cart", charge: { call: "payment POST /charge", needs: ["cart"] } } },
      {
        cart: () => {
          if (isUp) return jsonReply({})
          throw new GatewayError("unreachable", "No.", { sent: false })
        },
      },
    )
    await expect(ask()).rejects.toMatchObject({ code: "part_failed" })
    isUp = true
    expect((await ask()).status).toBe(200)
    expect(keys).toEqual(["GET /cart no key", "GET /cart no key", "POST /charge k"])
  })
})
