import { afterAll, beforeAll, describe, expect, it } from "vitest"

import { type Gateway, gateway } from "../support/gateway.ts"
import { ask, connect, requestText } from "../support/raw.ts"
import { listener, type RawUpstream, rawUpstream } from "../support/upstream.ts"

let upstream: RawUpstream
let bellhop: Gateway

beforeAll(async () => {
  upstream = await rawUpstream(({ target }) =>
    target.startsWith("/silent") ? undefined : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
  )
  bellhop = await gateway({
    services: { shop: upstream.url, slow: { url: upstream.url, timeout: "50ms" } },
    defaults: { bodyLimit: "10b" },
    routes: {
      "/limited": "shop",
      "/wide": { service: "shop", bodyLimit: "1kb" },
      "/open": { service: "shop", bodyLimit: false },
      "/silent": "shop",
      "/silent/route": { service: "shop", timeout: "50ms" },
      "/silent/service": "slow",
    },
  })
})

afterAll(async () => {
  await bellhop[Symbol.asyncDispose]()
  upstream[Symbol.dispose]()
})

describe("a body within the limit", () => {
  it.each([
    ["of a length", [], "0123456789"],
    ["in chunks", ["Transfer-Encoding: chunked"], "4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n"],
  ])("passes: %s", async (_, headers, body) => {
    const [response, received] = await Promise.all([
      ask(bellhop.url, "/limited?passes", { method: "POST", headers, body }),
      upstream.next("/limited?passes"),
    ])
    expect(response.status).toBe(200)
    expect(received).toMatchObject({ body: "0123456789", complete: true })
  })

  it("is measured by the route before the defaults", async () => {
    const body = "a".repeat(1024)
    expect((await ask(bellhop.url, "/wide", { method: "POST", body })).status).toBe(200)
    expect((await ask(bellhop.url, "/wide", { method: "POST", body: `${body}a` })).status).toBe(413)
    expect((await ask(bellhop.url, "/open", { method: "POST", body: body.repeat(100) })).status).toBe(200)
  })
})

describe("a body above the limit", () => {
  it("is refused by its length, before any of it was sent", async () => {
    using client = await connect(bellhop.url)
    client.send("POST /limited HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n")
    const response = await client.response()
    expect(response?.status).toBe(413)
    expect(JSON.parse(response?.body ?? "")).toMatchObject({ code: "body_too_large", status: 413 })
  })

  it("is refused in chunks as soon as it is too long, and the service never gets it whole", async () => {
    using client = await connect(bellhop.url)
    client.send("POST /limited HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    client.send("6\r\nabcdef\r\n")
    client.send("6\r\nabcdef\r\n")
    const response = await client.response()
    expect(response?.status).toBe(413)
    expect(JSON.parse(response?.body ?? "")).toMatchObject({ code: "body_too_large" })
    expect(upstream.received.filter(({ body, complete }) => complete && body.startsWith("abcdef"))).toEqual([])
  })

  it("does not reach the service by way of a wrong length", async () => {
    for (const length of ["99999999999999999999", "-1", "1e1", "0x1"]) {
      using client = await connect(bellhop.url)
      client.send(`POST /limited?wrong HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n${"a".repeat(20)}`)
      expect([400, 413]).toContain((await client.response())?.status)
    }
    expect(upstream.received.map(({ target }) => target)).not.toContain("/limited?wrong")
  })
})

describe("a service that does not answer in time", () => {
  it.each(["/silent/route", "/silent/service"])("is given up, and the client is told: %s", async (target) => {
    const [response, received] = await Promise.all([ask(bellhop.url, target), upstream.next(target)])
    expect(response.status).toBe(504)
    expect(JSON.parse(response.body)).toMatchObject({ code: "timeout", status: 504 })
    await received.gone
  })

  it("is not given up once its answer began", async () => {
    using service = await rawUpstream(async ({ target, socket }) => {
      if (target === "/silent") return undefined
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
      // As long as the time that another request is given.
      await ask(own.url, "/silent")
      return "cd"
    })
    await using own = await gateway({
      services: { shop: service.url },
      defaults: { timeout: "500ms" },
      routes: { "/*": "shop" },
    })
    expect(await ask(own.url, "/begins")).toMatchObject({ status: 200, body: "abcd", complete: true })
  })
})

describe("a client that leaves", () => {
  it("while the service thinks takes the request back", async () => {
    using client = await connect(bellhop.url)
    client.send(requestText("/silent"))
    const received = await upstream.next("/silent")
    client.socket.destroy()
    await expect(received.gone).resolves.toBeUndefined()
  })

  it("while the body comes takes the request back", async () => {
    const over = Promise.withResolvers<void>()
    using endless = await listener((socket) => {
      socket.on("close", () => over.resolve())
      socket.once("data", () => {
        const more = (): void => {
          while (socket.writable && socket.write(Buffer.alloc(65_536))) continue
        }
        socket.write("HTTP/1.1 200 OK\r\n\r\n")
        socket.on("drain", more)
        more()
      })
    })
    await using own = await gateway({ services: { endless: endless.url }, routes: { "/*": "endless" } })
    using client = await connect(own.url)
    client.send(requestText("/"))
    await new Promise((resolve) => client.socket.once("data", resolve))
    client.socket.destroy()
    await expect(over.promise).resolves.toBeUndefined()
  })

  it("while it sends its body leaves the service with a broken one", async () => {
    const begun = Promise.withResolvers<void>()
    const over = Promise.withResolvers<number>()
    using service = await listener((socket) => {
      let size = 0
      socket.on("data", (data: Buffer) => {
        size += data.length
        begun.resolve()
      })
      socket.on("close", () => over.resolve(size))
    })
    await using own = await gateway({ services: { shop: service.url }, routes: { "/*": "shop" } })
    using client = await connect(own.url)
    client.send("POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
    client.send("half".repeat(1000))
    await begun.promise
    client.socket.end()
    expect(await over.promise).toBeLessThan(1_000_000)
  })

  it("does not disturb others", async () => {
    expect((await ask(bellhop.url, "/limited")).status).toBe(200)
  })
})

describe("Expect: 100-continue", () => {
  it("is answered before the body is sent, and the body arrives", async () => {
    using client = await connect(bellhop.url)
    client.send("POST /limited?expect HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
    expect((await client.response())?.status).toBe(100)
    client.send("body")
    const [response, received] = await Promise.all([client.response(), upstream.next("/limited?expect")])
    expect(response?.status).toBe(200)
    expect(received).toMatchObject({ body: "body", complete: true })
  })
})
