import { describe, expect, it } from "vitest"

import { type Gateway, gateway } from "../support/gateway.ts"
import { ask, connect, requestText } from "../support/raw.ts"
import { rawUpstream } from "../support/upstream.ts"
import { holdingService, stages, vanishingRoutes } from "../support/vanishing.ts"

/** Settles when no request is under way any more. */
async function idle(bellhop: Gateway): Promise<void> {
  const scrape = async () => (await ask(bellhop.admin, "/metrics", { host: "localhost" })).body
  while (!/^bellhop_requests_in_flight 0$/m.test(await scrape()));
}

describe("a client that vanishes", () => {
  const rows = Object.entries(stages).flatMap(([when, stage]) => [
    { when, how: "closes", stage, leave: "destroy" as const },
    { when, how: "resets", stage, leave: "resetAndDestroy" as const },
  ])
  it.each(rows)("$when ends what was asked of the service for it: it $how", async ({ stage, leave }) => {
    using service = await holdingService()
    await using bellhop = await gateway({ services: { up: service.url }, routes: vanishingRoutes })
    const { client, held } = await stage(bellhop.url, service.next)
    client.socket[leave]()
    await Promise.all(held.map(({ gone }) => gone))
    await idle(bellhop)
    expect(await ask(bellhop.url, "/ok")).toMatchObject({ status: 200, body: "{}" })
  })

  it("while it waits for a connection never reaches the service", async () => {
    using service = await rawUpstream(({ target }) => (target === "/held" ? undefined : "HTTP/1.1 204 No\r\n\r\n"))
    const up = { url: service.url, connections: { max: 1 } }
    await using bellhop = await gateway({ services: { up }, routes: { "/*": "up" } })
    using first = await connect(bellhop.url)
    first.send(requestText("/held"))
    const { socket } = await service.next()
    using second = await connect(bellhop.url)
    second.send(requestText("/vanished"))
    using third = await connect(bellhop.url)
    const waits = async (count: number): Promise<void> => {
      const scrape = async () => (await ask(bellhop.admin, "/services", { host: "localhost" })).body
      while (!(await scrape()).includes(`"waiting":${count}`));
    }
    await waits(1)
    third.send(requestText("/stays"))
    await waits(2)
    second.socket.destroy()
    await waits(1)
    socket.write("HTTP/1.1 204 No\r\n\r\n")
    expect(await third.response()).toMatchObject({ status: 204 })
    expect(service.received.map(({ target }) => target)).toEqual(["/held", "/stays"])
  })

  it("between two tries is not asked for again", async () => {
    using service = await rawUpstream(({ target }) =>
      target === "/ok" ? "HTTP/1.1 204 No\r\n\r\n" : "HTTP/1.1 503 No\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n",
    )
    const up = { url: service.url, retry: {} }
    await using bellhop = await gateway({ services: { up }, routes: { "/*": "up" } })
    const client = await connect(bellhop.url)
    client.send(requestText("/try"))
    await service.next("/try")
    client.socket.destroy()
    await idle(bellhop)
    expect(await ask(bellhop.url, "/ok")).toMatchObject({ status: 204 })
    expect(service.received.map(({ target }) => target)).toEqual(["/try", "/ok"])
  })
})
