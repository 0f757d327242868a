import { readFileSync } from "node:fs"
import { networkInterfaces } from "node:os"

import { describe, expect, it } from "vitest"

import { executable, type Folder, folder, run } from "../support/executable.ts"
import { configSource, gateway } from "../support/gateway.ts"
import { ask } from "../support/raw.ts"
import { freePort, listener } from "../support/upstream.ts"

const routes = `routes: { "/": { reply: { body: "hello" } } }`

const withPort = (port: number, more = ""): Folder =>
  folder({ "gateway.config.ts": configSource(`{ listen: { host: "127.0.0.1", port: ${port} }, ${more} ${routes} }`) })

/** Runs to its end. */
async function ended(path: string, ...args: string[]): Promise<{ code: number; err: string }> {
  await using running = run(args, path)
  const code = await running.exited
  await running.next(() => false).catch(() => {})
  return { code, err: running.stderr() }
}

const ownName = readFileSync(`/proc/${process.pid}/comm`, "utf8").trim()

describe("bellhop start on a port that is taken", () => {
  it("ends with 4 and says who has it and what to do", async () => {
    using taken = await listener(() => {})
    using config = withPort(taken.port)
    const { code, err } = await ended(config.path, "start")
    expect(code).toBe(4)
    expect(err).toContain(`Port ${taken.port}`)
    expect(err).toContain(`${ownName} (process ${process.pid})`)
    expect(err).toContain(`kill ${process.pid}`)
    expect(err).toContain("listen: { port }")
    expect(err).not.toMatch(/\bat .*:\d+:\d+|node:|Bun\./)
  })

  it("does not share it with another gateway", async () => {
    await using first = await gateway(`{ ${routes} }`)
    const { port } = new URL(first.url)
    using config = withPort(Number(port))
    const { code, err } = await ended(config.path, "start", "--json")
    expect(code).toBe(4)
    expect(err).toContain(`bellhop (process ${first.pid})`)
    expect((await ask(first.url, "/")).body).toBe("hello")
  })

  it("does not share it with one that listens on all addresses either", async () => {
    await using first = await gateway(`{ listen: { host: "0.0.0.0", port: 0 }, ${routes} }`)
    using config = withPort(Number(new URL(first.url).port))
    expect((await ended(config.path, "start")).code).toBe(4)
  })

  it("ends with 4 for the admin listener too", async () => {
    using taken = await listener(() => {})
    using config = withPort(0, `admin: { port: ${taken.port} },`)
    const { code, err } = await ended(config.path, "start")
    expect(code).toBe(4)
    expect(err).toContain(`Port ${taken.port}`)
  })

  it("takes another one that --port names", async () => {
    using taken = await listener(() => {})
    await using bellhop = await gateway(`{ listen: { host: "127.0.0.1", port: ${taken.port} }, ${routes} }`, {
      args: ["--port", "0"],
    })
    expect(new URL(bellhop.url).port).not.toBe(String(taken.port))
    expect((await ask(bellhop.url, "/")).body).toBe("hello")
  })
})

describe("bellhop dev on a port that is taken", () => {
  it("moves to the next free one", async () => {
    using taken = await listener(() => {})
    await using bellhop = await gateway(`{ listen: { host: "127.0.0.1", port: ${taken.port} }, ${routes} }`, {
      command: "dev",
      args: ["--no-types"],
    })
    const port = Number(new URL(bellhop.url).port)
    expect(port).toBeGreaterThan(taken.port)
    expect(port).toBeLessThanOrEqual(taken.port + 20)
    expect((await ask(bellhop.url, "/")).body).toBe("hello")
  })

  it("says so to the person", async () => {
    using taken = await listener(() => {})
    using config = withPort(taken.port)
    const child = Bun.spawn([executable, "dev", "--no-types"], {
      cwd: config.path,
      env: { HOME: config.path, NO_COLOR: "1" },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    })
    try {
      let out = ""
      for await (const chunk of child.stdout) {
        out += new TextDecoder().decode(chunk)
        if (/admin\s+http\S+\s/.test(out)) break
      }
      const [, port] = /gateway\s+http:\/\/localhost:(\d+)/.exec(out) ?? []
      expect(Number(port)).toBeGreaterThan(taken.port)
      child.kill("SIGTERM")
      const said = out + (await new Response(child.stderr).text())
      expect(said).toMatch(new RegExp(`\\b${taken.port}\\b.*taken|taken.*\\b${taken.port}\\b`, "i"))
    } finally {
      child.kill("SIGKILL")
      await child.exited
    }
  })

  it("stays there when the config is saved again", async () => {
    using taken = await listener(() => {})
    const source = (body: string): string =>
      `{ listen: { host: "127.0.0.1", port: ${taken.port} }, routes: { "/": { reply: { body: "${body}" } } } }`
    await using bellhop = await gateway(source("one"), { command: "dev", args: ["--no-types"] })
    expect((await ask(bellhop.url, "/")).body).toBe("one")
    await bellhop.next(({ event }) => event === "reload")
    bellhop.folder.write("gateway.config.ts", configSource(source("two")))
    expect(await bellhop.next(({ event }) => event === "reload")).toMatchObject({ outcome: "applied", generation: 2 })
    expect((await ask(bellhop.url, "/")).body).toBe("two")
  })
})

describe("an address", () => {
  it("is any free port for 0, a different one for each", async () => {
    await using one = await gateway(`{ ${routes} }`)
    await using two = await gateway(`{ ${routes} }`)
    const ports = [one.url, one.admin, two.url, two.admin].map((url) => Number(new URL(url).port))
    expect(new Set(ports).size).toBe(4)
    expect(ports.every((port) => port > 0)).toBe(true)
  })

  it("that the machine does not have is refused with a word about it", async () => {
    using config = folder({
      "gateway.config.ts": configSource(`{ listen: { host: "203.0.113.7", port: ${await freePort()} }, ${routes} }`),
    })
    const { code, err } = await ended(config.path, "start")
    expect(code).toBe(4)
    expect(err).toContain('"203.0.113.7"')
    expect(err).toContain("listen: { host }")
  })

  it("of IPv6 can be listened on", async ({ skip }) => {
    const has = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"))
    if (!has) return skip("this machine has no ::1")
    await using bellhop = await gateway(`{ listen: { host: "::1", port: 0 }, ${routes} }`)
    expect(bellhop.url).toMatch(/^http:\/\/\[::1\]:\d+$/)
    expect(await (await fetch(bellhop.url)).text()).toBe("hello")
  })

  it("below 1024 needs a permission, and the message says which", async ({ skip }) => {
    const first = Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8"))
    if (process.getuid?.() === 0) return skip("root may listen on every port")
    if (first <= 80) return skip(`everybody may listen from port ${first} here`)
    using config = withPort(80)
    const { code, err } = await ended(config.path, "start")
    expect(code).toBe(4)
    expect(err).toContain("Not allowed to listen on port 80")
    expect(err).toContain("cap_net_bind_service")
  })
})
