import { fileURLToPath } from "node:url"

import { describe, expect, it } from "vitest"

import { type MockFolder, readMocks } from "../../src/mocks/folder.ts"
import { mockHandler } from "../../src/mocks/handler.ts"
import { exchangeOf, freshModules, textOf } from "./mock-tools.ts"

const shop = (): Promise<MockFolder> =>
  readMocks(fileURLToPath(new URL("../../mocks", import.meta.url)), { importModule: freshModules(), cache: new Map() })

async function ask(service: string, ...request: Parameters<typeof exchangeOf>): Promise<[number, unknown]> {
  const reply = await mockHandler((await shop()).services.get(service), service, "mock")(exchangeOf(...request))
  return [reply.status, JSON.parse(await textOf(reply))]
}

describe("the mocks of the example", () => {
  it("have no problems", async () => {
    const { problems, services } = await shop()
    expect(problems).toEqual([])
    expect([...services.keys()]).toEqual(["cart", "payment", "product", "user"])
  })

  it("have a cart whose total is the sum of its items", async () => {
    const [, cart] = await ask("cart", "GET", "/cart")
    const { items, total } = cart as { items: { price: number; quantity: number }[]; total: number }
    expect(total).toBe(items.reduce((sum, item) => sum + item.price * item.quantity, 0))
  })

  it("know their users and products, and those that do not exist", async () => {
    expect(await ask("user", "GET", "/users/7")).toMatchObject([200, { id: "7", name: "Mina Okafor" }])
    expect(await ask("user", "GET", "/users/constructor")).toMatchObject([404, {}])
    expect(await ask("product", "GET", "/products/beans")).toMatchObject([200, { price: 1450 }])
    expect(await ask("product", "GET", "/products/none")).toMatchObject([404, {}])
  })

  it("charge what they are asked to, or decline", async () => {
    const body = { headers: { "content-type": "application/json" }, body: '{"amount":9300}' }
    expect(await ask("payment", "POST", "/charge", body)).toEqual([
      201,
      { id: expect.stringMatching(/^ch_\w+$/), status: "succeeded", amount: 9300, currency: "EUR" },
    ])
    expect(await ask("payment", "POST", "/charge")).toMatchObject([422, {}])
    expect(await ask("payment", "POST", "/charge", { headers: { "x-bellhop-mock": "declined" } })).toMatchObject([
      402,
      {},
    ])
  })
})
