import { describe, expect, it, vi } from "vitest"

import { executable } from "../support/executable.ts"
import { gateway } from "../support/gateway.ts"
import { ask } from "../support/raw.ts"
import { rawUpstream } from "../support/upstream.ts"

async function keys(cwd: string, ...words: string[]): Promise<string> {
  const child = Bun.spawn([executable, "keys", ...words], { cwd, stdout: "pipe", stderr: "pipe", stdin: "ignore" })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  if (code !== 0) throw new Error(err)
  return out.trimEnd()
}

const status = async (url: string, key: string): Promise<number> =>
  (await ask(url, "/orders", { headers: [`X-API-Key: ${key}`] })).status

describe("bellhop keys beside a running gateway", () => {
  it("creates keys that are taken at once, rolls them, and revokes them", async () => {
    using service = await rawUpstream()
    await using served = await gateway({
      store: "sqlite",
      services: { orders: service.url },
      routes: {
        "/orders": {
          service: "orders",
          auth: { apiKey: { recheck: "200ms" }, tell: { headers: { "x-customer": "subject", "x-plan": "plan" } } },
          authorize: { scopes: "orders" },
        },
      },
    })
    const { path } = served.folder
    expect(await status(served.url, "bh_live_x")).toBe(401)
    const key = await keys(
      path,
      "create",
      "--name",
      "Shop",
      "--plan",
      "gold",
      "--subject",
      "shop",
      "--scopes",
      "orders",
    )
    expect(await status(served.url, key)).toBe(200)
    const { headers } = await service.next()
    const sent = headers.map(([name, value]) => `${name}: ${value}`)
    expect(sent).toEqual(expect.arrayContaining(["x-customer: shop", "x-plan: gold"]))
    expect(sent.join("\n")).not.toContain(key)

    const other = await keys(path, "create", "--name", "Other")
    expect(await status(served.url, other)).toBe(403)

    const rolled = await keys(path, "roll", "Shop", "--overlap", "1h")
    expect([await status(served.url, key), await status(served.url, rolled)]).toEqual([200, 200])
    expect((await keys(path, "list")).split("\n")).toHaveLength(4)

    await keys(path, "revoke", "Other")
    await vi.waitFor(async () => expect(await status(served.url, other)).toBe(401), { timeout: 10_000 })
    await vi.waitFor(() => expect(served.stderr()).toContain("was revoked (exchange"), { timeout: 10_000 })
    for (const secret of [key, other, rolled]) expect(served.stderr()).not.toContain(secret)
  })
})
