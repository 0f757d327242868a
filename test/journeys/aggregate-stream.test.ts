import { describe, expect, it } from "vitest"

import { executable } from "../support/executable.ts"
import { gateway } from "../support/gateway.ts"
import { ask, connect, requestText } from "../support/raw.ts"
import { type RawUpstream, rawUpstream } from "../support/upstream.ts"

const answer = (body: string, status = "200 OK"): string =>
  `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`

/** Two services: one answers at once, the other when the test says so. */
async function services(): Promise<{ soon: RawUpstream; late: RawUpstream; reply(bytes: string): void } & Disposable> {
  const waiting = Promise.withResolvers<string>()
  const soon = await rawUpstream(() => answer('{"total":3}'))
  const late = await rawUpstream(() => waiting.promise)
  return {
    soon,
    late,
    reply: waiting.resolve,
    [Symbol.dispose]() {
      soon[Symbol.dispose]()
      late[Symbol.dispose]()
    },
  }
}

const config = (
  { soon, late }: { soon: { url: string }; late: { url: string } },
  more: object = {},
  settings: object = {},
) => ({
  services: { cart: soon.url, user: late.url },
  routes: { "GET /page": { aggregate: { user: "user GET /user", cart: "cart GET /cart" }, stream: "ndjson", ...more } },
  ...settings,
})

const readerOf = (response: Response) => {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const next = async (): Promise<string | undefined> => {
    const { value } = await reader.read()
    return (
      value &&
      Buffer.from(value)
        .toString()
        .replaceAll(/"ms":\d+/g, '"ms":0')
    )
  }
  return { next }
}

const part = '{"part":"cart","status":200,"value":{"total":3}}'
const other = '{"part":"user","status":200,"value":{"id":1}}'
const last = '{"complete":true,"parts":{"user":{"status":200,"ms":0},"cart":{"status":200,"ms":0}}}'

const listeners = [
  ["HTTP/1.1", {}],
  ["the listener for both versions", { listen: { host: "127.0.0.1", port: 0, http2: true } }],
] as const

