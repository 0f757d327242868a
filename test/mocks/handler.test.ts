import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { GatewayError } from "../../src/core/errors.ts"
import type { Exchange } from "../../src/core/exchange.ts"
import type { Handler } from "../../src/core/handler.ts"
import type { Reply } from "../../src/core/reply.ts"
import { readMocks } from "../../src/mocks/folder.ts"
import { fileMock, functionMock, mockHandler } from "../../src/mocks/handler.ts"
import { exchangeOf, folderOf, freshModules, textOf } from "./mock-tools.ts"

async function shop(files: Record<string, string>, source: "mock" | "fallback" = "mock"): Promise<Handler> {
  const root = folderOf(Object.fromEntries(Object.entries(files).map(([file, content]) => [`shop/${file}`, content])))
  const mocks = await readMocks(root, { importModule: freshModules(), cache: new Map() })
  expect(mocks.problems).toEqual([])
  return mockHandler(mocks.services.get("shop"), "shop", source)
}

async function failure(handler: Handler, exchange: Exchange): Promise<unknown> {
  try {
    await handler(exchange)
  } catch (error) {
    return error
  }
  throw new Error("The handler answered.")
}

const headers = (reply: Reply): Record<string, string> => Object.fromEntries(reply.headers)

describe("mockHandler()", () => {
  it("answers with the file's body, type and status, and says where it is from", async () => {
    const handler = await shop({ "charge.POST.201.json": '{ "id": 12345678901234567890,  "at": "1 2" }' })
    const reply = await handler(exchangeOf("POST", "/charge"))
    expect(reply.status).toBe(201)
    expect(headers(reply)).toEqual({
      "content-type": "application/json",
      "x-bellhop-source": "mock; file=mocks/shop/charge.POST.201.json",
    })
    expect(await textOf(reply)).toBe('{"id":12345678901234567890,"at":"1 2"}')
  })

  it("writes any file name into a header safely", async () => {
    const handler = await shop({ "naïve; a,b/[id](x).GET.json": "1", "naïve; a,b/[id].GET.json": "2" }, "fallback")
    const reply = await handler(exchangeOf("GET", "/na%C3%AFve%3B%20a%2Cb/1"))
    expect(reply.headers.get("x-bellhop-source")).toBe("fallback; file=mocks/shop/na%C3%AFve%3B%20a%2Cb/[id].GET.json")
  })

  it("gives each exchange headers of its own", async () => {
    const handler = await shop({ "cart.GET.json": "1" })
    const first = await handler(exchangeOf("GET", "/cart"))
    first.headers.set("x-changed", "yes")
    expect((await handler(exchangeOf("GET", "/cart"))).headers.has("x-changed")).toBe(false)
  })

  it("answers HEAD like GET, without the body", async () => {
    const handler = await shop({
      "cart.GET.json": "[1]",
      "fn.GET.ts": 'export default () => ({ a: "é" })',
      "web.GET.ts": 'export default () => new Response("x")',
    })
    const file = await handler(exchangeOf("HEAD", "/cart"))
    expect([file.body, file.headers.get("content-length"), file.headers.get("content-type")]).toEqual([
      null,
      "3",
      "application/json",
    ])
    const fn = await handler(exchangeOf("HEAD", "/fn"))
    expect([fn.body, fn.headers.get("content-length")]).toEqual([null, "10"])
    expect((await handler(exchangeOf("HEAD", "/web"))).body).toBeNull()
  })

  it("answers a status without a body with none, and no type for it", async () => {
    const handler = await shop({ "cart.DELETE.204.json": "" })
    const reply = await handler(exchangeOf("DELETE", "/cart"))
    expect([reply.status, reply.headers.has("content-type"), await textOf(reply)]).toEqual([204, false, ""])
  })

  it("hands functions the request, and sends what they give", async () => {
    const handler = await shop({
      "users/[id]/[...rest].POST.201.ts": `export default async (request) => ({
        method: request.method,
        path: request.path,
        params: request.params,
        query: request.query.get("q"),
        header: request.headers.get("x-a"),
        body: await request.body(),
        again: await request.body(),
        url: request.request.url,
      })`,
    })
    const reply = await handler(
      exchangeOf("POST", "/users/%C3%A9%20x/a/b%2Fc?q=1", {
        headers: { "x-a": "b", "content-type": "application/json" },
        body: '{"amount":1}',
      }),
    )
    expect([reply.status, reply.headers.get("content-type")]).toEqual([201, "application/json"])
    expect(JSON.parse(await textOf(reply))).toEqual({
      method: "POST",
      path: "/users/%C3%A9%20x/a/b%2Fc",
      params: { id: "é x", rest: "a/b/c" },
      query: "1",
      header: "b",
      body: { amount: 1 },
      again: { amount: 1 },
      url: "http://shop.example/users/%C3%A9%20x/a/b%2Fc?q=1",
    })
  })

  it("sends a Response as it is, and nothing for nothing", async () => {
    const handler = await shop({
      "web.GET.500.ts": `export default () => new Response("tea", { status: 418, headers: { "x-a": "b" } })`,
      "nothing.GET.ts": "export default () => {}",
      "accepted.GET.202.ts": "export default () => undefined",
      "text.GET.ts": 'export default () => "hello"',
    })
    const web = await handler(exchangeOf("GET", "/web"))
    expect([web.status, web.headers.get("x-a"), await textOf(web)]).toEqual([418, "b", "tea"])
    expect(web.headers.get("x-bellhop-source")).toBe("mock; file=mocks/shop/web.GET.500.ts")
    expect((await handler(exchangeOf("GET", "/nothing"))).status).toBe(204)
    expect((await handler(exchangeOf("GET", "/accepted"))).status).toBe(202)
    expect(await textOf(await handler(exchangeOf("GET", "/text")))).toBe('"hello"')
  })

  it.each([
    ["throws", 'export default () => { throw new TypeError("no such thing") }', "no such thing"],
    ["rejects", 'export default async () => { throw "just text" }', "just text"],
    ["lost", "export default () => ({ found: new Set([1]) })", '"found" is a Set, which JSON has no form for.'],
    ["twice", "const r = new Response('a'); await r.text(); export default () => r", "make a new one for each request"],
    ["status", "export default () => Response.error()", "has status 0"],
  ])("names the file of a function that fails: %s", async (name, code, reason) => {
    const handler = await shop({ [`${name}.GET.ts`]: code })
    const error = await failure(handler, exchangeOf("GET", `/${name}`))
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toBeInstanceOf(GatewayError)
    const { message, stack } = error as Error
    expect(message).toContain(`mocks/shop/${name}.GET.ts failed: `)
    expect(message).toContain(reason)
    expect(stack).toContain(message)
  })

  it("keeps the line of the mock in the stack of its failure", async () => {
    const handler = await shop({ "throws.GET.ts": 'export default () => {\n  throw new Error("x")\n}' })
    const error = (await failure(handler, exchangeOf("GET", "/throws"))) as Error
    expect(error.stack).toMatch(/shop\/throws\.GET\.ts:2:/)
  })

  it("tells the client when a JSON body is none", async () => {
    const handler = await shop({ "echo.POST.ts": "export default (request) => request.body()" })
    const send = (type: string): Exchange =>
      exchangeOf("POST", "/echo", { headers: { "content-type": type }, body: "{" })
    expect(await failure(handler, send("application/problem+json; charset=utf-8"))).toMatchObject({
      code: "bad_request",
    })
    expect(await textOf(await handler(send("text/plain")))).toBe('"{"')
  })

  it("refuses to read a body without end", async () => {
    const handler = await shop({ "echo.POST.ts": "export default (request) => request.body()" })
    const exchange = exchangeOf("POST", "/echo", { body: "x".repeat(10 * 1024 * 1024 + 1) })
    expect(await failure(handler, exchange)).toMatchObject({ code: "body_too_large", status: 413 })
  })

  it("says which file to create when there is no mock", async () => {
    const handler = await shop({ "users/[user]/orders.GET.json": "1", "products.GET.json": "1" })
    const message = async (method: string, path: string): Promise<string> => {
      const error = await failure(handler, exchangeOf(method, path))
      expect(error).toMatchObject({ code: "mock_not_found", status: 404 })
      return (error as Error).message
    }
    expect(await message("GET", "/prodcts")).toBe(
      'No mock of service "shop" answers GET /prodcts. Create mocks/shop/prodcts.GET.json. Nearest: mocks/shop/products.GET.json (GET /products).',
    )
    expect(await message("HEAD", "/users/7/carts/8")).toContain("Create mocks/shop/users/[user]/carts/[id].GET.json.")
    expect(await message("GET", "/things/1/parts/2")).toContain("Create mocks/shop/things/[id]/parts/[id2].GET.json.")
    expect(await message("POST", "/")).toBe(
      'No mock of service "shop" answers POST /. Create mocks/shop/index.POST.json.',
    )
    expect((await message("GET", `/${"a".repeat(9000)}`)).length).toBeLessThan(1000)
  })

  it("says which file to create when there are no mocks at all", async () => {
    const error = await failure(mockHandler(undefined, "user", "mock"), exchangeOf("GET", "/users/7"))
    expect((error as Error).message).toBe(
      'No mock of service "user" answers GET /users/7. Create mocks/user/users/[id].GET.json.',
    )
  })

  it("names the variants when nothing but them would answer", async () => {
    const handler = await shop({ "charge(declined).POST.402.json": "{}" })
    const error = await failure(handler, exchangeOf("POST", "/charge"))
    expect(error).toMatchObject({ code: "mock_not_found" })
    expect((error as Error).message).toContain("send the header x-bellhop-mock: declined.")
  })

  it("refuses a method that the path does not have", async () => {
    const handler = await shop({ "cart.GET.json": "1", "cart.PUT.json": "1" })
    const error = await failure(handler, exchangeOf("POST", "/cart"))
    expect(error).toMatchObject({ code: "method_not_allowed", headers: { allow: "GET, HEAD, PUT" } })
    expect((error as Error).message).toBe(
      'The mocks of service "shop" answer GET, HEAD and PUT on /cart, not POST. Create mocks/shop/cart.POST.json.',
    )
  })
})

