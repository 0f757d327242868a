import { brotliDecompressSync, createGunzip, gunzipSync, gzipSync, zstdDecompressSync } from "node:zlib"

import { describe, expect, it } from "vitest"

import { gateway } from "../support/gateway.ts"
import { ask, connect, type RawResponse, requestText } from "../support/raw.ts"
import { rawUpstream, webUpstream } from "../support/upstream.ts"

const items = JSON.stringify(Array.from({ length: 2000 }, (_, id) => ({ id, name: `item ${id}`, price: id * 1.25 })))
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`

const decoders: Readonly<Record<string, (bytes: Uint8Array) => Buffer>> = {
  zstd: (bytes) => zstdDecompressSync(bytes),
  br: (bytes) => brotliDecompressSync(bytes),
  gzip: (bytes) => gunzipSync(bytes),
}

const plain = ({ body, get }: RawResponse): string => {
  const bytes = Buffer.from(body, "latin1")
  const decode = decoders[get("content-encoding") ?? ""]
  return (decode ? decode(bytes) : bytes).toString()
}

const accepting = (codings: string) => ({ headers: [`Accept-Encoding: ${codings}`] })

const shop = () =>
  webUpstream((request) => {
    const { pathname } = new URL(request.url)
    const headers = { "content-type": "application/json", etag: '"v1"', "accept-ranges": "bytes" }
    if (request.headers.get("if-none-match")?.includes('"v1"')) return new Response(null, { status: 304, headers })
    if (pathname === "/packed")
      return new Response(gzipSync(items), { headers: { ...headers, "content-encoding": "gzip" } })
    if (pathname === "/pieces") return new Response(new Blob([items]).stream(), { headers })
    return new Response(items, { headers })
  })

describe("compressed answers", () => {
  it.each(["zstd", "br", "gzip"])("come from the executable in %s, whatever makes them", async (coding) => {
    using service = shop()
    await using bellhop = await gateway(
      {
        services: { shop: service.url },
        defaults: { compress: true },
        routes: {
          "/*": "shop",
          "/fixed": { reply: { body: JSON.parse(items) as unknown } },
          "/small": { reply: { body: items.slice(0, 5000) } },
          "/mocked": { mock: "mocks/items.json" },
        },
      },
      { command: "dev", files: { "mocks/items.json": items } },
    )
    for (const path of ["/items", "/pieces", "/fixed", "/mocked", "/small"]) {
      const response = await ask(bellhop.url, path, accepting(coding))
      expect(response, path).toMatchObject({ status: 200, complete: true })
      expect(response.get("content-encoding"), path).toBe(coding)
      expect(response.get("vary"), path).toBe("accept-encoding")
      expect(response.body.length, path).toBeLessThan(items.length / 4)
      expect(plain(response), path).toBe(path === "/small" ? items.slice(0, 5000) : items)
      expect(response.framing, path).toBe(path === "/small" ? "length" : "chunked")
    }
    const same = await ask(bellhop.url, "/items", accepting(`${coding};q=0`))
    expect([same.get("content-encoding"), same.get("content-length")]).toEqual([undefined, String(items.length)])
    expect(same.body).toBe(items)
  })

  it("are understood by a client that knows nothing of this gateway", async () => {
    using service = shop()
    await using bellhop = await gateway({
      services: { shop: service.url },
      routes: { "/*": { service: "shop", compress: true } },
    })
    for (const coding of ["zstd", "br", "gzip", "gzip, deflate, br, zstd"]) {
      const response = await fetch(`${bellhop.url}/items`, { headers: { "accept-encoding": coding } })
      expect(await response.text()).toBe(items)
    }
  })

  it("are checked again under the tag that they were given", async () => {
    using service = shop()
    await using bellhop = await gateway({
      services: { shop: service.url },
      routes: { "/*": { service: "shop", compress: true } },
    })
    const { get } = await ask(bellhop.url, "/items", accepting("br"))
    expect([get("etag"), get("accept-ranges")]).toEqual(['W/"v1"', undefined])
    const again = await ask(bellhop.url, "/items", { headers: ["Accept-Encoding: br", 'If-None-Match: W/"v1"'] })
    expect([again.status, again.get("etag"), again.get("vary")]).toEqual([304, 'W/"v1"', "accept-encoding"])
  })

  it("have a head that HEAD gets too, without a length that would be a guess", async () => {
    using service = shop()
    await using bellhop = await gateway({
      services: { shop: service.url },
      routes: { "/*": { service: "shop", compress: true } },
    })
    using client = await connect(bellhop.url)
    const lines = async (method: string) => {
      client.send(requestText("/items", { method, ...accepting("gzip") }))
      const response = await client.response(method)
      const headers = (response?.headers ?? []).map(([name, value]) => `${name.toLowerCase()}: ${value}`)
      // An answer to HEAD has no framing of its own.
      return headers.filter((line) => !/^(?:date|x-request-id|transfer-encoding):/.test(line)).sort()
    }
    // On one connection: each answer ends where the next begins.
    const get = await lines("GET")
    expect(get).toContain("content-encoding: gzip")
    expect(await lines("HEAD")).toEqual(get)
    expect(await lines("GET")).toEqual(get)
  })

  it("are left as they are when the service made them, byte for byte", async () => {
    using service = shop()
    await using bellhop = await gateway({
      services: { shop: service.url },
      routes: { "/*": { service: "shop", compress: true } },
    })
    const response = await ask(bellhop.url, "/packed", accepting("zstd, gzip"))
    expect([response.get("content-encoding"), response.get("etag")]).toEqual(["gzip", '"v1"'])
    expect(Buffer.from(response.body, "latin1").equals(gzipSync(items))).toBe(true)
  })

  it("are not made where a route says so, and not spoken of there", async () => {
    using service = shop()
    const config = { services: { shop: service.url }, routes: { "/*": { service: "shop", compress: false } } }
    await using bellhop = await gateway({ ...config, defaults: { compress: {} } })
    expect((await ask(bellhop.url, "/items", accepting("gzip"))).get("vary")).toBeUndefined()
  })
})

describe("a compressed stream", () => {
  const head = (type: string) => `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`

  async function streaming(type: string, compress: unknown) {
    const service = await rawUpstream(() => undefined)
    const bellhop = await gateway({ services: { feed: service.url }, routes: { "/*": { service: "feed", compress } } })
    const client = await connect(bellhop.url)
    client.send(requestText("/feed", accepting("gzip")))
    const asked = await service.next()
    asked.socket.write(head(type))
    return {
      client,
      asked,
      async [Symbol.asyncDispose]() {
        client.socket.destroy()
        await bellhop[Symbol.asyncDispose]()
        service[Symbol.dispose]()
      },
    }
  }

  /** Decodes what comes on a socket as it comes. */
  function unpacked(client: Awaited<ReturnType<typeof streaming>>["client"]) {
    const gunzip = createGunzip()
    let wire = Buffer.alloc(0)
    let text = ""
    let opened = false
    let changed: (() => void) | undefined
    gunzip.on("data", (piece: Buffer) => {
      text += piece.toString()
      changed?.()
    })
    client.socket.on("data", (data: Buffer) => {
      wire = Buffer.concat([wire, data])
      if (!opened) {
        const end = wire.indexOf("\r\n\r\n")
        if (end < 0) return
        opened = true
        wire = wire.subarray(end + 4)
        changed?.()
      }
      for (;;) {
        const line = wire.indexOf("\r\n")
        const size = Number.parseInt(wire.toString("latin1", 0, Math.max(line, 0)), 16)
        if (line < 0 || wire.length < line + 4 + size) return
        gunzip.write(wire.subarray(line + 2, line + 2 + size))
        wire = wire.subarray(line + 4 + size)
      }
    })
    const until = async (reached: () => boolean): Promise<void> => {
      while (!reached()) await new Promise<void>((resolve) => (changed = resolve))
    }
    return { head: () => until(() => opened), text: (wanted: string) => until(() => text.endsWith(wanted)) }
  }

  it("shows each line before the next one is there", async () => {
    await using made = await streaming("application/x-ndjson", true)
    const seen = unpacked(made.client)
    for (let at = 0; at < 20; at++) {
      made.asked.socket.write(chunk(`{"line":${at}}\n`))
      await seen.text(`{"line":${at}}\n`)
    }
  })

  it("of events opens before there is one, where it is asked for", async () => {
    await using made = await streaming("text/event-stream", { types: ["text/event-stream"] })
    const seen = unpacked(made.client)
    await seen.head()
    for (let at = 0; at < 5; at++) {
      made.asked.socket.write(chunk(`data: ${at}\n\n`))
      await seen.text(`data: ${at}\n\n`)
    }
  })

  it("of events goes through as it is where it is not asked for", async () => {
    await using made = await streaming("text/event-stream", true)
    made.asked.socket.write(`${chunk("data: 1\n\n")}0\r\n\r\n`)
    const response = await made.client.response()
    expect(response?.get("content-encoding")).toBeUndefined()
    expect(response?.body).toMatch(/data: 1\n\n$/)
  })

  it("breaks off for the client when it breaks off for the gateway", async () => {
    await using made = await streaming("text/plain", true)
    const seen = unpacked(made.client)
    const response = made.client.response()
    made.asked.socket.write(chunk("one\n"))
    await seen.text("one\n")
    made.asked.socket.destroy()
    expect(await response).toMatchObject({ status: 200, complete: false })
  })

  it("ends for the service when the client leaves", async () => {
    await using made = await streaming("text/plain", true)
    const seen = unpacked(made.client)
    made.asked.socket.write(chunk("one\n"))
    await seen.text("one\n")
    made.client.socket.destroy()
    await made.asked.gone
  })
})
