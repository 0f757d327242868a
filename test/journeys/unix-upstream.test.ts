import { rmSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"

import { describe, expect, it } from "vitest"

import type { ServiceStatus } from "../../src/services/status.ts"
import { executable, folder } from "../support/executable.ts"
import { configSource, gateway } from "../support/gateway.ts"
import { http2Service } from "../support/http2.ts"
import { ask } from "../support/raw.ts"
import { openSocket } from "../support/websocket.ts"

const own = { host: "localhost" }

/** A service at a path, which says what it was asked for, and echoes on WebSockets. */
function socketService(unix: string): Disposable {
  const server = Bun.serve({
    unix,
    development: false,
    async fetch(request, it): Promise<Response | undefined> {
      if (it.upgrade(request, { data: undefined })) return undefined
      const { host, pathname, search } = new URL(request.url)
      return Response.json([request.method, host, pathname + search, await request.text()])
    },
    websocket: { message: (socket, message) => void socket.send(message) },
  })
  return { [Symbol.dispose]: () => void server.stop(true) }
}

describe("a service at a unix socket", () => {
  it("is asked like any other, as localhost, behind its base path", async () => {
    using place = folder()
    const path = join(place.path, "cart.sock")
    using _service = socketService(path)
    await using bellhop = await gateway({
      services: { cart: `unix:${path}`, base: { url: [`unix:${path}:/base`] } },
      routes: { "/*": "cart", "/behind/*": { service: "base", path: "/*" } },
    })
    expect(JSON.parse((await ask(bellhop.url, "/a//b?c=d")).body)).toEqual(["GET", "localhost", "/a//b?c=d", ""])
    const posted = await ask(bellhop.url, "/behind/x", { method: "POST", body: "hello" })
    expect(JSON.parse(posted.body)).toEqual(["POST", "localhost", "/base/x", "hello"])
  })

  it("carries WebSockets", async () => {
    using place = folder()
    const path = join(place.path, "chat.sock")
    using _service = socketService(path)
    await using bellhop = await gateway({ services: { chat: `unix:${path}` }, routes: { "/*": "chat" } })
    using client = await openSocket(`${bellhop.url}/chat`)
    expect(await client.ask("hello")).toBe("hello")
  })

  it("is checked, and shown by its path; while nobody listens, nothing is sent", async () => {
    using place = folder()
    const path = join(place.path, "cart.sock")
    const health = { path: "/healthz", interval: "10ms", jitter: 0, unhealthy: 1, healthy: 1 }
    await using bellhop = await gateway({
      services: { cart: { url: `unix:${path}:/base`, health } },
      routes: { "/*": "cart" },
    })
    const status = async () => {
      const { services } = JSON.parse((await ask(bellhop.admin, "/services", own)).body) as {
        services: ServiceStatus[]
      }
      return services[0]?.upstreams[0]
    }
    while ((await status())?.up !== false) continue
    expect(await status()).toMatchObject({ upstream: `unix:${path}:/base`, reason: "there is no such socket" })
    expect((await ask(bellhop.url, "/")).status).toBe(503)
    using _service = socketService(path)
    while ((await status())?.up !== true) continue
    expect(JSON.parse((await ask(bellhop.url, "/x")).body)).toEqual(["GET", "localhost", "/base/x", ""])
  })

  it("is told from one that is not there, and from one that nobody listens on", async () => {
    using place = folder()
    const [none, left] = [join(place.path, "none.sock"), join(place.path, "left.sock")]
    const before = createServer()
    await new Promise<void>((resolve) => before.listen(left, resolve))
    await using bellhop = await gateway({
      services: { none: `unix:${none}`, left: `unix:${left}` },
      routes: { "/none": "none", "/left": "left" },
    })
    await new Promise<unknown>((resolve) => before.close(resolve))
    rmSync(left, { force: true })
    for (const target of ["/none", "/left"]) expect((await ask(bellhop.url, target)).status).toBe(502)
    expect(bellhop.stderr()).not.toContain("unhandled")
  })

  it("may speak HTTP/2", async () => {
    using place = folder()
    const path = join(place.path, "cart.sock")
    using service = await http2Service(undefined, {}, { path })
    await using bellhop = await gateway({
      services: { cart: { url: `unix:${path}`, protocol: "http2" } },
      routes: { "/*": "cart" },
    })
    expect(await ask(bellhop.url, "/x")).toMatchObject({ status: 200, body: "ok" })
    expect(service.received[0]?.headers).toMatchObject({ ":authority": "localhost", ":path": "/x" })
  })

  it.each([
    ["unix:cart.sock", "names no socket by its whole path", "unix:/run/cart.sock"],
    [`unix:/${"a".repeat(120)}`, "has a path of 121 bytes", "shorter path"],
  ])("is refused by the check as %s", async (url, wrong, fix) => {
    using place = folder({ "gateway.config.ts": configSource(JSON.stringify({ services: { cart: url }, routes: {} })) })
    const env = { PATH: process.env.PATH, HOME: place.path }
    const checked = Bun.spawn([executable, "check"], {
      cwd: place.path,
      env,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    })
    const said = await new Response(checked.stdout).text()
    expect(await checked.exited).toBe(3)
    for (const part of ["gateway.config.ts:", "E204", wrong, fix]) expect(said).toContain(part)
  })
})
