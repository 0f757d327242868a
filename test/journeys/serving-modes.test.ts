import { describe, expect, it } from "vitest"

import { gateway } from "../support/gateway.ts"
import { ask } from "../support/raw.ts"
import { freePort, listener, rawUpstream, webUpstream } from "../support/upstream.ts"

const mocks = {
  "mocks/shop/cart.GET.json": '{"from":"mock"}',
  "mocks/shop/cart.POST.ts": "export default async ({ body }) => ({ got: await body() })",
}

const json = (value: unknown): string => {
  const text = JSON.stringify(value)
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`
}

describe("a service in the mode", () => {
  it('"fallback" answers from mocks while it is down, and itself as soon as it is up', async () => {
    const port = await freePort()
    await using bellhop = await gateway(
      { services: { shop: { url: `http://127.0.0.1:${port}`, mock: "fallback" } }, routes: { "/cart": "shop" } },
      { files: mocks },
    )
    const down = await ask(bellhop.url, "/cart")
    expect(down).toMatchObject({ status: 200, body: '{"from":"mock"}' })
    expect(down.get("x-bellhop-source")).toBe("fallback; file=mocks/shop/cart.GET.json")
    {
      using service = await rawUpstream(() => json({ from: "service" }), port)
      const up = await ask(bellhop.url, "/cart")
      expect(up).toMatchObject({ status: 200, body: '{"from":"service"}' })
      expect(up.get("x-bellhop-source")).toBeUndefined()
      expect(service.received).toHaveLength(1)
    }
    expect((await ask(bellhop.url, "/cart")).body).toBe('{"from":"mock"}')
  })

  it('"fallback" gives the mock the body that the service did not get', async () => {
    await using bellhop = await gateway(
      {
        services: { shop: { url: `http://127.0.0.1:${await freePort()}`, mock: "fallback" } },
        routes: { "/cart": "shop" },
      },
      { files: mocks },
    )
    for (const isChunked of [false, true]) {
      const response = await ask(bellhop.url, "/cart", {
        method: "POST",
        headers: ["Content-Type: application/json", ...(isChunked ? ["Transfer-Encoding: chunked"] : [])],
        body: isChunked ? '7\r\n{"a":1}\r\n0\r\n\r\n' : '{"a":1}',
      })
      expect([isChunked, response.status, response.body]).toEqual([isChunked, 200, '{"got":{"a":1}}'])
    }
  })

  it('"fallback" stands in for a service that hangs up or is too slow, but not for one that answers with an error', async () => {
    using hangsUp = await listener((socket) => socket.once("data", () => socket.destroy()))
    using silent = await listener(() => {})
    using failing = await rawUpstream(() => "HTTP/1.1 503 Down\r\nContent-Length: 4\r\n\r\ndown")
    await using bellhop = await gateway(
      {
        services: {
          hangsUp: { url: hangsUp.url, mock: "fallback" },
          silent: { url: silent.url, mock: "fallback", timeout: "50ms" },
          failing: { url: failing.url, mock: "fallback" },
        },
        routes: { "/hangs-up": "hangsUp", "/silent": "silent", "/failing": "failing" },
      },
      {
        files: {
          "mocks/hangsUp/hangs-up.GET.json": "1",
          "mocks/silent/silent.GET.json": "2",
          "mocks/failing/failing.GET.json": "3",
        },
      },
    )
    expect(await ask(bellhop.url, "/hangs-up")).toMatchObject({ status: 200, body: "1" })
    expect(await ask(bellhop.url, "/silent")).toMatchObject({ status: 200, body: "2" })
    expect(await ask(bellhop.url, "/failing")).toMatchObject({ status: 503, body: "down" })
  })

  it('"fallback" without a mock for the request says what it would have taken', async () => {
    await using bellhop = await gateway(
      {
        services: { shop: { url: `http://127.0.0.1:${await freePort()}`, mock: "fallback" } },
        routes: { "/*": "shop" },
      },
      { files: mocks },
    )
    const response = await ask(bellhop.url, "/nothing")
    expect(response.status).toBe(404)
    expect(JSON.parse(response.body)).toMatchObject({ code: "mock_not_found" })
  })

  it('"mock" never calls the service', async () => {
    using service = await rawUpstream(() => json({ from: "service" }))
    await using bellhop = await gateway(
      { services: { shop: { url: service.url, mock: "mock" } }, routes: { "/*": "shop" } },
      { files: mocks },
    )
    const response = await ask(bellhop.url, "/cart")
    expect(response.body).toBe('{"from":"mock"}')
    expect(response.get("x-bellhop-source")).toBe("mock; file=mocks/shop/cart.GET.json")
    expect((await ask(bellhop.url, "/nothing")).status).toBe(404)
    expect(service.received).toEqual([])
  })

  it('"real" never answers from mocks', async () => {
    await using bellhop = await gateway(
      { services: { shop: { url: `http://127.0.0.1:${await freePort()}`, mock: "real" } }, routes: { "/*": "shop" } },
      { files: mocks },
    )
    expect((await ask(bellhop.url, "/cart")).status).toBe(502)
  })

  it("with several upstreams shares the requests among them", async () => {
    using one = await rawUpstream(() => json("one"))
    using two = await rawUpstream(() => json("two"))
    await using bellhop = await gateway({ services: { shop: { url: [one.url, two.url] } }, routes: { "/*": "shop" } })
    const bodies = []
    for (let round = 0; round < 4; round++) bodies.push((await ask(bellhop.url, "/")).body)
    expect(bodies.toSorted()).toEqual(['"one"', '"one"', '"two"', '"two"'])
  })
})