describe("fileMock()", () => {
  const load = (root: string, file: string): ReturnType<typeof fileMock> =>
    fileMock(file, { root, importModule: freshModules() })

  it("answers any method with one file of any format", async () => {
    const root = folderOf({
      "mocks/full.507.json": '{ "error": "full" }',
      "mocks/page.html": "<p>",
      "mocks/fn.ts": "export default ({ params }) => params",
    })
    const reply = async (file: string, exchange: Exchange): Promise<Reply> => {
      const handler = await load(root, file)
      if (typeof handler !== "function") throw new Error(handler.message)
      return handler(exchange)
    }
    const full = await reply("mocks/full.507.json", exchangeOf("PATCH", "/x"))
    expect([full.status, full.headers.get("x-bellhop-source")]).toEqual([507, "mock; file=mocks/full.507.json"])
    const page = await reply("./mocks/page.html", exchangeOf("GET", "/x"))
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"])
    const exchange = exchangeOf("GET", "/x")
    exchange.params = new Map([["id", "a%20b"]])
    expect(await textOf(await reply("mocks/fn.ts", exchange))).toBe('{"id":"a b"}')
  })

  it("says what is wrong with the file", async () => {
    const root = folderOf({ "mocks/orders.json": "{", "mocks/sub/x.json": "1" })
    expect(await load(root, "mocks/orders.json")).toMatchObject({
      code: "E602",
      file: join(root, "mocks/orders.json"),
      line: 1,
      column: 2,
    })
    expect(await load(root, "mocks/oders.json")).toMatchObject({
      code: "E605",
      message: 'Cannot find mock file "mocks/oders.json". Did you mean "mocks/orders.json"?',
    })
    expect(await load(root, "mocks/sub")).toMatchObject({ code: "E605" })
    expect(await load(root, "none/at/all.json")).toMatchObject({ code: "E605" })
  })
})

describe("functionMock()", () => {
  it("answers with a function of the config", async () => {
    const exchange = exchangeOf("GET", "/x?a=1")
    exchange.params = new Map([["id", "%C3%A9"]])
    const reply = await functionMock(({ query, params }) => ({ a: query.get("a"), id: params["id"] }))(exchange)
    expect(reply.headers.get("x-bellhop-source")).toBe("mock; function")
    expect(await textOf(reply)).toBe('{"a":"1","id":"é"}')
  })

  it("says that it was the mock that failed", async () => {
    const handler = functionMock(() => {
      throw new Error("oh")
    })
    const error = await failure(handler, exchangeOf("GET", "/x"))
    expect((error as Error).message).toBe("The mock function of this route failed: oh")
  })
})
