import { describe, expect, it } from "vitest"

import { gateway } from "../support/gateway.ts"
import { webUpstream } from "../support/upstream.ts"

/** A service that answers nobody until it is told to, but tells when it is asked. */
function heldShop() {
  let open = Promise.withResolvers<void>()
  let count = 0
  const waiters: { wanted: number; resolve: () => void }[] = []
  const server = webUpstream(async () => {
    count++
    for (const { wanted, resolve } of waiters) if (count >= wanted) resolve()
    await open.promise
    return Response.json({ fine: true })
  })
  return {
    ...server,
    /** Settles when so many requests have come in all. */
    came: (wanted: number) =>
      count >= wanted ? Promise.resolve() : new Promise<void>((resolve) => waiters.push({ wanted, resolve })),
    answer() {
      open.resolve()
      open = Promise.withResolvers()
    },
  }
}

describe("an overloaded gateway", () => {
  it("refuses with 503 and when to come again, the least important first, until there is room", async () => {
    using shop = heldShop()
    const config = `{
      services: { shop: "${shop.url}" },
      defaults: { shed: { inFlight: 10, priority: ({ path }) => (path === "/ads" ? "low" : path === "/pay" ? "high" : undefined) } },
      routes: { "/*": "shop" },
    }`
    await using served = await gateway(config)
    const ask = async (path: string): Promise<number> => {
      const response = await fetch(served.url + path)
      await response.arrayBuffer()
      return response.status
    }
    const ads = [1, 2, 3, 4, 5].map(() => ask("/ads"))
    await shop.came(5)
    expect(await ask("/ads")).toBe(503)
    const others = [1, 2, 3].map(() => ask("/"))
    await shop.came(8)
    const refused = await fetch(served.url)
    expect(refused.status).toBe(503)
    expect(refused.headers.get("retry-after")).toBe("1")
    expect(refused.headers.get("content-type")).toBe("application/problem+json")
    expect(await refused.json()).toMatchObject({ type: "urn:bellhop:overloaded", status: 503 })
    const paid = [1, 2].map(() => ask("/pay"))
    await shop.came(10)
    expect(await ask("/pay")).toBe(503)
    shop.answer()
    expect(await Promise.all([...ads, ...others, ...paid])).toEqual(Array(10).fill(200))
    const again = ask("/ads")
    await shop.came(11)
    shop.answer()
    expect(await again).toBe(200)
  })

  it("lets fewer in while answers are slow, and all of them when they are in time", async () => {
    using shop = heldShop()
    await using served = await gateway({
      services: { shop: shop.url },
      defaults: { shed: { latency: "20ms", inFlight: 40, atLeast: 1 } },
      routes: { "/slow": "shop", "/fast": { reply: { body: "fast" } } },
    })
    const slow = Array.from({ length: 40 }, () => fetch(`${served.url}/slow`))
    await shop.came(40)
    const status = async (): Promise<number> => {
      const response = await fetch(`${served.url}/fast`)
      await response.arrayBuffer()
      return response.status
    }
    // Those that wait are late before long; then there is no room for more.
    expect(await status()).toBe(503)
    shop.answer()
    expect((await Promise.all(slow)).every(({ ok }) => ok)).toBe(true)
    while ((await status()) !== 200);
    expect(await status()).toBe(200)
  })
})
