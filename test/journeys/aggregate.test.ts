import { connect } from "node:net"

import { describe, expect, it } from "vitest"

import { configSource, gateway } from "../support/gateway.ts"
import { freePort, rawUpstream, type Received, webUpstream } from "../support/upstream.ts"

const json = (value: unknown, status = "200 OK", headers = ""): string => {
  const body = JSON.stringify(value)
  return `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

/** What a service was asked: the words of the request line. */
const asked = ({ received }: { received: readonly Received[] }): string[] =>
  received.map(({ method, target }) => `${method} ${target}`)

const checkout = `"POST /checkout": {
  aggregate: {
    cart: "cart GET /cart",
    user: { call: "user GET /user", fallback: { name: "guest" } },
    reserve: {
      call: "stock POST /reservations",
      needs: ["cart"],
      body: ({ cart }) => ({ items: cart.items }),
      compensate: "stock DELETE /reservations/:reserve.id",
      as: false,
    },
    charge: {
      call: "payment POST /charge",
      needs: ["cart", "reserve"],
      body: ({ cart }) => ({ amount: cart.total }),
    },
    products: { call: "product GET /products/:item.id", forEach: "cart.items", pick: ["name"], fallbackMock: true },
  },
}`

const config = (urls: Record<string, string>): string =>
  `{ services: ${JSON.stringify(urls)}, routes: { ${checkout} } }`

const cartValue = { total: 42, items: [{ id: "tea" }, { id: "cup" }] }

const product = (): Disposable & { url: string } =>
  webUpstream((request) => {
    const name = new URL(request.url).pathname.slice(10)
    return name === "cup" ? new Response("", { status: 503 }) : Response.json({ name, price: 7 })
  })

const mocks = { "mocks/product/products/[id].GET.json": '{ "name": "any cup", "price": 0 }' }

describe("an aggregate", () => {
  it("asks for the cart and the user at the same time, and charges when all of that is there", async () => {
    const both = Promise.withResolvers<void>()
    let waiting = 0
    const meet = (): Promise<void> => {
      // Whoever is asked first answers only when the other one is asked too.
      if (++waiting === 2) both.resolve()
      return both.promise
    }
    using cart = await rawUpstream(async () => {
      await meet()
      return json(cartValue)
    })
    using user = await rawUpstream(async () => {
      await meet()
      return json({ name: "Mina" })
    })
    const before: number[] = []
    using stock = await rawUpstream(() => {
      before.push(cart.received.length, user.received.length)
      return json({ id: 7 }, "201 Created")
    })
    using payment = await rawUpstream(() => json({ paid: true }))
    using products = product()
    await using served = await gateway(
      config({ cart: cart.url, user: user.url, stock: stock.url, payment: payment.url, product: products.url }),
      { files: mocks },
    )
    const reply = await fetch(`${served.url}/checkout`, {
      method: "POST",
      headers: { authorization: "Bearer x", "content-type": "application/json" },
      body: '{"note":"quick"}',
    })
    expect([reply.status, await reply.text()]).toEqual([
      200,
      '{"cart":{"total":42,"items":[{"id":"tea"},{"id":"cup"}]},"user":{"name":"Mina"},"charge":{"paid":true},"products":[{"name":"tea"},{"name":"any cup"}]}',
    ])
    expect(reply.headers.get("x-bellhop-parts")?.replace(/;\d+ms/g, "")).toBe(
      "cart=200, user=200, reserve=201, charge=200, products=200*1+mock*1",
    )
    expect([reply.headers.get("x-bellhop-complete"), reply.headers.get("cache-control")]).toEqual(["false", "no-store"])
    expect(before).toEqual([1, 1])
    const [charge] = payment.received
    expect([
      charge?.body,
      new Map(charge?.headers.map(([name, value]) => [name.toLowerCase(), value])).get("authorization"),
    ]).toEqual(['{"amount":42}', "Bearer x"])
    expect([asked(stock), asked(payment)]).toEqual([["POST /reservations"], ["POST /charge"]])
  })

  it("charges nobody when the cart fails, says why, and has no details of the service", async () => {
    using cart = await rawUpstream(() => json({ secret: "10.0.0.5" }, "404 Not Found", "Retry-After: 9\r\n"))
    using stock = await rawUpstream()
    using payment = await rawUpstream()
    await using served = await gateway(
      config({
        cart: cart.url,
        user: `http://127.0.0.1:${await freePort()}`,
        stock: stock.url,
        payment: payment.url,
        product: stock.url,
      }),
    )
    const reply = await fetch(`${served.url}/checkout`, { method: "POST" })
    expect([reply.status, reply.headers.get("content-type"), reply.headers.get("retry-after")]).toEqual([
      404,
      "application/problem+json",
      "9",
    ])
    expect(await reply.json()).toMatchObject({
      code: "part_failed",
      detail: 'Part "cart" answered 404.',
      errors: [{ part: "cart", status: 404, code: "error_status", detail: 'Part "cart" answered 404.' }],
    })
    expect([stock.received, payment.received]).toEqual([[], []])
  })

  it("undoes the reservation when the charge fails", async () => {
    using cart = await rawUpstream(() => json(cartValue))
    using stock = await rawUpstream(({ method }) =>
      method === "POST" ? json({ id: 7 }) : "HTTP/1.1 204 No Content\r\n\r\n",
    )
    using payment = await rawUpstream(() => json({}, "402 Payment Required"))
    using products = product()
    await using served = await gateway(
      config({ cart: cart.url, user: cart.url, stock: stock.url, payment: payment.url, product: products.url }),
    )
    const reply = await fetch(`${served.url}/checkout`, { method: "POST" })
    expect(reply.status).toBe(402)
    expect(await reply.json()).toMatchObject({ compensations: [{ part: "reserve", status: 204 }] })
    expect(asked(stock)).toEqual(["POST /reservations", "DELETE /reservations/7"])
  })

  it("finishes what it began when the client leaves, through a reload", async () => {
    using cart = await rawUpstream(() => json(cartValue))
    const reserved = Promise.withResolvers<string>()
    using stock = await rawUpstream(() => reserved.promise)
    using payment = await rawUpstream(() => json({ paid: true }))
    const routes = config({ cart: cart.url, user: cart.url, stock: stock.url, payment: payment.url, product: cart.url })
    await using served = await gateway(routes)
    const { hostname, port } = new URL(served.url)
    const client = connect(Number(port), hostname)
    client.write("POST /checkout HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\n\r\n")
    await stock.next("/reservations")
    client.destroy()
    served.folder.write("gateway.config.ts", configSource(routes.replace("routes: {", 'routes: { "GET /new": "cart",')))
    expect((await fetch(`${served.admin}/reload`, { method: "POST" })).status).toBe(200)
    expect((await fetch(`${served.url}/new`)).status).toBe(200)
    reserved.resolve(json({ id: 7 }))
    const charge = await payment.next("/charge")
    expect(charge.body).toBe('{"amount":42}')
    expect(asked(stock)).toEqual(["POST /reservations"])
  })
})
