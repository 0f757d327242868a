import { describe, expect, it } from "vitest"

import { check } from "../../src/config/check.ts"
import type { Reply } from "../../src/core/reply.ts"
import { compile } from "../../src/gateway/compile.ts"
import { type Answer, exchange, linesOf, tools, valueOf } from "../support/exchange.ts"

type Entry = { status: number; headers: Record<string, string>; body: unknown }

/** A gateway whose route for batches asks these routes; with what it counted and whom it asked. */
function gateway(
  routes: Record<string, unknown>,
  open: string[],
  more: object = {},
  mocks: Record<string, Answer> = {},
) {
  const services = Object.fromEntries(Object.keys(mocks).map((name) => [name, {}]))
  const { config, problems } = check({
    services,
    routes: { ...routes, "POST /batch": { batch: { routes: open, concurrency: 1 } } },
    ...more,
  })
  const wrong = problems.filter(({ code }) => code !== "E504")
  if (wrong.length > 0) throw new Error(wrong.map(({ message }) => message).join(" "))
  const ground = tools({ mocks })
  const made = compile(config, ground)
  const counted: string[] = []
  const send = (requests: unknown, headers: Record<string, string> = {}, host?: string): Reply | Promise<Reply> =>
    made.answer(
      exchange({
        id: "b",
        method: "POST",
        path: "/batch",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(requests),
        ...(host ? { host } : {}),
      }),
      (route, status) => counted.push(`${route} ${status}`),
    )
  return {
    counted,
    calls: ground.calls,
    send,
    ask: async (...given: Parameters<typeof send>) =>
      ((await valueOf(await send(...given))) as { responses: Entry[] }).responses,
  }
}

const fixed = (body: unknown): object => ({ reply: { body } })

const codes = (entries: Entry[]): unknown[] =>
  entries.map(({ status, body }) => [status, (body as { code?: string } | null)?.code ?? body])