describe("an aggregate", () => {
  it("has its parts in declared order, whatever the order they came in", async () => {
    let release = (): void => {}
    const last = new Promise<void>((resolve) => (release = resolve))
    using shop = webUpstream(async (request) => {
      const { pathname } = new URL(request.url)
      // The first part answers when the last one has.
      if (pathname === "/a") await last
      if (pathname === "/c") release()
      return Response.json(pathname)
    })
    await using bellhop = await gateway({
      services: { shop: shop.url },
      routes: { "GET /all": { aggregate: { c1: "shop GET /a", "2": "shop GET /b", a0: "shop GET /c" } } },
    })
    const response = await ask(bellhop.url, "/all")
    expect(response.get("content-type")).toBe("application/json")
    // A name made of digits comes first in every JSON object made by JavaScript.
    expect(response.body).toBe('{"2":"/b","c1":"/a","a0":"/c"}')
  })

  it("calls its parts at the same time", async () => {
    const both = Promise.withResolvers<void>()
    const called = new Set<string>()
    // Each service answers only when the other one was called too.
    const waiting = (name: string) => async (): Promise<Response> => {
      if (called.add(name).size === 2) both.resolve()
      await both.promise
      return Response.json(name)
    }
    using cart = webUpstream(waiting("cart"))
    using user = webUpstream(waiting("user"))
    await using bellhop = await gateway({
      services: { cart: cart.url, user: user.url },
      routes: { "GET /all": { aggregate: { cart: "cart GET /", user: "user GET /" } } },
    })
    expect((await ask(bellhop.url, "/all")).body).toBe('{"cart":"cart","user":"user"}')
  })

  it("calls a part that needs others after them, with what they said", async () => {
    using cart = await rawUpstream(() => json({ total: 7 }))
    using payment = await rawUpstream(() => json("paid"))
    await using bellhop = await gateway(`{
      services: { cart: "${cart.url}", payment: "${payment.url}" },
      routes: {
        "POST /checkout/:id": {
          aggregate: {
            charge: {
              call: "payment POST /charge/:id?by=:id",
              needs: ["cart"],
              body: ({ cart }, { params, query, body }) => ({ amount: cart.total, ...params, q: query.get("q"), body }),
            },
            cart: "cart GET /cart",
          },
          response: ({ charge, cart }) => ({ charge, total: cart.total }),
        },
      },
    }`)
    const response = await ask(bellhop.url, "/checkout/a%2Fb?q=1", {
      method: "POST",
      headers: ["Content-Type: application/json", "Authorization: Basic YTpi"],
      body: '{"note":"x"}',
    })
    expect(response).toMatchObject({ status: 200, body: '{"charge":"paid","total":7}' })
    const [charge] = payment.received
    expect(charge).toMatchObject({ method: "POST", target: "/charge/a%2Fb?by=a%2Fb" })
    expect(JSON.parse(charge?.body ?? "")).toEqual({ amount: 7, id: "a/b", q: "1", body: { note: "x" } })
    expect(charge?.get("content-type")).toBe("application/json")
    expect(charge?.get("authorization")).toBe("Basic YTpi")
    const [asked] = cart.received
    expect(asked).toMatchObject({ method: "GET", target: "/cart", body: "", framing: "none" })
    expect(asked?.all("x-request-id")).toEqual(charge?.all("x-request-id"))
  })

  it("has what stands in for a part that fails, each kind of failure", async () => {
    using error = await rawUpstream(() => "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
    using text = await rawUpstream(() => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{oops")
    using silent = await listener(() => {})
    using hangsUp = await listener((socket) => socket.once("data", () => socket.destroy()))
    await using bellhop = await gateway({
      services: {
        error: error.url,
        text: text.url,
        silent: silent.url,
        hangsUp: hangsUp.url,
        gone: `http://127.0.0.1:${await freePort()}`,
      },
      routes: {
        "GET /all": {
          aggregate: {
            error: { call: "error GET /", fallback: "no error" },
            text: { call: "text GET /", fallback: { none: true } },
            silent: { call: "silent GET /", fallback: [], timeout: "50ms" },
            hangsUp: { call: "hangsUp GET /", fallback: 0 },
            gone: { call: "gone GET /", required: false },
          },
        },
      },
    })
    const response = await ask(bellhop.url, "/all")
    expect(response.status).toBe(200)
    expect(response.body).toBe('{"error":"no error","text":{"none":true},"silent":[],"hangsUp":0,"gone":null}')
  })

  it("fails as a whole with a required part, and says which", async () => {
    using silent = await rawUpstream(() => undefined)
    using answering = await rawUpstream(({ target }) =>
      target === "/404"
        ? "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"
        : "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
    )
    await using bellhop = await gateway({
      services: { silent: silent.url, shop: answering.url, gone: `http://127.0.0.1:${await freePort()}` },
      routes: {
        "GET /500": { aggregate: { bad: "shop GET /500", slow: "silent GET /" } },
        "GET /404": { aggregate: { bad: "shop GET /404" } },
        "GET /gone": { aggregate: { bad: "gone GET /" } },
        "GET /slow": { aggregate: { bad: { call: "silent GET /", timeout: "50ms" } } },
      },
    })
    for (const [target, status] of [
      ["/500", 500],
      ["/404", 404],
      ["/gone", 502],
      ["/slow", 504],
    ] as const) {
      const response = await ask(bellhop.url, target)
      expect(response.status).toBe(status)
      expect(response.get("content-type")).toBe("application/problem+json")
      expect(JSON.parse(response.body)).toMatchObject({
        status,
        code: "part_failed",
        detail: expect.stringContaining('"bad"'),
      })
    }
    // Calls of which nobody wants the answer any more are taken back.
    await Promise.all(silent.received.map(({ gone }) => gone))
    expect(silent.received).toHaveLength(2)
  })

  it("takes its calls back when the client leaves", async () => {
    using silent = await rawUpstream(() => undefined)
    await using bellhop = await gateway({
      services: { silent: silent.url },
      routes: { "GET /all": { aggregate: { one: "silent GET /1", two: "silent GET /2" } } },
    })
    const leaving = new AbortController()
    const asked = fetch(`${bellhop.url}/all`, { signal: leaving.signal }).catch(() => "left")
    const calls = [await silent.next(), await silent.next()]
    leaving.abort()
    expect(await asked).toBe("left")
    await Promise.all(calls.map(({ gone }) => gone))
  })

  it("does not take names that every object has for parts, nor what it got for its own", async () => {
    using shop = webUpstream(() => new Response('{"constructor":1,"__proto__":2}'))
    await using bellhop = await gateway({
      services: { shop: shop.url },
      routes: {
        "GET /all": {
          aggregate: { constructor: "shop GET /", toString: { call: "shop GET /", needs: ["constructor"] } },
        },
      },
    })
    const response = await ask(bellhop.url, "/all")
    expect(response.status).toBe(200)
    expect(response.body).toBe(
      '{"constructor":{"constructor":1,"__proto__":2},"toString":{"constructor":1,"__proto__":2}}',
    )
  })
})
