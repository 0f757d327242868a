import { describe, expect, it } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import type { Handler } from "../../../src/core/handler.ts"
import { jsonReply } from "../../../src/core/reply.ts"
import { type Answer, textOf } from "../../support/exchange.ts"
import { held, settle } from "../aggregated.ts"
import { aggregating, answering } from "./aggregating.ts"

const compensationsOf = ({ body }: { body: unknown }): unknown => (body as { compensations?: unknown }).compensations
const down: Answer = () => Promise.reject(new GatewayError("unreachable", 'Cannot reach service "s".'))

const reserve = { call: "stock POST /reservations", compensate: "stock DELETE /reservations/:reserve.id" }
const charge = { call: "pay POST /charge", needs: ["reserve"] }

/** A stock whose reservations have numbers. */
function stock(remove: Handler = answering(204, "")): Answer {
  let last = 0
  return (asked) => {
    if (asked.method !== "POST") return remove(asked)
    return jsonReply({ id: ++last })
  }
}

describe("compensate", () => {
  it("undoes a part that was done when the whole fails, and says so", async () => {
    const { ask, called, logged } = aggregating(
      { aggregate: { reserve, charge } },
      { stock: stock(), pay: answering(402) },
    )
    const got = await ask({ method: "POST" })
    expect(got).toMatchObject({ status: 402, body: { code: "part_failed", errors: [{ part: "charge", status: 402 }] } })
    expect(compensationsOf(got)).toEqual([{ part: "reserve", status: 204 }])
    expect(called()).toEqual(["stock POST /reservations", "pay POST /charge", "stock DELETE /reservations/1"])
    expect(logged).toEqual([])
  })

  it("leaves a part alone that failed, was skipped, or when nothing fails", async () => {
    const fine = aggregating({ aggregate: { reserve, charge } }, { stock: stock(), pay: answering(200) })
    expect(await fine.ask({ method: "POST" })).toMatchObject({ status: 200 })
    expect(fine.called()).toHaveLength(2)
    const failed = aggregating({ aggregate: { reserve } }, { stock: answering(500) })
    const got = await failed.ask({ method: "POST" })
    expect([got.status, compensationsOf(got)]).toEqual([500, undefined])
    expect(failed.called()).toHaveLength(1)
    const skipped = aggregating(
      { aggregate: { reserve: { ...reserve, when: () => false }, charge } },
      { stock: stock(), pay: answering(402) },
    )
    expect(compensationsOf(await skipped.ask({ method: "POST" }))).toBeUndefined()
  })

  it("undoes the last first, one after the other, whichever was done first", async () => {
    const [a, b] = [held(), held()]
    const undone = held()
    const { ask, called } = aggregating(
      {
        aggregate: {
          a: { call: "a POST /", compensate: "undo DELETE /a" },
          b: { call: "b POST /", compensate: "undo DELETE /b" },
          c: { call: "c POST /", needs: ["a", "b"] },
        },
      },
      { a: a.answer, b: b.answer, c: answering(409), undo: undone.answer },
    )
    const got = ask({ method: "POST" })
    await settle()
    b.reply(1)
    await settle()
    a.reply(1)
    await undone.asked
    expect(called().slice(3)).toEqual(["undo DELETE /b"])
    undone.reply(null)
    expect(compensationsOf(await got)).toEqual([
      { part: "b", status: 200 },
      { part: "a", status: 200 },
    ])
    expect(called().slice(3)).toEqual(["undo DELETE /b", "undo DELETE /a"])
  })

  it("waits for a call that is under way, to undo it if it is done after all", async () => {
    const slow = held()
    const parts = { bad: "bad POST /", reserve }
    const { ask, called } = aggregating({ aggregate: parts }, { bad: down, stock: slow.answer })
    const got = ask({ method: "POST" })
    const asked = await slow.asked
    await settle()
    expect(asked.isOver).toBe(false)
    slow.reply({ id: 9 })
    await settle()
    expect(compensationsOf(await got)).toEqual([{ part: "reserve", status: 200 }])
    expect(called().at(-1)).toBe("stock DELETE /reservations/9")
  })

  it("takes a body, which is made of the answers and the part itself, and goes on behalf of the client", async () => {
    const { ask, calls } = aggregating(
      {
        aggregate: {
          user: "user GET /",
          reserve: {
            call: "stock POST /",
            needs: ["user"],
            compensate: {
              call: "stock POST /cancel/:user.id?of=:reserve.id",
              body: (parts: object, request: { params: object }) => ({ parts, params: request.params }),
            },
          },
          charge,
        },
      },
      { user: { json: { id: 7 } }, stock: stock(), pay: answering(402) },
    )
    await ask({ method: "POST", body: '{"client":1}', params: { x: "1" }, headers: { authorization: "Bearer x" } })
    const undo = calls.at(-1)?.exchange
    expect([undo?.rawPath, undo?.search, undo?.headers.get("authorization")]).toEqual([
      "/cancel/7",
      "?of=1",
      "Bearer x",
    ])
    expect(JSON.parse(await textOf(undo?.body))).toEqual({
      parts: { user: { id: 7 }, reserve: { id: 1 } },
      params: { x: "1" },
    })
  })

  it("sends no body of the client", async () => {
    const part = { ...reserve, compensate: "stock POST /cancel" }
    const { ask, calls } = aggregating({ aggregate: { reserve: part, charge } }, { stock: stock(), pay: down })
    await ask({ method: "POST", body: '{"client":1}' })
    expect(calls.at(-1)?.exchange.body).toBeNull()
  })

  it("says what could not be undone, to the client and as an error to the log, and undoes the others", async () => {
    const parts = {
      a: { call: "a POST /", compensate: "undo DELETE /a" },
      b: { call: "a POST /", compensate: "undo DELETE /:b.id" },
      c: { call: "a POST /", compensate: "down DELETE /" },
      d: { call: "a POST /", compensate: "undo DELETE /d" },
      last: { call: "bad POST /", needs: ["a", "b", "c", "d"] },
    }
    const undo: Answer = (asked) => answering(asked.path === "/a" ? 500 : 302)()
    const { ask, logged } = aggregating({ aggregate: parts }, { a: { json: {} }, undo, down, bad: answering(409) })
    expect(compensationsOf(await ask({ method: "POST" }))).toEqual([
      { part: "d", error: "answered 302" },
      { part: "c", error: 'failed: Cannot reach service "s"' },
      { part: "b", error: 'needs ":b.id", which is not there' },
      { part: "a", status: 500 },
    ])
    expect(logged.map(({ level, message }) => [level, message])).toEqual([
      ["error", 'Part "d" was not undone: its compensation answered 302 (exchange test-1).'],
      ["error", 'Part "c" was not undone: its compensation failed: Cannot reach service "s" (exchange test-1).'],
      ["error", 'Part "b" was not undone: its compensation needs ":b.id", which is not there (exchange test-1).'],
      ["error", 'Part "a" was not undone: its compensation answered 500 (exchange test-1).'],
    ])
  })

  it("takes any answer that says that it is done, whatever is in it", async () => {
    const { ask } = aggregating(
      { aggregate: { reserve, charge } },
      { stock: stock(answering(200, "<p>", { "content-type": "text/html" })), pay: answering(402) },
    )
    expect(compensationsOf(await ask({ method: "POST" }))).toEqual([{ part: "reserve", status: 200 }])
  })

  it("undoes what was done when the response cannot be made", async () => {
    const response = (): never => {
      throw new Error("x")
    }
    const { ask } = aggregating({ aggregate: { reserve }, response }, { stock: stock() })
    const got = await ask({ method: "POST" })
    expect([got.status, compensationsOf(got)]).toEqual([500, [{ part: "reserve", status: 204 }]])
  })

  it("undoes each item of a list that was done, also when the list itself fails", async () => {
    const services = (fails: boolean): Record<string, Answer> => ({
      stock: (asked) => {
        if (asked.method === "DELETE") return answering(204, "")()
        return fails && asked.path === "/3" ? answering(409)() : jsonReply({ id: `r${asked.path.slice(1)}` })
      },
      pay: answering(402),
    })
    const parts = {
      items: { call: "stock POST /:item", forEach: "body.ids", compensate: "stock DELETE /:items.id/:item" },
      charge: { call: "pay POST /", needs: ["items"] },
    }
    for (const fails of [false, true]) {
      const { ask, called } = aggregating({ aggregate: parts }, services(fails))
      const got = await ask({ method: "POST", body: '{"ids":[1,2,3]}' })
      expect(got.status).toBe(fails ? 409 : 402)
      const done = fails ? [1, 0] : [2, 1, 0]
      expect(compensationsOf(got)).toEqual(done.map((index) => ({ part: `items[${index}]`, status: 204 })))
      expect(called().slice(-done.length)).toEqual(done.map((index) => `stock DELETE /r${index + 1}/${index + 1}`))
    }
  })

  it("undoes what an aggregate inside a part did, when that fails and when the whole fails", async () => {
    const inner = (last: string) => ({ aggregate: { reserve, last: { call: `${last} POST /`, needs: ["reserve"] } } })
    const whole = aggregating(
      { aggregate: { order: inner("fine"), charge: { call: "pay POST /", needs: ["order"] } } },
      { stock: stock(), fine: { json: 1 }, pay: answering(402) },
    )
    expect(compensationsOf(await whole.ask({ method: "POST" }))).toEqual([{ part: "order.reserve", status: 204 }])
    const optional = aggregating(
      { aggregate: { order: { ...inner("pay"), required: false } } },
      { stock: stock(), pay: answering(402) },
    )
    expect((await optional.ask({ method: "POST" })).text).toBe('{"order":null}')
    expect(optional.called().at(-1)).toBe("stock DELETE /reservations/1")
  })
})
