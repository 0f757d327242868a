import { describe, expect, it } from "vitest"

import { folder, serving } from "../support/executable.ts"
import { gateway } from "../support/gateway.ts"
import { ask, connect, type RawClient, requestText } from "../support/raw.ts"
import { numbered, save } from "../support/saves.ts"
import { rawUpstream, type Received } from "../support/upstream.ts"

const events = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
const event = (n: number): string => `id: ${n}\ndata: event ${n}\n\n`
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`

const config = (url: string) => ({ services: { feed: url }, routes: { "/*": "feed" } })

/** Every timeout as short as may be; the patient service itself has none. */
const hasty = (url: string, routes: Readonly<Record<string, unknown>>) => ({
  services: {
    feed: {
      url,
      timeout: "200ms",
      retry: { tryTimeout: "150ms" },
      connections: { idleTimeout: "100ms", connectTimeout: "200ms" },
    },
    patient: { url, connections: { idleTimeout: "100ms", connectTimeout: "200ms" } },
  },
  defaults: { timeout: "200ms" },
  routes,
})

/** Settles when every timeout of a hasty config has been over twice: others were ended by it. */
async function outlasted(url: string): Promise<void> {
  for (let time = 0; time < 2; time++) expect(await ask(url, "/silent")).toMatchObject({ status: 504 })
}

/** Reads from a client's socket until this has come. */
function until(client: RawClient, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = ""
    const look = (data: Buffer): void => {
      seen += data.toString("latin1")
      if (!seen.includes(text)) return
      client.socket.off("data", look)
      client.socket.off("close", closed)
      resolve()
    }
    const closed = (): void => reject(new Error(`Closed before "${text}" came: ${seen}`))
    client.socket.on("data", look)
    client.socket.once("close", closed)
  })
}

async function streaming(url: string, service: { next(): Promise<Received> }, target = "/events") {
  const client = await connect(url)
  client.send(requestText(target, { headers: ["Accept: text/event-stream", "Last-Event-ID: 41"] }))
  return { client, asked: await service.next() }
}

describe("a stream of events", () => {
  const framings: [string, string, (text: string) => string, string][] = [
    ["in chunks", "Transfer-Encoding: chunked\r\n", chunk, "0\r\n\r\n"],
    ["until the service closes", "", (text) => text, ""],
  ]
  it.each(framings)("brings each event before the next one is there: %s", async (_, framing, piece, end) => {
    using service = await rawUpstream(() => undefined)
    await using bellhop = await gateway(config(service.url))
    const { client, asked } = await streaming(bellhop.url, service)
    using __ = client
    expect(asked.get("last-event-id")).toBe("41")
    const response = client.response()
    // The head comes before there is any event.
    const began = until(client, "\r\n\r\n")
    asked.socket.write(`${events}${framing}\r\n`)
    await began
    for (let n = 0; n < 50; n++) {
      const came = until(client, event(n))
      asked.socket.write(piece(event(n)))
      await came
    }
    if (end === "") asked.socket.end()
    else asked.socket.write(end)
    const all = Array.from({ length: 50 }, (_element, n) => event(n)).join("")
    expect(await response).toMatchObject({ status: 200, body: all, complete: true })
    expect((await response)?.get("content-type")).toBe("text/event-stream")
  })

  it("breaks off for the client when it breaks off for the gateway", async () => {
    using service = await rawUpstream(() => undefined)
    await using bellhop = await gateway(config(service.url))
    const { client, asked } = await streaming(bellhop.url, service)
    using _ = client
    const came = until(client, event(1))
    asked.socket.write(`${events}Transfer-Encoding: chunked\r\n\r\n${chunk(event(1))}`)
    await came
    asked.socket.destroy()
    expect(await client.response()).toMatchObject({ body: event(1), complete: false })
  })

  it("ends for the service when the client leaves", async () => {
    using service = await rawUpstream(() => undefined)
    await using bellhop = await gateway(config(service.url))
    const { client, asked } = await streaming(bellhop.url, service)
    const came = until(client, event(1))
    asked.socket.write(`${events}Transfer-Encoding: chunked\r\n\r\n${chunk(event(1))}`)
    await came
    client.socket.destroy()
    await asked.gone
  })

  it("ends for the service when the client leaves before there is an event", async () => {
    using service = await rawUpstream(() => `${events}Transfer-Encoding: chunked\r\n\r\n`)
    await using bellhop = await gateway(config(service.url))
    using client = await connect(bellhop.url)
    const opened = until(client, "\r\n\r\n")
    client.send(requestText("/events"))
    await opened
    const { gone } = await service.next()
    client.socket.destroy()
    await gone
  })

  it.each(["text/event-stream", "application/x-ndjson"])(
    "may say nothing for longer than every timeout that the config has: %s",
    async (type) => {
      using service = await rawUpstream(() => undefined)
      await using bellhop = await gateway(hasty(service.url, { "/*": "feed" }))
      const { client, asked } = await streaming(bellhop.url, service)
      using _ = client
      const came = until(client, event(1))
      asked.socket.write(
        `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(event(1))}`,
      )
      await came
      await outlasted(bellhop.url)
      asked.socket.write(`${chunk(event(2))}0\r\n\r\n`)
      expect(await client.response()).toMatchObject({ status: 200, body: event(1) + event(2), complete: true })
    },
  )

  it("goes on through a reload that takes its route away", async () => {
    using service = await rawUpstream(() => undefined)
    const feed = (n: number, routes: string): string => numbered(n, `services: { feed: "${service.url}" },`, routes)
    using shop = folder({ "gateway.config.ts": feed(1, `"/events": "feed",`) })
    await using bellhop = await serving(shop.path, { command: "start", args: ["--watch"] })
    const { client, asked } = await streaming(bellhop.url, service)
    using _ = client
    const came = until(client, event(1))
    asked.socket.write(`${events}Transfer-Encoding: chunked\r\n\r\n${chunk(event(1))}`)
    await came
    save(shop.path, "gateway.config.ts", feed(2, ""))
    await bellhop.next(({ outcome, generation }) => outcome === "applied" && generation === 2)
    asked.socket.write(`${chunk(event(2))}0\r\n\r\n`)
    expect(await client.response()).toMatchObject({ body: event(1) + event(2), complete: true })
  })

  it("comes to hundreds of clients at once, each as soon as it is there", async () => {
    using service = await rawUpstream(() => `${events}Transfer-Encoding: chunked\r\n\r\n`)
    await using bellhop = await gateway(config(service.url))
    const all = await Promise.all(Array.from({ length: 300 }, () => streaming(bellhop.url, service)))
    const came = all.map(({ client }) => until(client, event(7)))
    for (const { asked } of all) asked.socket.write(chunk(event(7)))
    await Promise.all(came)
    for (const { client } of all) client.socket.destroy()
    await Promise.all(all.map(({ asked }) => asked.gone))
  })

  it("has no body for HEAD, and ends for the service", async () => {
    using service = await rawUpstream(() => `${events}\r\n`)
    await using bellhop = await gateway(config(service.url))
    using client = await connect(bellhop.url)
    client.send(requestText("/events", { method: "HEAD" }))
    expect(await client.response("HEAD")).toMatchObject({ status: 200, body: "" })
    client.send(requestText("/events", { method: "HEAD" }))
    expect(await client.response("HEAD")).toMatchObject({ status: 200, body: "" })
  })
})

describe("a request that waits long for its answer", () => {
  it("waits for as long as it takes with `timeout: false`", async () => {
    using service = await rawUpstream(() => undefined)
    const routes = { "/poll": { service: "patient", timeout: false }, "/*": "feed" }
    await using bellhop = await gateway(hasty(service.url, routes))
    const { client, asked } = await streaming(bellhop.url, service, "/poll")
    using _ = client
    await outlasted(bellhop.url)
    asked.socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnews")
    expect(await client.response()).toMatchObject({ status: 200, body: "news", complete: true })
  })

  it("is ended for both sides without it, when the time is over", async () => {
    using service = await rawUpstream(() => undefined)
    await using bellhop = await gateway(hasty(service.url, { "/*": "patient" }))
    const { client, asked } = await streaming(bellhop.url, service, "/poll")
    using _ = client
    expect(await client.response()).toMatchObject({ status: 504 })
    await asked.gone
  })

  it("is ended for the service when the client leaves", async () => {
    using service = await rawUpstream(() => undefined)
    await using bellhop = await gateway(config(service.url))
    const { client, asked } = await streaming(bellhop.url, service, "/poll")
    client.socket.destroy()
    await asked.gone
    // It is nobody's fault: the next one is answered.
    const { client: other, asked: again } = await streaming(bellhop.url, service, "/poll")
    using _ = other
    again.socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    expect(await other.response()).toMatchObject({ status: 200, body: "ok" })
  })

  it("is answered at once when there is something to say", async () => {
    using service = await rawUpstream(() => undefined)
    await using bellhop = await gateway(config(service.url))
    const { client, asked } = await streaming(bellhop.url, service, "/poll")
    using _ = client
    asked.socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnews")
    expect(await client.response()).toMatchObject({ status: 200, body: "news", complete: true })
    client.send(requestText("/poll"))
    expect((await service.next()).target).toBe("/poll")
  })
})