describe("an aggregate that streams", () => {
  it.each(listeners)(
    "sends the first part while the second service still holds its answer: %s",
    async (_, settings) => {
      using both = await services()
      await using served = await gateway(config(both, {}, settings))
      const response = await fetch(`${served.url}/page`)
      expect(response.status).toBe(200)
      expect(response.headers.get("content-type")).toBe("application/x-ndjson")
      expect(response.headers.get("cache-control")).toBe("no-store")
      const { next } = readerOf(response)
      expect(await next()).toBe(`${part}\n`)
      both.reply(answer('{"id":1}'))
      let rest = ""
      for (let text = await next(); text !== undefined; text = await next()) rest += text
      expect(rest).toBe(`${other}\n${last}\n`)
    },
  )

  it("does so through a compression too", async () => {
    using both = await services()
    await using served = await gateway(config(both, { compress: {} }))
    const response = await fetch(`${served.url}/page`, { headers: { "accept-encoding": "gzip" } })
    expect(response.headers.get("content-encoding")).toBe("gzip")
    const { next } = readerOf(response)
    expect(await next()).toBe(`${part}\n`)
    both.reply(answer('{"id":1}'))
    expect(await next()).toContain(`${other}\n`)
  })

  it("goes on with its own config after a reload that took its route away", async () => {
    using both = await services()
    const shaped = `{
      services: { cart: "${both.soon.url}", user: "${both.late.url}" },
      routes: {
        "GET /page": {
          aggregate: { user: { call: "user GET /user", map: ({ id }) => ({ of: id }) }, cart: "cart GET /cart" },
          stream: "ndjson",
        },
      },
    }`
    await using served = await gateway(shaped, { command: "dev" })
    const { next } = readerOf(await fetch(`${served.url}/page`))
    expect(await next()).toBe(`${part}\n`)
    served.folder.write(
      "gateway.config.ts",
      `import { defineGateway } from "bellhop"\nexport default defineGateway({ listen: { host: "127.0.0.1", port: 0 }, admin: { port: 0 }, routes: { "/new": { reply: {} } } })\n`,
    )
    expect(await served.next(({ event }) => event === "reload")).toMatchObject({ outcome: "applied" })
    both.reply(answer('{"id":1}'))
    expect(await next()).toContain('{"part":"user","status":200,"value":{"of":1}}\n')
  })

  it("answers with a problem when the first thing to happen is a failure, and ends with one afterwards", async () => {
    using both = await services()
    using down = await rawUpstream(() => answer("{}", "503 Service Unavailable"))
    await using served = await gateway({
      services: { cart: both.soon.url, user: both.late.url, down: down.url },
      routes: {
        "GET /first": { aggregate: { down: "down GET /", user: "user GET /first" }, stream: "ndjson" },
        "GET /later": { aggregate: { user: "user GET /later", cart: "cart GET /" }, stream: "ndjson" },
      },
    })
    const first = await ask(served.url, "/first")
    expect([first.status, JSON.parse(first.body)]).toMatchObject([503, { code: "part_failed" }])
    const { next } = readerOf(await fetch(`${served.url}/later`))
    expect(await next()).toBe(`${part}\n`)
    both.reply(answer("{}", "404 Not Found"))
    expect(JSON.parse((await next()) ?? "")).toMatchObject({ error: { status: 404, errors: [{ part: "user" }] } })
    expect(await next()).toBeUndefined()
  })

  it.each(listeners)("ends the calls under way when the client leaves: %s", async (_, settings) => {
    using both = await services()
    await using served = await gateway(config(both, {}, settings))
    const left = new AbortController()
    const { next } = readerOf(await fetch(`${served.url}/page`, { signal: left.signal }))
    expect(await next()).toBe(`${part}\n`)
    const asked = await both.late.next()
    left.abort()
    await asked.gone
  })

  it("ends with the connection for clients of HTTP/1.0, and has a head only for HEAD", async () => {
    using both = await services()
    await using served = await gateway(config(both))
    const head = await ask(served.url, "/page", { method: "HEAD" })
    expect([head.status, head.body]).toEqual([200, ""])
    using client = await connect(served.url)
    client.send(requestText("/page", { headers: ["Connection: close"] }).replace("HTTP/1.1", "HTTP/1.0"))
    // The calls of HEAD ended with it.
    await (
      await both.late.next()
    ).gone
    await both.late.next()
    both.reply(answer('{"id":1}'))
    const text = await client.rest()
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(text).not.toMatch(/transfer-encoding|content-length/)
    expect(text.slice(text.indexOf("\r\n\r\n") + 4).replaceAll(/"ms":\d+/g, '"ms":0')).toBe(
      `${part}\n${other}\n${last}\n`,
    )
  })

  it("finishes an order whose client has left, before the gateway ends", async () => {
    using both = await services()
    await using served = await gateway({
      services: { stock: both.soon.url, pay: both.late.url },
      routes: {
        "POST /order": {
          aggregate: {
            reserve: { call: "stock POST /reserve", compensate: "stock DELETE /reserve" },
            charge: { call: "pay POST /charge", needs: ["reserve"] },
          },
          stream: "ndjson",
        },
      },
    })
    const left = new AbortController()
    const { next } = readerOf(await fetch(`${served.url}/order`, { method: "POST", signal: left.signal }))
    expect(await next()).toContain('"reserve"')
    await both.late.next("/charge")
    left.abort()
    served.kill("SIGTERM")
    both.reply(answer("{}", "402 Payment Required"))
    expect((await both.soon.next("/reserve")).method).toBe("POST")
    expect((await both.soon.next("/reserve")).method).toBe("DELETE")
    expect(await served.exited).toBe(0)
  })

  it("is explained and documented", async () => {
    using both = await services()
    await using served = await gateway(config(both), { command: "dev" })
    const { path } = served.folder
    const { stdout } = Bun.spawnSync([executable, "explain", "stream"], { cwd: path, env: { HOME: path } })
    expect(stdout.toString().replace(/\s+/g, " ")).toContain("Sends each part as soon as it is there")
    const document = (await (await fetch(`${served.url}/openapi.json`)).json()) as {
      paths: Record<string, { get?: { responses: Record<string, { content?: object }> } }>
    }
    expect(Object.keys(document.paths["/page"]?.get?.responses["200"]?.content ?? {})).toEqual(["application/x-ndjson"])
  })
})
