import { cpSync, readFileSync } from "node:fs"
import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { folder, serving } from "../support/executable.ts"
import { gateway } from "../support/gateway.ts"
import { checkedOut, checkoutRoute, heldShop } from "../support/held-shop.ts"
import { ask } from "../support/raw.ts"
import { rawUpstream } from "../support/upstream.ts"

describe("the checkout of the shop", () => {
  it("asks for cart and user at the same time, and then charges the total of the cart", async () => {
    await using shop = await heldShop(100)
    await using bellhop = await gateway(`{ services: ${JSON.stringify(shop.services)}, routes: { ${checkoutRoute} } }`)
    const response = await ask(bellhop.url, "/checkout", { method: "POST" })
    expect(response).toMatchObject({ status: 200, body: JSON.stringify(checkedOut) })
    expect(response.get("x-bellhop-parts")).toMatch(/^cart=200;\d+ms, user=200;\d+ms, charge=200;\d+ms$/)
    expect(response.get("x-bellhop-complete")).toBe("true")

    const order = shop.happened().map(({ what }) => what)
    const charge = 'asked POST /charge {"amount":9300,"currency":"EUR"}'
    expect(order.toSorted()).toEqual(
      [
        "asked GET /cart",
        "asked GET /user",
        charge,
        "answered GET /cart",
        "answered GET /user",
        "answered POST /charge",
      ].toSorted(),
    )
    // One after the other, each would be asked only after the other one has answered.
    expect(order.indexOf("asked GET /user")).toBeLessThan(order.indexOf("answered GET /cart"))
    expect(order.indexOf("asked GET /cart")).toBeLessThan(order.indexOf("answered GET /user"))
    expect(order.indexOf(charge)).toBeGreaterThan(order.indexOf("answered GET /cart"))
  })

  it("answers from its mocks with what the example says, and with the payment's no", async () => {
    using place = shopFolder()
    await using bellhop = await serving(place.path)
    const url = bellhop.url.replace("localhost", "127.0.0.1")
    // As curl -X POST sends it.
    const asCurl = { method: "POST", headers: ["User-Agent: curl/8.5.0", "Accept: */*"] }
    const response = await ask(url, "/checkout", asCurl)
    expect(response.status).toBe(200)
    expect(response.get("content-type")).toBe("application/json")
    const answer = JSON.parse(response.body) as Record<string, Record<string, unknown>>
    expect(Object.keys(answer)).toEqual(["cart", "user", "charge"])
    expect(answer.cart).toEqual(mockOf("cart/cart"))
    expect(answer.user).toEqual(mockOf("user/user"))
    expect(answer.charge).toEqual({
      id: expect.stringMatching(/^ch_[0-9a-f]{8}$/),
      status: "succeeded",
      amount: answer.cart?.total,
      currency: answer.cart?.currency,
    })
    expect(response.get("x-bellhop-parts")).toMatch(/^cart=200;\d+ms, user=200;\d+ms, charge=201;\d+ms$/)
    expect(response.get("x-bellhop-complete")).toBe("true")
    expect(response.get("x-bellhop-source")).toBe("fallback; part=cart, fallback; part=user, mock; part=charge")
    // Something was charged.
    expect(response.get("cache-control")).toBe("no-store")

    const declined = await ask(url, "/checkout", {
      ...asCurl,
      headers: [...asCurl.headers, "x-bellhop-mock: declined"],
    })
    expect(declined.status).toBe(402)
    expect(declined.get("content-type")).toBe("application/problem+json")
    expect(JSON.parse(declined.body)).toMatchObject({
      type: "urn:bellhop:part_failed",
      status: 402,
      detail: 'Part "charge" answered 402.',
      errors: [{ part: "charge", status: 402, code: "error_status", detail: 'Part "charge" answered 402.' }],
    })
  })
})

const root = join(import.meta.dirname, "../..")

/** The example as it comes with the source, on free ports. */
function shopFolder() {
  const example = readFileSync(join(root, "gateway.config.ts"), "utf8")
  const place = folder({
    "gateway.config.ts": example.replace("listen: { port: 8080 }", "listen: { port: 0 },\n  admin: { port: 0 }"),
  })
  cpSync(join(root, "mocks"), join(place.path, "mocks"), { recursive: true })
  return place
}

const mockOf = (name: string): unknown => JSON.parse(readFileSync(join(root, "mocks", `${name}.GET.json`), "utf8"))

interface Answered {
  readonly status: number
  readonly type: string | null
  readonly isReplayed: boolean
  readonly body: string
}

async function post(at: { url: string }, key: string): Promise<Answered> {
  const headers = { "content-type": "application/json", "idempotency-key": key }
  const response = await fetch(`${at.url}/checkout`, { method: "POST", body: '{"cart":"c1"}', headers })
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    isReplayed: response.headers.get("x-bellhop-replayed") === "true",
    body: await response.text(),
  }
}

const copies = (at: { url: string }, key: string): Promise<Answered[]> =>
  Promise.all(Array.from({ length: 50 }, () => post(at, key)))

const distinct = (answers: readonly Answered[]): string[] => [
  ...new Set(answers.map(({ status, body }) => `${status} ${body}`)),
]

