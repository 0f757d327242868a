import { describe, expect, it } from "vitest"

import { gateway } from "../support/gateway.ts"
import { ask } from "../support/raw.ts"
import { freePort, rawUpstream } from "../support/upstream.ts"
import { openSocket, socketUpstream } from "../support/websocket.ts"

const answer = (status: string, body: string): string =>
  `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`

const headerOf = (headers: readonly (readonly [string, string])[], name: string): string | undefined =>
  headers.find(([key]) => key.toLowerCase() === name)?.[1]

describe("failover", () => {
  it("asks the other service for the same when the first is down, answers badly, or takes too long", async () => {
    using broken = await rawUpstream(() => answer("503 Service Unavailable", "first"))
    using silent = await rawUpstream(() => undefined)
    using well = await rawUpstream(({ body }) => answer("200 OK", `other ${body}`))
    await using served = await gateway({
      services: {
        down: `http://127.0.0.1:${await freePort()}`,
        broken: broken.url,
        silent: { url: silent.url, timeout: "100ms" },
        well: well.url,
      },
      routes: {
        "/down/*": { service: "down", path: "/v2/*", failover: "well" },
        "/broken/*": { service: "broken", failover: { service: "well", on: [503] } },
        "/as-it-is/*": { service: "broken", failover: "well" },
        "/silent/*": { service: "silent", failover: "well" },
      },
    })
    const post = { method: "POST", body: "hello" }
    for (const [path, target] of [
      ["/down/a?b", "/v2/a?b"],
      ["/broken/a", "/broken/a"],
      ["/silent/a", "/silent/a"],
    ] as const) {
      const reply = await ask(served.url, path, post)
      expect([path, reply.status, reply.body]).toEqual([path, 200, "other hello"])
      expect(headerOf(reply.headers, "x-bellhop-failover")).toBe("well")
      expect((await well.next()).target).toBe(target)
    }
    const first = await ask(served.url, "/as-it-is/a", post)
    expect([first.status, first.body, headerOf(first.headers, "x-bellhop-failover")]).toEqual([503, "first", undefined])
    expect(well.received).toHaveLength(3)
  })

  it("opens a WebSocket at the other service when the first is down, and a mirror hears nothing of it", async () => {
    using well = socketUpstream({ message: (socket, message) => void socket.send(message) })
    using next = await rawUpstream()
    await using served = await gateway({
      services: { down: `http://127.0.0.1:${await freePort()}`, well: well.url, next: next.url },
      defaults: { mirror: { service: "next" } },
      routes: { "/chat": { service: "down", failover: "well" }, "/text": { reply: {} } },
    })
    using client = await openSocket(`${served.url}/chat`)
    expect(await client.ask("hello")).toBe("hello")
    await ask(served.url, "/text")
    expect((await next.next()).target).toBe("/text")
    expect(next.received).toHaveLength(1)
  })
})

describe("mirror", () => {
  it("sends the other service what the service gets, and the client waits for neither its answer nor its failure", async () => {
    using service = await rawUpstream(({ body }) => answer("200 OK", `mine ${body}`))
    using next = await rawUpstream(() => undefined)
    await using served = await gateway({
      services: { service: service.url, next: next.url, gone: `http://127.0.0.1:${await freePort()}` },
      routes: {
        "/a/*": { service: "service", path: "/v2/*", mirror: { service: "next" } },
        "/gone": { service: "service", mirror: { service: "gone" } },
      },
    })
    expect(await ask(served.url, "/a/b?c", { method: "POST", body: "hello" })).toMatchObject({
      status: 200,
      body: "mine hello",
    })
    expect(await next.next()).toMatchObject({ method: "POST", target: "/v2/b?c", body: "hello" })
    for (let time = 0; time < 3; time++)
      expect(await ask(served.url, "/gone")).toMatchObject({ status: 200, body: "mine " })
  })
})
