import { describe, expect, it } from "vitest"

import { toResponse } from "../../src/core/reply.ts"
import { reply } from "../../src/targets/reply.ts"
import { exchange, linesOf, tools } from "../support/exchange.ts"
import { built, problemsOf } from "./checked.ts"

const answer = async (options: object) => built(reply, { reply: options }, tools())(exchange())

describe("reply", () => {
  it.each([
    [{ body: "hello" }, "hello", "text/plain; charset=utf-8"],
    [{ body: "" }, "", "text/plain; charset=utf-8"],
    [{ body: { a: [1] } }, '{"a":[1]}', "application/json"],
    [{ body: null }, "null", "application/json"],
    [{ body: false }, "false", "application/json"],
    [{ body: 0 }, "0", "application/json"],
    [{ body: "<p>", headers: { "Content-Type": "text/html" } }, "<p>", "text/html"],
    [{}, null, undefined],
  ])("of %j has the body %j as %s", async (options, body, type) => {
    const made = await answer(options)
    expect([made.status, made.body, made.headers.get("content-type")]).toEqual([200, body, type])
  })

  it("has the status and the headers of the config", async () => {
    const made = await answer({ status: 503, headers: { "Retry-After": "5", "x-a": "1" } })
    expect(made.status).toBe(503)
    expect(linesOf(made.headers)).toEqual([
      ["retry-after", "5"],
      ["x-a", "1"],
    ])
  })

  it("gives each exchange headers of its own to change", async () => {
    const handle = built(reply, { reply: { headers: { "x-a": "1" } } }, tools())
    ;(await handle(exchange())).headers.set("x-a", "changed")
    expect((await handle(exchange())).headers.get("x-a")).toBe("1")
  })

  it.each([200, 204, 205, 304, 599])("can be sent with the status %i", async (status) => {
    expect(toResponse(await answer({ status, body: "x" })).status).toBe(status)
  })

  it.each([
    [{ status: 199 }, "E204", "status"],
    [{ status: 600 }, "E204", "status"],
    [{ status: "200" }, "E203", "status"],
    [{ body: () => "x" }, "E203", "body"],
    [{ body: 10n }, "E203", "body"],
    [{ headers: { "a b": "1" } }, "E204", "headers"],
    [{ headers: { a: "1\r\nb: 2" } }, "E204", "headers"],
    [{ headers: { a: 5 } }, "E203", "headers"],
  ])("of %o is refused when the config is read", (options, code, field) => {
    const [problem, ...more] = problemsOf(reply, { reply: options })
    expect(more).toEqual([])
    expect(problem).toMatchObject({ code })
    expect(problem?.path.slice(0, 3)).toEqual(["route", "reply", field])
  })
})