/** A shop whose payment service does what the test says; the log has every call in order. */
function shop(pay: (charge: number) => Response | Promise<Response>) {
  const log: string[] = []
  const charges = (): number => log.filter((call) => call === "POST /charge").length
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    development: false,
    fetch(request) {
      const { pathname } = new URL(request.url)
      log.push(`${request.method} ${pathname}`)
      if (request.method === "DELETE") return new Response(null, { status: 204 })
      if (pathname === "/cart") return Response.json({ total: 9300, items: ["kettle"] })
      if (pathname === "/charge") return pay(charges())
      return Response.json({ id: log.filter((call) => call === `POST ${pathname}`).length }, { status: 201 })
    },
  })
  const url = `http://127.0.0.1:${server.port}`
  return { url, log, charges, [Symbol.dispose]: () => void server.stop(true) }
}

const withStock = (url: string, payment = url): string => `{
  services: { cart: "${url}", stock: "${url}", points: "${url}", payment: "${payment}" },
  routes: {
    "POST /checkout": {
      aggregate: {
        cart: "cart GET /cart",
        reserve: {
          call: "stock POST /reservations",
          needs: ["cart"],
          body: ({ cart }) => ({ items: cart.items }),
          compensate: "stock DELETE /reservations/:reserve.id",
        },
        points: { call: "points POST /points", needs: ["reserve"], compensate: "points DELETE /points/:points.id" },
        charge: {
          call: "payment POST /charge",
          needs: ["cart", "points"],
          body: ({ cart }) => ({ amount: cart.total }),
        },
      },
    },
  },
}`

const done = ["GET /cart", "POST /reservations", "POST /points", "POST /charge"]
const undone = ["DELETE /points/1", "DELETE /reservations/1"]
const bothUndone = [
  { part: "points", status: 204 },
  { part: "reserve", status: 204 },
]

describe("a checkout whose charge fails after stock was reserved", () => {
  it("says the payment's status and reason, undoes the last first, once, and never asks the payment again", async () => {
    using services = shop(() => Response.json({ error: "The card was declined." }, { status: 402 }))
    await using bellhop = await gateway(withStock(services.url))
    const first = await post(bellhop, "k")
    expect(first).toMatchObject({ status: 402, type: "application/problem+json", isReplayed: false })
    expect(JSON.parse(first.body)).toMatchObject({
      type: "urn:bellhop:part_failed",
      status: 402,
      detail: 'Part "charge" answered 402.',
      errors: [
        {
          part: "charge",
          status: 402,
          code: "error_status",
          detail: 'Part "charge" answered 402.',
          reason: "The card was declined.",
        },
      ],
      compensations: bothUndone,
    })
    expect(services.log).toEqual([...done, ...undone])

    const again = await post(bellhop, "k")
    expect(again).toMatchObject({ status: 402, isReplayed: true })
    const answers = await copies(bellhop, "k")
    expect(answers.map(({ isReplayed }) => isReplayed)).toEqual(answers.map(() => true))
    expect(answers.map(({ body }) => problemOf(body))).toEqual(answers.map(() => problemOf(first.body)))
    expect(services.log).toEqual([...done, ...undone])
  })

  it("is charged once where 50 copies come at the same time, whatever comes of it", async () => {
    const decide = Promise.withResolvers<void>()
    using services = shop(async (charge) => {
      await decide.promise
      return charge === 1 ? Response.json({}, { status: 402 }) : Response.json({ id: `ch_${charge}` }, { status: 201 })
    })
    await using bellhop = await gateway(withStock(services.url))
    const failed = copies(bellhop, "k")
    decide.resolve()
    const answers = await failed
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([402]))
    expect(new Set(answers.map(({ body }) => problemOf(body))).size).toBe(1)
    expect(answers.filter(({ isReplayed }) => isReplayed)).toHaveLength(49)
    expect(services.log).toEqual([...done, ...undone])

    // A key of its own is another checkout.
    const fine = await copies(bellhop, "k2")
    expect(fine[0]).toMatchObject({ status: 200, body: expect.stringContaining('"charge":{"id":"ch_2"}') })
    expect(distinct(fine)).toHaveLength(1)
    expect(services.charges()).toBe(2)
    expect(services.log).toHaveLength(done.length + undone.length + done.length)
  })

  it("is not charged again when nobody knows whether it was, because the payment left without an answer", async () => {
    using services = shop(() => new Response(null, { status: 500 }))
    using payment = await rawUpstream(({ socket }) => {
      socket.destroy()
      return undefined
    })
    await using bellhop = await gateway(withStock(services.url, payment.url))
    const first = await post(bellhop, "k")
    expect(first.status).toBe(502)
    expect(JSON.parse(first.body)).toMatchObject({
      errors: [{ part: "charge", status: 502, code: "unreachable" }],
      compensations: bothUndone,
    })
    const answers = await copies(bellhop, "k")
    expect(new Set(answers.map(({ status, isReplayed }) => `${status} ${isReplayed}`))).toEqual(new Set(["502 true"]))
    expect(payment.received.map(({ target }) => target)).toEqual(["/charge"])
    expect(services.log).toEqual([...done.slice(0, 3), ...undone])
  })
})

/** A problem without what tells one exchange from another. */
const problemOf = (body: string): string => body.replace(/"exchange":"[^"]*"/, "")
