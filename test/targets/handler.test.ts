import { describe, expect, it } from "vitest"

import { handler, type HandlerExchange } from "../../src/targets/handler.ts"
import { type Asked, exchange, failureOf, linesOf, textOf, tools, valueOf } from "../support/exchange.ts"
import { built, problemsOf } from "./checked.ts"

type Answer = (request: Request, exchange: HandlerExchange) => unknown

const run = async (answer: Answer, asked: Asked = {}) => built(handler, { handler: answer }, tools())(exchange(asked))

describe("handler", () => {
  it("answers with a Response as it is", async () => {
    const reply = await run(
      () => new Response("made", { status: 201, headers: { "x-a": "1", "content-type": "text/x" } }),
    )
    expect([reply.status, await textOf(reply.body)]).toEqual([201, "made"])
    expect(linesOf(reply.headers).sort()).toEqual([
      ["content-type", "text/x"],
      ["x-a", "1"],
    ])
  })

  it("answers with a value as JSON, also one that comes later", async () => {
    expect(await valueOf(await run(() => ({ a: 1 })))).toEqual({ a: 1 })
    expect(await valueOf(await run(async () => ["b"]))).toEqual(["b"])
    expect(await valueOf(await run(() => "text"))).toBe("text")
  })

  it("answers with nothing when it gives nothing", async () => {
    for (const nothing of [undefined, null]) expect(await run(() => nothing)).toMatchObject({ status: 204, body: null })
  })

  it("fails with what the function throws, at once or later", async () => {
    const error = new Error("my own")
    const thrown = await failureOf(() =>
      run(() => {
        throw error
      }),
    )
    expect(thrown).toBe(error)
    expect(await failureOf(() => run(async () => Promise.reject(error)))).toBe(error)
  })

  it.each([() => () => 1, () => Symbol("s"), () => 10n, () => Response.error()])(
    "fails when %o gives what cannot be sent",
    async (answer) => {
      expect(await failureOf(() => run(answer))).toBeInstanceOf(TypeError)
    },
  )

  it("tells the function the request, and what the gateway knows beside it", async () => {
    const reply = await run(
      async (request, { id, client, params }) => ({
        method: request.method,
        url: request.url,
        header: request.headers.get("x-a"),
        body: await request.text(),
        id,
        client,
        params,
      }),
      {
        id: "id-7",
        client: "192.0.2.1",
        method: "POST",
        path: "/hello/a%20b?c=d",
        headers: { "X-A": "1" },
        body: "sent",
        params: { name: "a%20b", "*": "x/y%2Fz" },
      },
    )
    expect(await valueOf(reply)).toEqual({
      method: "POST",
      url: "http://shop.example/hello/a%20b?c=d",
      header: "1",
      body: "sent",
      id: "id-7",
      client: "192.0.2.1",
      params: { name: "a b", "*": "x/y/z" },
    })
  })

  it.each(["%", "%zz", "%c3%28", "%E0%A4%A"])(
    "has no trouble with the parameter %j, which is no escaped text",
    async (value) => {
      expect(await valueOf(await run((_, { params }) => params, { params: { name: value } }))).toEqual({ name: value })
    },
  )

  it("ends with its exchange, though its function does not", async () => {
    const asked = exchange()
    const handle = built(handler, { handler: () => new Promise<never>(() => {}) }, tools())
    const failing = failureOf(() => handle(asked))
    const error = new Error("Time is over.")
    asked.end(error)
    expect(await failing).toBe(error)
  })

  it("takes functions only", () => {
    expect(problemsOf(handler, { handler: "hello" })).toMatchObject([{ code: "E203", path: ["route", "handler"] }])
  })
})
