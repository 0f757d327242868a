import { describe, expect, it } from "vitest"

import type { Exchange } from "../../../src/core/exchange.ts"
import { bytesOf, type Reply, type ReplyBody } from "../../../src/core/reply.ts"
import { ask, connect, requestText } from "../../support/raw.ts"
import { echo, listening, reply } from "./listening.ts"

const text = (pieces: readonly string[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(Buffer.from(piece))
      controller.close()
    },
  })

const bodies: Record<string, () => ReplyBody> = {
  "no body": () => null,
  "a text": () => "hello world",
  bytes: () => Buffer.from("hello world"),
  "a large text": () => "x".repeat(100_000),
  "a stream": () => text(["hello", " world"]),
  "a stream of nothing": () => text([]),
  "a stream with a length": () => text(["hello", " world"]),
}
const statuses = [200, 201, 204, 205, 206, 304, 404, 426, 500]
const methods = ["GET", "HEAD", "POST", "OPTIONS"]

const bodyOf = async ({ body }: Exchange): Promise<string> =>
  Buffer.from((await bytesOf(body, 1e9)) ?? []).toString("latin1")

describe("an answer", () => {
  const cases = Object.keys(bodies).flatMap((name) => [
    [name, "HTTP/1.1", "stays"] as const,
    [name, "HTTP/1.0", "stays"] as const,
    [name, "HTTP/1.1", "leaves"] as const,
    [name, "HTTP/1.0", "leaves"] as const,
  ])

  it.each(cases)("of %s to %s that %s ends where it says, for every method and status", async (name, version, wish) => {
    using made = listening(({ path }) => {
      if (path === "/next") return reply("next")
      const body = (bodies[name] as () => ReplyBody)()
      return reply(body, Number(path.slice(1)), ...(name === "a stream with a length" ? ["content-length", "11"] : []))
    })
    for (const method of methods)
      for (const status of statuses) {
        using client = await connect(made.url)
        const line = wish === "stays" ? "Connection: keep-alive" : "Connection: close"
        client.send(`${method} /${status} ${version}\r\nHost: a\r\n${line}\r\n\r\n`)
        const got = await client.response(method)
        expect(got).toMatchObject({ status, complete: true })
        const bodiless = method === "HEAD" || status === 204 || status === 205 || status === 304
        expect(got?.body).toBe(bodiless ? "" : await textOf((bodies[name] as () => ReplyBody)()))
        if (got?.framing === "close" || wish === "leaves") {
          expect(await client.rest()).toBe("")
          continue
        }
        expect(got?.get("connection")).toBe(
          [status === 426 && "upgrade", version === "HTTP/1.0" && "keep-alive"].filter(Boolean).join(", ") || undefined,
        )
        client.send(requestText("/next"))
        expect(await client.response()).toMatchObject({ start: "HTTP/1.1 200 OK", body: "next" })
      }
  })

  it.each<[string, (exchange: Exchange) => Reply | Promise<Reply>, RegExp]>([
    ["fails before it begins", () => Promise.reject(new Error("secret")), /^HTTP\/1.1 500 [^]*"code":"internal"/],
    ["is nothing that can be sent", () => reply(lockedStream()), /^HTTP\/1.1 200 /],
    ["breaks off in chunks", () => reply(breaking()), /\r\n5\r\nhello\r\n$/],
    ["breaks off within its length", () => reply(breaking(), 200, "content-length", "10"), /\r\n\r\nhello$/],
    ["is shorter than its length", () => reply(text(["hello"]), 200, "content-length", "10"), /\r\n\r\nhello$/],
    ["is longer than its length", () => reply(text(["hello", "!"]), 200, "content-length", "5"), /\r\n\r\nhello$/],
  ])("that %s leaves the listener as it was", async (name, answer, got) => {
    using made = listening((exchange) => (exchange.path === "/next" ? reply("next") : answer(exchange)))
    using client = await connect(made.url)
    const wish = name.startsWith("fails") ? "close" : "keep-alive"
    client.send(`GET / HTTP/1.1\r\nHost: a\r\nConnection: ${wish}\r\n\r\n`)
    const rest = await client.rest()
    expect(rest).toMatch(got)
    expect(rest).not.toContain("secret")
    expect(rest).not.toMatch(/\r\n0\r\n\r\n$/)
    expect((await ask(made.url, "/next")).body).toBe("next")
    expect(made.metrics.inFlight).toBe(0)
  })

  it("to HTTP/1.0 that breaks off without a length is reset, because nothing else shows it", async () => {
    using made = listening(() => reply(breaking()))
    using client = await connect(made.url)
    const error = new Promise<string>((resolve) => client.socket.once("error", ({ message }) => resolve(message)))
    client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n")
    expect(await error).toContain("ECONNRESET")
  })

  it("of the listener's own pages comes before that of the gateway, for those who came in", async () => {
    const pages = ({ path }: Exchange): Promise<Reply> | undefined =>
      path === "/docs" ? Promise.resolve(reply(text(["page"]))) : undefined
    using made = listening(echo, { pages })
    expect((await ask(made.url, "/docs")).body).toBe("page")
    expect((await ask(made.url, "/x")).body).toBe("/x")
    expect((await ask(made.url, "/docs", { host: "a b" })).status).toBe(400)
    using client = await connect(made.url)
    client.send(requestText("/docs", { method: "HEAD" }) + requestText("/x"))
    expect(await client.response("HEAD")).toMatchObject({ status: 200, body: "" })
    expect(await client.response()).toMatchObject({ start: "HTTP/1.1 200 OK", body: "/x" })
  })

  it("that is a stream where there is no body cancels the stream", async () => {
    const cancelled = Promise.withResolvers<unknown>()
    const body = new ReadableStream<Uint8Array>({ cancel: () => cancelled.resolve("cancelled") })
    using made = listening(echo, { pages: () => Promise.resolve(reply(body)) })
    await ask(made.url, "/", { method: "HEAD" })
    expect(await cancelled.promise).toBe("cancelled")
  })

  it.each(["throws", "rejects"])("is 500 where a page %s, and the connection goes on", async (how) => {
    const failed = new Error("page")
    const pages = (): Promise<Reply> => {
      if (how === "throws") throw failed
      return Promise.reject(failed)
    }
    using made = listening(echo, { pages })
    using client = await connect(made.url)
    for (let round = 0; round < 2; round++) {
      client.send(requestText("/"))
      expect((await client.response())?.status).toBe(500)
    }
    expect(made.errors).toEqual([failed, failed])
  })
})