describe("a batch in a gateway", () => {
  it("asks the routes that it lists, each with the policies of its own", async () => {
    const { ask } = gateway(
      {
        "GET /a": { ...fixed("a"), headers: { response: { set: { "x-policy": "a" } } } },
        "POST /b": { ...fixed("b"), bodyLimit: "8b" },
        "GET /slow": { handler: () => new Promise(() => {}), timeout: "20ms" },
      },
      ["GET /a", "POST /b", "GET /slow"],
    )
    const found = await ask([
      { path: "/a" },
      { method: "POST", path: "/b", body: "short" },
      { method: "POST", path: "/b", body: "longer than allowed" },
      { path: "/slow" },
      { method: "HEAD", path: "/a" },
    ])
    expect(codes(found)).toEqual([
      [200, "a"],
      [200, "b"],
      [413, "body_too_large"],
      [504, "timeout"],
      [200, null],
    ])
    expect(found[0]?.headers).toMatchObject({ "x-policy": "a", "x-request-id": "b-1" })
  })

  it("has 403 for routes that it does not list, and what the gateway itself answers where there is none", async () => {
    const { ask, calls } = gateway(
      { "GET /a": fixed("a"), "GET /a/:id": fixed("id"), "GET /secret": "inner", "/any/*": fixed("any") },
      ["GET /a"],
      {},
      { inner: { json: "secret" } },
    )
    expect(
      codes(
        await ask([
          { path: "/secret" },
          { path: "/a/1" },
          { path: "/any/thing" },
          { path: "/nowhere" },
          { method: "PUT", path: "/a" },
          { method: "OPTIONS", path: "/a" },
          { method: "POST", path: "/batch", body: [{ path: "/a" }] },
          { path: "/a" },
        ]),
      ),
    ).toEqual([
      [403, "not_in_batch"],
      [403, "not_in_batch"],
      [403, "not_in_batch"],
      [404, "route_not_found"],
      [405, "method_not_allowed"],
      [204, null],
      [403, "not_in_batch"],
      [200, "a"],
    ])
    expect(calls).toEqual([])
  })

  it("goes by the one canonical path", async () => {
    const { ask } = gateway(
      { "GET /a/:id": { handler: (_: Request, { params }: { params: unknown }) => params }, "GET /secret": fixed(1) },
      ["GET /a/:id"],
    )
    expect(
      codes(
        await ask(
          [
            "//a//%41",
            "/secret/../a/1",
            "/a/..%2Fsecret",
            "/a/%2e%2e",
            "//host/a/1",
            "/s%65cret",
            "/a/%00",
            "/a/%zz",
            "/a\\b",
          ].map((path) => ({ path })),
        ),
      ),
    ).toEqual([
      [200, { id: "A" }],
      [400, "bad_path"],
      [400, "bad_path"],
      [400, "bad_path"],
      [404, "route_not_found"],
      [403, "not_in_batch"],
      [400, "bad_path"],
      [400, "bad_path"],
      [400, "bad_path"],
    ])
  })

  it("reads paths as the config has it, and forwards what it says", async () => {
    const asked = async (forward: string): Promise<unknown[]> => {
      const { ask, calls } = gateway(
        { "GET /a/:id": "inner" },
        ["GET /a/:id"],
        { services: { inner: { mock: "mock" } }, paths: { doubleSlash: "refuse", forward } },
        { inner: { json: 1 } },
      )
      const found = await ask([{ path: "//a/1" }, { path: "/a/%41?q=%41" }])
      return [codes(found), ...calls.map(({ exchange: { rawPath, search } }) => rawPath + search)]
    }
    const answers = [
      [400, "bad_path"],
      [200, 1],
    ]
    expect(await asked("sent")).toEqual([answers, "/a/%41?q=%41"])
    expect(await asked("canonical")).toEqual([answers, "/a/A?q=%41"])
  })

  it("asks for the host that it was asked at", async () => {
    const { ask } = gateway({ "GET api.example/a": fixed("api"), "GET /a": fixed("any") }, ["GET api.example/a"])
    expect(codes(await ask([{ path: "/a" }], {}, "api.example:8080"))).toEqual([[200, "api"]])
    expect(codes(await ask([{ path: "/a" }], {}, "other.example"))).toEqual([[403, "not_in_batch"]])
  })

  it("chooses among the choices of a route by what each request says", async () => {
    const { ask } = gateway(
      {
        "GET /a": [
          { when: { header: { "x-beta": true } }, ...fixed("beta") },
          { when: { cookie: { s: "1" } }, ...fixed("s") },
          fixed("a"),
        ],
      },
      ["GET /a"],
    )
    const found = await ask(
      [{ path: "/a", headers: { "X-Beta": "1" } }, { path: "/a" }, { path: "/a", headers: { cookie: "s=2" } }],
      {
        cookie: "s=1",
      },
    )
    expect(codes(found)).toEqual([
      [200, "beta"],
      [200, "s"],
      [200, "a"],
    ])
  })

  it("counts each request under its own route, and those of no route under none", async () => {
    const { send, counted } = gateway({ "GET /a": fixed("a"), "GET /b": fixed("b") }, ["GET /a"])
    await send([{ path: "/a" }, { path: "/b" }, { path: "/a" }, { path: "/c" }])
    expect(counted).toEqual(["GET /a 200", " 403", "GET /a 200", " 404", "POST /batch 200"])
  })

  it("keeps what policies say of an answer in its entry, and that of the batch to the batch", async () => {
    const { send } = gateway({ "GET /a": fixed("a") }, ["GET /a"])
    const reply = await send([{ path: "/a" }, { path: "http://nonsense" }], { "x-request-id": "mine" })
    expect(linesOf(reply.headers).filter(([name]) => name === "x-request-id")).toEqual([["x-request-id", "mine"]])
    const { responses } = (await valueOf(reply)) as { responses: Entry[] }
    expect(responses[0]?.headers["x-request-id"]).toBe("mine-1")
    expect(responses[1]?.body).toMatchObject({ exchange: "mine-2" })
  })

  it("cannot be asked for by a batch, not even by itself", () => {
    expect(() => gateway({ "GET /a": fixed("a") }, ["GET /a", "POST /batch"])).toThrow(/batches do not ask batches/)
    expect(() =>
      gateway(
        {
          "POST /other": [{ when: { header: { a: true } }, batch: { routes: ["GET /a"] } }, fixed("b")],
          "GET /a": fixed(1),
        },
        ["POST /other"],
      ),
    ).toThrow(/"POST \/other" is a batch itself/)
  })

  it("has no WebSockets", async () => {
    const { ask } = gateway(
      { "GET /a": "inner" },
      ["GET /a"],
      { services: { inner: { mock: "mock" } } },
      { inner: { json: 1 } },
    )
    const found = await ask([
      { path: "/a", headers: { upgrade: "websocket" } },
      { path: "/a", headers: { connection: "upgrade" } },
      { path: "/a", headers: { "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" } },
    ])
    expect(found.map(({ status }) => status)).toEqual([400, 400, 400])
  })
})
