import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { Kept } from "../../../src/core/kept.ts"
import { checkHealth } from "../../../src/services/health-check.ts"
import { healthOptions } from "../../../src/services/health-options.ts"
import { upstream } from "../../../src/services/upstream.ts"
import { folder } from "../../support/executable.ts"
import { http2Service } from "../../support/http2.ts"
import { freePort, listener, rawUpstream, webUpstream } from "../../support/upstream.ts"
import { parsed } from "../discovery/watching.ts"
import { until } from "../transport/pool-of.ts"

const never = new AbortController().signal

/** Checks what is at a URL, as a config says it. */
function check(url: string, options: object = {}, signal = never, host?: string): Promise<string | undefined> {
  const one = upstream("shop", { url, host }, new Kept().generation().keep)
  return checkHealth(one, parsed(healthOptions, { path: "/healthz", ...options }), signal)
}

describe("checkHealth()", () => {
  it("asks behind the base path, under the name, on a connection that it closes", async () => {
    using server = await rawUpstream()
    expect(await check(`${server.url}/base/`, { headers: { "X-Check": "1" } }, never, "shop.test")).toBeUndefined()
    const asked = await server.next()
    expect([asked.method, asked.target]).toEqual(["GET", "/base/healthz"])
    expect(["host", "x-check", "connection", "user-agent"].map((name) => asked.get(name))).toEqual([
      "shop.test",
      "1",
      "close",
      "bellhop",
    ])
    await asked.gone
  })

  it("lets the config choose the method and the Host header", async () => {
    using server = await rawUpstream(() => "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    expect(await check(server.url, { method: "HEAD", headers: { HOST: "other.test" } })).toBeUndefined()
    const asked = await server.next()
    expect([asked.method, asked.get("host"), asked.all("host").length]).toEqual(["HEAD", "other.test", 1])
  })

  it.each([
    [200, {}, undefined],
    [302, {}, undefined],
    [399, {}, undefined],
    [404, {}, "status 404"],
    [503, {}, "status 503"],
    [204, { status: 204 }, undefined],
    [200, { status: 204 }, "status 200"],
    [418, { status: ["200-299", 418] }, undefined],
  ])("says of a %i, with %j: %s", async (status, options, reason) => {
    using server = webUpstream(() => new Response(null, { status }))
    expect(await check(server.url, options)).toBe(reason)
  })

  it("waits for a whole answer, and drops it", async () => {
    let sent = 0
    using server = webUpstream(
      () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              controller.enqueue(new Uint8Array(64 * 1024))
              if (++sent === 64) controller.close()
            },
          }),
        ),
    )
    expect(await check(server.url)).toBeUndefined()
    expect(sent).toBe(64)
  })

  it.each([
    ["no answer", undefined],
    ["half a head", "HTTP/1.1 200 OK\r\nContent-Le"],
    ["half a body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"],
  ])("fails on %s within the timeout, and hangs up", async (_, bytes) => {
    using server = await rawUpstream(() => bytes)
    expect(await check(server.url, { timeout: "40ms" })).toBe("no answer within 40ms")
    await (
      await server.next()
    ).gone
  })

  it("says why there is no answer", async () => {
    expect(await check(`http://127.0.0.1:${await freePort()}`)).toBe("connection refused")
    using closes = await listener((socket) => socket.once("data", () => socket.end()))
    expect(await check(closes.url)).toBe("the connection was closed")
    using cut = await listener((socket) =>
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")),
    )
    expect(await check(cut.url)).toBe("it closed before its answer was whole")
    using other = await listener((socket) => socket.once("data", () => socket.end("SSH-2.0-OpenSSH_9.2\r\n")))
    expect(await check(other.url)).toBe("it does not speak HTTP/1")
  })

  it("hangs up at once when it is stopped", async () => {
    using server = await rawUpstream(() => undefined)
    const stopped = new AbortController()
    const checking = check(server.url, {}, stopped.signal)
    const asked = await server.next()
    stopped.abort()
    await asked.gone
    expect(await checking).toBeDefined()
    await check(server.url, {}, stopped.signal)
    expect(server.received.length).toBe(1)
  })
})

describe("checkHealth(), of an upstream that speaks HTTP/2,", () => {
  const checkHttp2 = (url: string, options: object = {}, signal = never): Promise<string | undefined> => {
    const one = upstream("shop", { url }, new Kept().generation().keep, { protocol: "http2" })
    return checkHealth(one, parsed(healthOptions, { path: "/healthz", ...options }), signal)
  }

  it("asks on a connection of its own, which it closes", async () => {
    using service = await http2Service()
    const given = { method: "HEAD", headers: { "X-Check": "1", Host: "shop.test" } }
    expect(await checkHttp2(`${service.url}/base`, given)).toBeUndefined()
    expect(service.received[0]?.lines).toEqual(
      [
        [":method", "HEAD", ":scheme", "http", ":path", "/base/healthz", ":authority", "shop.test"],
        ["user-agent", "bellhop", "accept", "*/*", "x-check", "1"],
      ].flat(),
    )
    await until(() => service.sessions.every(({ destroyed }) => destroyed))
  })

  it("says why it is not well", async () => {
    using ill = await http2Service(({ stream }) => stream.respond({ ":status": 503 }, { endStream: true }))
    using old = await rawUpstream()
    using held = await http2Service(() => undefined)
    using slow = await listener((socket) => void socket.resume())
    expect([
      await checkHttp2(ill.url),
      await checkHttp2(old.url),
      await checkHttp2(`http://127.0.0.1:${await freePort()}`),
      await checkHttp2(held.url, { timeout: "50ms" }),
      await checkHttp2(slow.url, { timeout: "50ms" }),
    ]).toEqual([
      "status 503",
      "it does not speak HTTP/2",
      "connection refused",
      "no answer within 50ms",
      expect.stringMatching(/^(no answer within 50ms|connecting took too long)$/),
    ])
    await until(() => held.sessions.every(({ destroyed }) => destroyed))
  })

  it("hangs up when nobody wants to know any more", async () => {
    using held = await http2Service(() => undefined)
    const stopped = new AbortController()
    const checked = checkHttp2(held.url, {}, stopped.signal)
    await held.next()
    stopped.abort()
    expect(await checked).toBe("nobody waits for the answer any more")
    await until(() => held.sessions.every(({ destroyed }) => destroyed))
  })
})

describe("checkHealth(), of an upstream at a unix socket,", () => {
  it("asks it, or says that there is none", async () => {
    using made = folder()
    const path = join(made.path, "shop.sock")
    expect(await check(`unix:${path}`)).toBe("there is no such socket")
    const server = Bun.serve({
      unix: path,
      fetch: ({ url }) => new Response(null, { status: url.endsWith("/base/healthz") ? 200 : 404 }),
    })
    expect([await check(`unix:${path}:/base`), await check(`unix:${path}`)]).toEqual([undefined, "status 404"])
    await server.stop(true)
    expect(await check(`unix:${path}`)).toMatch(/^(there is no such socket|connection refused)$/)
  })
})
