import { describe, expect, it } from "vitest"

import { jsonReply, type Reply } from "../../src/core/reply.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { failureOf, linesOf, textOf } from "../support/exchange.ts"
import { byHand, echo, endless, paths, settle, setUp } from "./batch/batched.ts"

describe("batch", () => {
  it("answers each request in an entry of its own, in the order of the requests", async () => {
    const { ask } = setUp(({ method, path }) =>
      path === "/none" ? { status: 204, headers: new HeaderList(), body: null } : jsonReply({ method, path }, 201),
    )
    const reply = await ask([
      { id: "a", path: "/a?x=1" },
      { method: "DELETE", path: "/b" },
      { id: "c", path: "/none" },
    ])
    expect([reply.status, linesOf(reply.headers)]).toEqual([
      200,
      [
        ["content-type", "application/json"],
        ["cache-control", "no-store"],
      ],
    ])
    const json = '"headers":{"content-type":"application/json"}'
    expect(await textOf(reply.body)).toBe(
      `{"responses":[{"id":"a","status":201,${json},"body":{"method":"GET","path":"/a"}},` +
        `{"id":1,"status":201,${json},"body":{"method":"DELETE","path":"/b"}},` +
        '{"id":"c","status":204,"headers":{},"body":null}]}',
    )
  })

  it("answers a batch of nothing with nothing", async () => {
    const { ask, asked } = setUp(echo)
    expect(await textOf((await ask([])).body)).toBe('{"responses":[]}')
    expect(asked()).toEqual([])
  })

  it("has the same bytes however the answers arrive", async () => {
    const seen = new Set<string>()
    for (let turn = 0; turn < 4; turn++) {
      const { answer, reply } = byHand()
      const answers = setUp(answer).ask(paths("/0", "/1", "/2", "/3"))
      await settle()
      for (let n = 0; n < 4; n++) await reply(`/${(n * 3 + turn) % 4}`)
      seen.add(await textOf((await answers).body))
    }
    expect(seen.size).toBe(1)
  })

  it("names each request after the batch, and hands on what it inherits", async () => {
    const { ask, asked } = setUp(echo)
    await ask([{ path: "/a" }, { path: "/b", headers: { cookie: "s=2" } }], {
      cookie: "s=1",
      authorization: "Bearer a",
      "x-request-id": "r",
      "x-tenant": "t",
      host: "shop.example",
    })
    expect(asked().map(({ id, headers }) => [id, linesOf(headers)])).toEqual([
      [
        "b-1",
        [
          ["authorization", "Bearer a"],
          ["cookie", "s=1"],
          ["x-request-id", "r-1"],
        ],
      ],
      [
        "b-2",
        [
          ["authorization", "Bearer a"],
          ["cookie", "s=2"],
          ["x-request-id", "r-2"],
        ],
      ],
    ])
  })

  it("hands on what the config says, in any case", async () => {
    const { ask, asked } = setUp(echo, { inherit: ["X-Tenant"] })
    await ask(paths("/a"), { cookie: "s=1", "x-tenant": "t" })
    expect(asked().map(({ headers }) => linesOf(headers))).toEqual([[["x-tenant", "t"]]])
  })

  it("keeps cookies in the entry of their answer", async () => {
    const { ask, entries } = setUp(() => ({
      status: 200,
      headers: new HeaderList(["set-cookie", "a=1; HttpOnly", "set-cookie", "b=2"]),
      body: null,
    }))
    const reply = await ask(paths("/a"))
    expect(reply.headers.has("set-cookie")).toBe(false)
    expect((await entries(reply))[0]?.headers).toEqual({ "set-cookie": ["a=1; HttpOnly", "b=2"] })
  })

  it("gives answers to HEAD no body", async () => {
    const { reply, cancelled } = endless()
    const { ask, entries } = setUp(() => reply)
    expect((await entries(ask([{ method: "HEAD", path: "/a" }])))[0]?.body).toBeNull()
    await cancelled
  })

  it("has as many requests under way as the config says, and begins them in order", async () => {
    const { answer, paths: begun, reply } = byHand()
    const { ask, entries } = setUp(answer, { concurrency: 2 })
    const answers = ask(paths("/a", "/b", "/c", "/d"))
    await settle()
    expect(begun()).toEqual(["/a", "/b"])
    await reply("/b")
    expect(begun()).toEqual(["/a", "/b", "/c"])
    for (const path of ["/c", "/d", "/a"]) await reply(path)
    expect((await entries(answers)).map(({ body }) => body)).toEqual(["/a", "/b", "/c", "/d"])
  })

  it("goes on where a request is not valid, and where one fails", async () => {
    const broken: Reply = {
      status: 200,
      headers: new HeaderList(),
      body: new ReadableStream<Uint8Array>({ pull: () => Promise.reject(new Error("reset by 10.0.0.5")) }),
    }
    const { ask, entries, given } = setUp(({ path }) => (path === "/broken" ? broken : jsonReply(path)))
    const found = await entries(
      ask([
        { path: "http://evil.example/" },
        { id: "b", path: "/broken" },
        { path: "/c" },
        { method: "TRACE", path: "/" },
      ]),
    )
    expect(found.map(({ id, status, body }) => [id, status, (body as { code?: string }).code ?? body])).toEqual([
      [0, 400, "bad_request"],
      ["b", 502, "bad_upstream"],
      [2, 200, "/c"],
      [3, 501, "not_implemented"],
    ])
    expect(found[1]).toMatchObject({
      headers: { "content-type": "application/problem+json" },
      body: { exchange: "b-2" },
    })
    expect(JSON.stringify(found)).not.toContain("10.0.0.5")
    expect(given.logged).toMatchObject([{ level: "warn", message: expect.stringContaining("10.0.0.5") }])
  })

  it("refuses more requests than the config says, without beginning one", async () => {
    const { ask, asked } = setUp(echo, { limit: 2 })
    expect(await failureOf(() => ask(paths("/a", "/b", "/c")))).toMatchObject({ status: 400 })
    expect(asked()).toEqual([])
  })

  it("refuses a larger body than the config says, without beginning a request", async () => {
    const { ask, asked } = setUp(echo, { maxBody: "1kb" })
    expect(await failureOf(() => ask([{ path: `/${"a".repeat(1024)}` }]))).toMatchObject({ status: 413 })
    expect(asked()).toEqual([])
  })
})
