import { describe, expect, it } from "vitest"

import { folder, type Running, serving } from "../support/executable.ts"
import { answer, numbered, save } from "../support/saves.ts"

const outcome = (gateway: Running, wanted: "applied" | "refused" | "unchanged") =>
  gateway.next((event) => event.outcome === wanted)

const post = (admin: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${admin}/reload`, { method: "POST", headers })

const onPorts = (n: number, port: number, admin = 0): string =>
  numbered(n)
    .replace("listen: { port: 0 }", `listen: { port: ${port} }`)
    .replace("admin: { port: 0 }", `admin: { port: ${admin} }`)

/** A port that nobody has right now. */
function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } })
  server.stop(true)
  return server.port
}

describe("`bellhop start` watches nothing, and reloads when it is asked:", () => {
  it("by SIGHUP", async () => {
    using shop = folder({ "gateway.config.ts": numbered(1) })
    await using gateway = await serving(shop.path, { command: "start" })
    await outcome(gateway, "applied")
    save(shop.path, "gateway.config.ts", numbered(2))
    gateway.kill("SIGHUP")
    expect(await outcome(gateway, "applied")).toMatchObject({ generation: 2 })
    expect(await answer(gateway.url)).toBe("2")
    save(shop.path, "gateway.config.ts", numbered(3, `timeuot: "1s",`))
    gateway.kill("SIGHUP")
    expect(await outcome(gateway, "refused")).toMatchObject({ generation: 2, issues: [{ code: "E201", line: 6 }] })
    expect(await answer(gateway.url)).toBe("2")
    // A hang-up without a change is answered, and changes nothing.
    save(shop.path, "gateway.config.ts", numbered(2))
    gateway.kill("SIGHUP")
    expect(await outcome(gateway, "unchanged")).toMatchObject({ generation: 2, issues: [] })
  })

  it("by POST /reload", async () => {
    using shop = folder({ "gateway.config.ts": numbered(1) })
    await using gateway = await serving(shop.path, { command: "start" })
    save(shop.path, "gateway.config.ts", numbered(2))
    const good = await post(gateway.admin)
    expect(good.status).toBe(200)
    expect(await good.json()).toEqual({ outcome: "applied", generation: 2, issues: [] })
    expect(await answer(gateway.url)).toBe("2")
    save(shop.path, "gateway.config.ts", numbered(3, `timeuot: "1s",`))
    // Asked again, it says again what is wrong.
    for (let time = 0; time < 2; time++) {
      const broken = await post(gateway.admin)
      expect(broken.status).toBe(422)
      expect(await broken.json()).toEqual({
        outcome: "refused",
        generation: 2,
        issues: [
          expect.objectContaining({ code: "E201", severity: "error", file: "gateway.config.ts", line: 6, column: 3 }),
        ],
      })
      expect(await answer(gateway.url)).toBe("2")
    }
  })

  it("and takes what a secret file says by then, which the config only names", async () => {
    using secrets = folder({ token: "the-first-token-of-two\n" })
    const config = numbered(1)
      .replace("{ defineGateway }", "{ defineGateway, file }")
      .replace("admin: { port: 0 }", `admin: { port: 0, token: file("${secrets.path}/token") }`)
    using shop = folder({ "gateway.config.ts": config })
    await using gateway = await serving(shop.path, { command: "start" })
    secrets.write("token", "the-second-token-of-two\n")
    const done = await post(gateway.admin, { authorization: "Bearer the-first-token-of-two" })
    expect(await done.json()).toMatchObject({ outcome: "applied", generation: 2 })
    expect((await post(gateway.admin, { authorization: "Bearer the-first-token-of-two" })).status).toBe(401)
    const again = await post(gateway.admin, { authorization: "Bearer the-second-token-of-two" })
    expect(await again.json()).toMatchObject({ outcome: "unchanged" })
  })
})

describe("a reload that names another port", () => {
  it("answers there, and no longer at the old one", async () => {
    using shop = folder({ "gateway.config.ts": numbered(1) })
    await using gateway = await serving(shop.path)
    await outcome(gateway, "applied")
    const port = freePort()
    save(shop.path, "gateway.config.ts", onPorts(2, port))
    await outcome(gateway, "applied")
    expect(await answer(`http://127.0.0.1:${port}`)).toBe("2")
    const old = gateway.url.replace("localhost", "127.0.0.1")
    await expect(fetch(`${old}/n`, { keepalive: false })).rejects.toThrow("Unable to connect")
  })

  it.each<{ command: "start" | "dev" }>([{ command: "start" }])(
    "that is taken is refused, and the old one serves on under `bellhop $command`",
    async ({ command }) => {
      using other = Bun.listen({ hostname: "127.0.0.1", port: 0, exclusive: true, socket: { data() {} } })
      const loopback = (config: string): string => config.replace("listen: {", 'listen: { host: "127.0.0.1",')
      using shop = folder({ "gateway.config.ts": loopback(numbered(1)) })
      await using gateway = await serving(shop.path, { command, args: ["--watch"] })
      await outcome(gateway, "applied")
      save(shop.path, "gateway.config.ts", loopback(onPorts(2, other.port)))
      expect(await outcome(gateway, "refused")).toMatchObject({
        generation: 1,
        issues: [{ code: "E702", message: expect.stringContaining(`Port ${other.port} on 127.0.0.1 is taken`) }],
      })
      expect(await answer(gateway.url)).toBe("1")
      expect((await fetch(`${gateway.admin}/readyz`)).status).toBe(200)
      save(shop.path, "gateway.config.ts", loopback(numbered(3)))
      await outcome(gateway, "applied")
      expect(await answer(gateway.url)).toBe("3")
    },
  )

  it("for the admin listener, when it is taken, keeps the old one", async () => {
    using other = Bun.listen({ hostname: "127.0.0.1", port: 0, exclusive: true, socket: { data() {} } })
    using shop = folder({ "gateway.config.ts": numbered(1) })
    await using gateway = await serving(shop.path, { command: "start" })
    save(shop.path, "gateway.config.ts", onPorts(2, 0, other.port))
    const refused = await post(gateway.admin)
    expect(refused.status).toBe(422)
    expect(await refused.json()).toMatchObject({ generation: 1, issues: [{ code: "E702" }] })
    expect((await fetch(`${gateway.admin}/readyz`)).status).toBe(200)
    expect(await answer(gateway.url)).toBe("1")
  })
})

it("a reload that changes how the gateway listens, but not where, keeps the port that was found free", async () => {
  using shop = folder({ "gateway.config.ts": numbered(1) })
  await using gateway = await serving(shop.path)
  await outcome(gateway, "applied")
  save(shop.path, "gateway.config.ts", numbered(2, `docs: { path: "/pages" },`))
  await outcome(gateway, "applied")
  expect(await answer(gateway.url)).toBe("2")
  expect(await answer(gateway.url, "/pages")).toContain("<html")
})
