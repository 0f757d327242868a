import { describe, expect, it } from "vitest"

import { type Gateway, gateway } from "../support/gateway.ts"
import { connect, type RawClient, requestText } from "../support/raw.ts"
import { rawUpstream } from "../support/upstream.ts"

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

const config = (url: string) => ({
  services: { shop: url },
  routes: { "/*": "shop", "/small": { reply: { body: "x" } } },
})

/** Settles when the gateway says that it is not ready any more. */
async function stopping(bellhop: Gateway): Promise<void> {
  for (;;) if ((await fetch(`${bellhop.admin}/readyz`)).status === 503) return
}

const clients = (url: string, count: number): Promise<RawClient[]> =>
  Promise.all(Array.from({ length: count }, () => connect(url)))

describe("SIGTERM", () => {
  it("lets every request under way end, then the gateway ends with 0", async () => {
    const release = Promise.withResolvers<string>()
    using service = await rawUpstream(() => release.promise)
    await using bellhop = await gateway(config(service.url))
    const all = await clients(bellhop.url, 16)
    for (const client of all) client.send(requestText("/held"))
    for (const _ of all) await service.next()
    bellhop.kill("SIGTERM")
    await stopping(bellhop)
    expect((await fetch(`${bellhop.admin}/healthz`)).status).toBe(200)
    release.resolve(ok)
    for (const client of all) {
      const response = await client.response()
      expect(response).toMatchObject({ status: 200, body: "ok", complete: true })
      // So that nobody sends another request into a connection that ends.
      expect(response?.get("connection")?.toLowerCase()).toBe("close")
      await client.closed
    }
    expect(await bellhop.exited).toBe(0)
  })

  it("under load costs no request that reached the service, and no answer is broken", async () => {
    const half = Promise.withResolvers<void>()
    using service = await rawUpstream(() => {
      if (service.received.length > 200) half.resolve()
      return ok
    })
    await using bellhop = await gateway(config(service.url))
    const answered = new Set<string>()
    const lost: string[] = []
    const load = (await clients(bellhop.url, 16)).map(async (client, number) => {
      for (let round = 0; ; round++) {
        const target = `/${number}/${round}`
        client.send(requestText(target))
        const response = await client.response()
        if (!response) return void lost.push(target)
        expect(response).toMatchObject({ status: 200, body: "ok", complete: true })
        answered.add(target)
        if (response.get("connection")?.toLowerCase() === "close") return undefined
      }
    })
    await half.promise
    bellhop.kill("SIGTERM")
    await Promise.all(load)
    expect(await bellhop.exited).toBe(0)
    // A connection that was idle may be closed: a request that crosses it is not carried out.
    expect(lost.filter((target) => service.received.some((one) => one.target === target))).toEqual([])
    expect(service.received.map(({ target }) => target).filter((target) => !answered.has(target))).toEqual([])
  })

  it("lets a body under way come to its end", async () => {
    const release = Promise.withResolvers<string>()
    using service = await rawUpstream(({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
      return release.promise
    })
    await using bellhop = await gateway(config(service.url))
    using client = await connect(bellhop.url)
    client.send(requestText("/body"))
    await new Promise((resolve) => client.socket.once("data", resolve))
    bellhop.kill("SIGTERM")
    await stopping(bellhop)
    release.resolve("4\r\nrest\r\n0\r\n\r\n")
    expect(await client.response()).toMatchObject({ body: "halfrest", complete: true })
    expect(await bellhop.exited).toBe(0)
  })

  it("takes no new connections", async () => {
    using service = await rawUpstream(() => undefined)
    await using bellhop = await gateway(config(service.url))
    using held = await connect(bellhop.url)
    held.send(requestText("/held"))
    await service.next()
    bellhop.kill("SIGTERM")
    await stopping(bellhop)
    await expect(connect(bellhop.url)).rejects.toThrow("ECONNREFUSED")
  })

  it("does not wait for connections that are idle", async () => {
    using service = await rawUpstream()
    await using bellhop = await gateway(config(service.url))
    const [used] = await clients(bellhop.url, 4)
    used?.send(requestText("/used"))
    await used?.response()
    using kept = await connect(bellhop.admin)
    kept.send(requestText("/healthz", { host: "localhost" }))
    await kept.response()
    bellhop.kill("SIGTERM")
    expect(await bellhop.exited).toBe(0)
  })

  it("does not wait for a request that never comes to its end", { timeout: 5_000 }, async () => {
    await using bellhop = await gateway({ routes: { "/": { reply: {} } } })
    using half = await connect(bellhop.url)
    half.send("GET /half HTTP/1.1\r\nHost: ")
    using other = await connect(bellhop.url)
    other.send(requestText("/"))
    await other.response()
    bellhop.kill("SIGTERM")
    expect(await bellhop.exited).toBe(0)
  })

  it("ends what is stuck when the grace is over", async () => {
    using service = await rawUpstream(() => undefined)
    await using bellhop = await gateway(config(service.url), { args: ["--grace", "1"] })
    using client = await connect(bellhop.url)
    client.send(requestText("/stuck"))
    const { gone } = await service.next()
    bellhop.kill("SIGTERM")
    await client.closed
    await gone
    expect(await bellhop.exited).toBe(0)
  })

  it.each([
    ["SIGTERM", 1],
    ["SIGINT", 130],
  ] as const)("and then %s ends the gateway at once, with %i", async (signal, code) => {
    using service = await rawUpstream(() => undefined)
    await using bellhop = await gateway(config(service.url))
    using client = await connect(bellhop.url)
    client.send(requestText("/stuck"))
    await service.next()
    bellhop.kill("SIGTERM")
    await stopping(bellhop)
    bellhop.kill(signal)
    expect(await bellhop.exited).toBe(code)
  })
})

describe("SIGINT", () => {
  it("ends bellhop dev with 0", async () => {
    using service = await rawUpstream()
    await using bellhop = await gateway(config(service.url), { command: "dev", args: ["--no-types"] })
    bellhop.kill("SIGINT")
    expect(await bellhop.exited).toBe(0)
  })
})
