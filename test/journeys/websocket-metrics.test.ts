import { describe, expect, it } from "vitest"

import { type Gateway, gateway } from "../support/gateway.ts"
import { ask } from "../support/raw.ts"
import { openSocket, socketUpstream } from "../support/websocket.ts"

/** The samples of open WebSockets in a scrape. */
async function open(bellhop: Gateway): Promise<string[]> {
  const { body } = await ask(bellhop.admin, "/metrics", { host: "localhost" })
  return body.match(/^bellhop_websockets_open\{.*/gm) ?? []
}

describe("/metrics", () => {
  it("tells how many WebSockets are open, by route and service", async () => {
    using service = socketUpstream()
    await using bellhop = await gateway({
      services: { chat: service.url, news: service.url },
      routes: { "/chat/:room": { service: "chat", path: "/:room" }, "GET /news": "news", "/plain": "news" },
    })
    expect(await open(bellhop)).toEqual([])
    const rooms = await Promise.all([1, 2, 3].map((room) => openSocket(`${bellhop.url}/chat/${room}`)))
    using news = await openSocket(`${bellhop.url}/news`)
    await ask(bellhop.url, "/plain")
    expect((await open(bellhop)).sort()).toEqual([
      'bellhop_websockets_open{route="/chat/:room",service="chat"} 3',
      'bellhop_websockets_open{route="GET /news",service="news"} 1',
    ])
    expect(await news.ask("heard")).toBe("heard")
    for (const { socket } of rooms) socket.close()
    const served = await Promise.all([1, 2, 3, 4].map(() => service.next()))
    await Promise.all(served.filter(({ url }) => url.pathname !== "/news").map(({ closed }) => closed))
    while ((await open(bellhop)).includes('bellhop_websockets_open{route="/chat/:room",service="chat"} 0') === false);
    expect(await open(bellhop)).toContain('bellhop_websockets_open{route="GET /news",service="news"} 1')
  })
})