describe("an exchange", () => {
  it("is what the client sent: method, target, lines, body, and where it came from", async () => {
    using made = listening(async (exchange) => reply(`${exchange.method} ${await bodyOf(exchange)}`))
    const { body } = await ask(made.url, "/a//b/%41?c=%20", {
      method: "PROPFIND",
      headers: ["X-A: 1", "X-B: \xe9", "x-a: 2", "Cookie: a", "Cookie: b"],
      body: "hello",
    })
    expect(body).toBe("PROPFIND hello")
    const [came] = made.came
    expect(came).toMatchObject({ rawPath: "/a//b/%41", path: "/a/b/A", search: "?c=%20", client: "127.0.0.1" })
    expect(came).toMatchObject({ host: "gateway.test", scheme: "http" })
    expect([...(came?.headers ?? [])]).toEqual([
      ["host", "gateway.test"],
      ["x-a", "1, 2"],
      ["x-b", "\xe9"],
      ["cookie", "a; b"],
      ["content-length", "5"],
    ])
  })

  it.each([
    ["http://named.test/x", ["Host: other.test"], "named.test"],
    ["HTTP://NAMED.test:80", ["Host: other.test"], "NAMED.test:80"],
    ["http://named.test/x", [], 400],
    ["http://named.test/x", ["Host: one.test", "Host: two.test"], 400],
    ["http://named.test/x", ["Host: a b"], 400],
    ["http://user@named.test/x", ["Host: named.test"], 400],
    ["http:///x", ["Host: named.test"], 400],
    ["*", ["Host: named.test"], 400],
    ["named.test:80", ["Host: named.test"], 400],
    ["/x", ["Host: one.test", "Host: one.test"], 400],
    ["/x", ["Host:"], 400],
    ["/x", [], 400],
  ])("for %s with %j comes to the one host that it names, or is refused", async (target, lines, host) => {
    using made = listening((exchange) => reply(exchange.host))
    using client = await connect(made.url)
    client.send(`GET ${target} HTTP/1.1\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`)
    const { status, body } = (await client.response()) ?? {}
    expect(status === 200 ? body : status).toBe(host)
    expect(made.came.map(({ headers }) => headers.get("host"))).toEqual(status === 200 ? [host] : [])
  })

  it.each([
    ["a length", "Content-Length: 5\r\n\r\nhello", "hello"],
    ["chunks", "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "hello"],
    ["no length", "\r\n", undefined],
    ["a length of 0", "Content-Length: 0\r\n\r\n", undefined],
    ["no chunks", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ""],
  ])("has the body that came with %s, in one piece or many", async (_, rest, body) => {
    using made = listening(async (exchange) => reply(exchange.body ? await bodyOf(exchange) : "none"))
    using client = await connect(made.url)
    const bytes = `POST / HTTP/1.1\r\nHost: a\r\n${rest}`
    client.send(bytes)
    expect((await client.response())?.body).toBe(body ?? "none")
    for (const letter of bytes) {
      client.send(letter)
      await new Promise(setImmediate)
    }
    expect((await client.response())?.body).toBe(body ?? "none")
  })

  it("has a body of a thousand chunks as a few pieces, and every byte of it", async () => {
    const sizes: number[] = []
    using made = listening(async ({ body }) => {
      for await (const piece of body ?? []) sizes.push(piece.byteLength)
      return reply(String(sizes.reduce((sum, size) => sum + size, 0)))
    })
    using client = await connect(made.url)
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${"1\r\nx\r\n".repeat(1000)}0\r\n\r\n`)
    expect((await client.response())?.body).toBe("1000")
    expect(sizes.length).toBeLessThan(100)
  })

  it("is told when its body breaks off or is malformed, and its client gets 400", async () => {
    using made = listening(async (exchange) => reply(await bodyOf(exchange)))
    using client = await connect(made.url)
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")
    while (made.came.length === 0) await new Promise(setImmediate)
    client.send("lo!!")
    expect(await client.response()).toMatchObject({ status: 400 })
    expect(await client.rest()).toBe("")
  })

  it("whose answer has begun is cut when its body turns out malformed", async () => {
    const begun = Promise.withResolvers<void>()
    using made = listening(() => reply(endless("begun", begun.resolve)))
    using client = await connect(made.url)
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")
    await begun.promise
    client.send("lo!!")
    expect(await client.response()).toMatchObject({ complete: false })
  })
})

const textOf = async (body: ReplyBody): Promise<string> => Buffer.from((await bytesOf(body, 1e9)) ?? []).toString()

function lockedStream(): ReadableStream<Uint8Array> {
  const stream = text(["x"])
  stream.getReader()
  return stream
}

const breaking = (): ReadableStream<Uint8Array> => {
  let pulls = 0
  return new ReadableStream({
    pull(controller) {
      if (pulls++ === 0) controller.enqueue(Buffer.from("hello"))
      else controller.error(new Error("secret"))
    },
  })
}

function endless(first: string, asked: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(Buffer.from(first)),
    pull: () => asked(),
  })
}
