import { describe, expect, it } from "vitest"

import { folder, type Running, serving } from "../support/executable.ts"
import { gateway } from "../support/gateway.ts"
import { numbered, save } from "../support/saves.ts"
import { openSocket, rawHandshake, socketUpstream } from "../support/websocket.ts"

const applied = (bellhop: Running, generation: number) =>
  bellhop.next((event) => event.outcome === "applied" && event.generation === generation)

describe("a reload", () => {
  const config = (n: number, services: string, routes = `"/chat": "chat",`): string =>
    numbered(n, `services: { ${services} },`, routes)

  it("of other routes and services leaves WebSockets as they are, however often", async () => {
    using service = socketUpstream()
    const source = (n: number): string =>
      config(
        n,
        `chat: "${service.url}", other: { url: "http://127.0.0.1:${1000 + n}" }`,
        `"/chat": { service: "chat", headers: { response: { set: { "x-a": "b" } } } }, "/other/${n}": "other",`,
      )
    using shop = folder({ "gateway.config.ts": source(0) })
    await using bellhop = await serving(shop.path, { command: "start", args: ["--watch"] })
    const clients = await Promise.all(Array.from({ length: 200 }, () => openSocket(`${bellhop.url}/chat`)))
    let closed = 0
    for (const client of clients) void client.closed.then(() => closed++)
    for (let n = 1; n <= 20; n++) {
      const asked = clients.map((client, index) => client.ask(`${index} in ${n}`))
      save(shop.path, "gateway.config.ts", source(n))
      await applied(bellhop, n + 1)
      expect(await Promise.all(asked)).toEqual(clients.map((_, index) => `${index} in ${n}`))
    }
    expect([closed, service.open]).toEqual([0, 200])
    for (const client of clients) client[Symbol.dispose]()
  })

  it.each<[string, (url: string) => string]>([
    ["whose route is gone", (url) => config(2, `chat: "${url}"`, "")],
    ["whose route changed", (url) => config(2, `chat: "${url}"`, `"/chat": { service: "chat", path: "/room" },`)],
    ["whose service changed", (url) => config(2, `chat: { url: "${url}", timeout: "3s" }`)],
    [
      "whose path is now another route's",
      (url) => config(2, `chat: "${url}"`, `"/chat": "chat", "GET /chat": "chat",`),
    ],
  ])("asks clients to come again %s, and others not", async (_, changed) => {
    using service = socketUpstream()
    const also = (source: string): string => source.replace("services: {", `services: { stay: "${service.url}",`)
    const stays = (source: string): string => also(source).replace("routes: {", `routes: { "/stay": "stay",`)
    using shop = folder({ "gateway.config.ts": stays(config(1, `chat: "${service.url}"`)) })
    await using bellhop = await serving(shop.path, { command: "start", args: ["--watch"] })
    using leaving = await openSocket(`${bellhop.url}/chat`)
    const left = await service.next()
    using staying = await openSocket(`${bellhop.url}/stay`)
    save(shop.path, "gateway.config.ts", stays(changed(service.url)))
    expect(await leaving.closed).toEqual({ code: 1012, reason: "The config changed." })
    expect(await left.closed).toMatchObject({ code: 1012 })
    expect(await staying.ask("still here")).toBe("still here")
  })

  it("asks a client to come again whose route is gone, also where it has another path on the service", async () => {
    using service = socketUpstream()
    const source = (routes: string): string => config(1, `chat: "${service.url}"`, routes)
    using shop = folder({ "gateway.config.ts": source(`"/chat": { service: "chat", path: "/room" },`) })
    await using bellhop = await serving(shop.path, { command: "start", args: ["--watch"] })
    using client = await openSocket(`${bellhop.url}/chat`)
    expect((await service.next()).url.pathname).toBe("/room")
    save(shop.path, "gateway.config.ts", source(""))
    expect(await client.closed).toMatchObject({ code: 1012 })
  })

  it("asks those to come again whose handshake it overtook", async () => {
    const arrived = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    using service = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      async fetch(request, self) {
        arrived.resolve()
        await release.promise
        return self.upgrade(request) ? undefined : new Response()
      },
      websocket: { message() {} },
    })
    using shop = folder({ "gateway.config.ts": config(1, `chat: "${service.url.origin}"`) })
    await using bellhop = await serving(shop.path, { command: "start", args: ["--watch"] })
    const opening = openSocket(`${bellhop.url}/chat`)
    await arrived.promise
    save(shop.path, "gateway.config.ts", config(2, `chat: "${service.url.origin}"`, ""))
    await applied(bellhop, 2)
    release.resolve()
    using late = await opening
    expect(await late.closed).toMatchObject({ code: 1012 })
  })

  it("that allows larger messages is for those who come from then on", async () => {
    using service = socketUpstream()
    const source = (size: string) =>
      config(
        1,
        `chat: "${service.url}", large: { url: "${service.url}", websocket: { maxMessage: "${size}" } }`,
        `"/chat": "chat", "/large": "large",`,
      )
    using shop = folder({ "gateway.config.ts": source("2mb") })
    await using bellhop = await serving(shop.path, { command: "start", args: ["--watch"] })
    using staying = await openSocket(`${bellhop.url}/chat`)
    save(shop.path, "gateway.config.ts", source("4mb"))
    await applied(bellhop, 2)
    using large = await openSocket(`${bellhop.url}/large`)
    expect(await large.ask("x".repeat(3 * 1024 * 1024))).toHaveLength(3 * 1024 * 1024)
    expect(await staying.ask("still here")).toBe("still here")
  })
})

describe("SIGTERM", () => {
  it("closes WebSockets with 1001, for both ends, and then ends the gateway with 0", async () => {
    using service = socketUpstream()
    await using bellhop = await gateway({ services: { chat: service.url }, routes: { "/chat": "chat" } })
    const clients = await Promise.all(Array.from({ length: 20 }, () => openSocket(`${bellhop.url}/chat`)))
    const served = await Promise.all(clients.map(() => service.next()))
    bellhop.kill("SIGTERM")
    for (const { closed } of [...clients, ...served]) expect(await closed).toMatchObject({ code: 1001 })
    expect(await bellhop.exited).toBe(0)
  })

  it("does not wait longer than the grace for a client that does not read", async () => {
    using service = socketUpstream()
    await using bellhop = await gateway(
      { services: { chat: service.url }, routes: { "/chat": "chat" } },
      { args: ["--grace", "1"] },
    )
    const { client } = await rawHandshake(bellhop.url, "/chat")
    using _ = client
    client.socket.pause()
    const { socket } = await service.next()
    for (let n = 0; n < 64; n++) socket.send(Buffer.alloc(1024 * 1024))
    bellhop.kill("SIGTERM")
    expect(await bellhop.exited).toBe(0)
  })
})
