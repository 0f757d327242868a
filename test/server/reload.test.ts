import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { Kept } from "../../src/core/kept.ts"
import { Metrics } from "../../src/observe/metrics.ts"
import { Live } from "../../src/server/live.ts"
import { type BeforeSwap, reloader } from "../../src/server/reload.ts"
import { type Folder, folder } from "../support/executable.ts"
import { numbered, save } from "../support/saves.ts"

const silent = { info() {}, warn() {}, error() {} }

function reloading(shop: Folder, beforeSwap: BeforeSwap = () => undefined) {
  const metrics = new Metrics()
  const live = new Live(silent, metrics)
  const entry = join(shop.path, "gateway.config.ts")
  const reloads = reloader(live, { entry, log: silent, kept: new Kept(), types: false }, metrics, beforeSwap)
  /** The body that the served config answers with. */
  const served = (): unknown =>
    (live.now?.built.gateway.routes[0]?.choices[0]?.target.options as { reply: { body: unknown } } | undefined)?.reply
      .body
  const counted = (outcome: string): string | undefined =>
    new RegExp(`reloads_total{outcome="${outcome}"} (\\d+)`).exec(metrics.text())?.[1]
  return { ...reloads, live, served, counted }
}

describe("reloader()", () => {
  it("applies a config, leaves an unchanged one alone, and applies a changed one", async () => {
    using shop = folder({ "gateway.config.ts": numbered(1) })
    const { reload, served, counted } = reloading(shop)
    expect(await reload(true)).toMatchObject({ outcome: "applied", generation: { number: 1 }, changes: undefined })
    expect(await reload(true)).toEqual({ outcome: "unchanged", serving: 1, mended: false })
    save(shop.path, "gateway.config.ts", numbered(2))
    expect(await reload(false)).toMatchObject({
      outcome: "applied",
      generation: { number: 2 },
      changes: { routes: { added: 0, changed: 1, removed: 0 } },
    })
    expect(served()).toBe("2")
    expect([counted("applied"), counted("unchanged")]).toEqual(["2", "1"])
  })

  it("refuses a broken config once, again when asked, and says when it is taken back", async () => {
    using shop = folder({ "gateway.config.ts": numbered(1) })
    const { reload, served, counted } = reloading(shop)
    await reload(true)
    save(shop.path, "gateway.config.ts", numbered(2, `lisen: {},`))
    expect(await reload(false)).toMatchObject({ outcome: "refused", serving: 1, issues: [{ code: "E201" }] })
    expect(await reload(false)).toEqual({ outcome: "unchanged", serving: 1, mended: false })
    expect(await reload(true)).toMatchObject({ outcome: "refused" })
    expect(served()).toBe("1")
    save(shop.path, "gateway.config.ts", numbered(1))
    expect(await reload(false)).toEqual({ outcome: "unchanged", serving: 1, mended: true })
    expect(await reload(false)).toEqual({ outcome: "unchanged", serving: 1, mended: false })
    expect([counted("refused"), counted("unchanged")]).toEqual(["2", "1"])
  })

  it("shares one reload among all who ask while another is under way, and serves the last save", async () => {
    using shop = folder({ "gateway.config.ts": numbered(0) })
    const { reload, served, live } = reloading(shop)
    const first = reload(true)
    const others = Array.from({ length: 20 }, (_, n) => {
      save(shop.path, "gateway.config.ts", numbered(n + 1))
      return reload(n % 2 === 0)
    })
    const outcomes = await Promise.all([first, ...others])
    expect(new Set(others).size).toBe(1)
    expect(served()).toBe("20")
    expect(outcomes.filter(({ outcome }) => outcome === "refused")).toEqual([])
    expect(live.now?.number).toBeLessThanOrEqual(2)
  })

  it("builds again what was saved while it was built", async () => {
    using shop = folder({ "gateway.config.ts": numbered(1) })
    // The config saves its own successor while it is loaded.
    const next = JSON.stringify(numbered(2))
    save(
      shop.path,
      "gateway.config.ts",
      `import { writeFileSync } from "node:fs"\nwriteFileSync(import.meta.path, ${next})\n${numbered(1)}`,
    )
    const { reload, served, live } = reloading(shop)
    await reload(true)
    expect([served(), live.now?.number]).toEqual(["2", 1])
  })

  it("does not wait for ever for a config that never stops changing", async () => {
    using shop = folder()
    const busy = `import { appendFileSync } from "node:fs"\nappendFileSync(import.meta.path, "\\n// again")\n${numbered(1)}`
    save(shop.path, "gateway.config.ts", busy)
    const { reload, served } = reloading(shop)
    await reload(true)
    expect(served()).toBe("1")
  })

  it("gives up a load that hangs, for the next save", async () => {
    using shop = folder({ "gateway.config.ts": `await new Promise(() => {})\n${numbered(1)}` })
    const { reload, served } = reloading(shop)
    const hanging = reload(true)
    save(shop.path, "gateway.config.ts", numbered(2))
    await reload(false)
    expect(await hanging).toMatchObject({ outcome: "applied", generation: { number: 1 } })
    expect(served()).toBe("2")
  })

  it("keeps what is served when the listeners cannot move, and names the reason", async () => {
    using shop = folder({ "gateway.config.ts": numbered(1) })
    let taken = false
    const { reload, served } = reloading(shop, () => {
      if (taken) throw new Error("Port 1 is taken.")
    })
    await reload(true)
    taken = true
    save(shop.path, "gateway.config.ts", numbered(2))
    expect(await reload(false)).toMatchObject({
      outcome: "refused",
      serving: 1,
      issues: [{ code: "E702", severity: "error", message: "Port 1 is taken." }],
    })
    expect(served()).toBe("1")
    taken = false
    expect(await reload(true)).toMatchObject({ outcome: "applied" })
    expect(served()).toBe("2")
  })

  it("fails when the very first config cannot be listened for", async () => {
    using shop = folder({ "gateway.config.ts": numbered(1) })
    const { reload, live } = reloading(shop, () => {
      throw new Error("Port 1 is taken.")
    })
    await expect(reload(true)).rejects.toThrow("Port 1 is taken.")
    expect(live.now).toBeUndefined()
  })

  it("follows files that only building finds: certificates, secrets and what mocks are made of", async () => {
    using secrets = folder({ token: "the-first-token-of-two\n" })
    const config = numbered(
      1,
      `services: { cart: { mock: "mock" } },`,
      `"GET /cart": "cart", "GET /m": { mock: "m.json" },`,
    )
      .replace("{ defineGateway }", "{ defineGateway, file }")
      .replace("admin: { port: 0 }", `admin: { port: 0, token: file("${secrets.path}/token") }`)
    using shop = folder({
      "gateway.config.ts": config,
      "m.json": "1",
      "lib/n.ts": "export default 1\n",
      "mocks/cart/cart.GET.ts": `export { default } from "../../lib/n.ts"\n`,
    })
    const { reload, files, live } = reloading(shop)
    await reload(true)
    expect(files()).toEqual(
      expect.arrayContaining([
        join(shop.path, "gateway.config.ts"),
        join(shop.path, ".env"),
        join(secrets.path, "token"),
        join(shop.path, "m.json"),
        join(shop.path, "lib/n.ts"),
      ]),
    )
    const changes: (() => void)[] = [
      () => secrets.write("token", "the-second-token-of-two\n"),
      () => shop.write("m.json", "2"),
      () => shop.write("lib/n.ts", "export default 2\n"),
      () => shop.write("mocks/cart/cart.GET.ts", "export default 3\n"),
      () => shop.write(".env", "A=1\n"),
      () => rmSync(join(shop.path, ".env")),
    ]
    for (const [index, change] of changes.entries()) {
      change()
      expect(await reload(false)).toMatchObject({ outcome: "applied", generation: { number: index + 2 } })
      expect(await reload(false)).toMatchObject({ outcome: "unchanged" })
    }
    expect(live.now?.number).toBe(changes.length + 1)
  })

  it("does not read a file half: text that is cut off is refused, and mended by the rest", async () => {
    using shop = folder({ "gateway.config.ts": numbered(1) })
    const { reload, served } = reloading(shop)
    await reload(true)
    const whole = numbered(2)
    writeFileSync(join(shop.path, "gateway.config.ts"), whole.slice(0, whole.length / 2))
    expect(await reload(false)).toMatchObject({ outcome: "refused", serving: 1 })
    writeFileSync(join(shop.path, "gateway.config.ts"), whole)
    expect(await reload(false)).toMatchObject({ outcome: "applied" })
    expect(served()).toBe("2")
  })
})
