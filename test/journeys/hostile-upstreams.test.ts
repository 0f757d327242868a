import type { Socket } from "node:net"

import { afterAll, beforeAll, describe, expect, it } from "vitest"

import { type Gateway, gateway } from "../support/gateway.ts"
import { connect, type RawClient, requestText } from "../support/raw.ts"
import { type Listener, listener } from "../support/upstream.ts"
import { Inbox } from "../support/wire.ts"
import { hostile, unread } from "./hostile-upstream-cases.ts"
import type { Hostile } from "./hostile-upstream.ts"

let service: Listener
let bellhop: Gateway
/** What the service does now, and the connection on which it did. */
let now: Hostile
let last: { socket: Socket; gone: Promise<void> } | undefined
let nextSocket: Socket | undefined
const asked: string[] = []

/** The connection of the client, for as long as it holds. */
let held: RawClient | undefined
let connections = 0
let rows = 0
/** Rows whose body had begun and was cut: only these may end the connection of the client. */
let cuts = 0

beforeAll(async () => {
  service = await listener((socket) => void serve(socket))
  bellhop = await gateway({
    // Nothing but what comes over a connection is to end it.
    services: { shop: { url: service.url, connections: { idleTimeout: "10m" } } },
    routes: { "/*": "shop", "/late": { service: "shop", timeout: "200ms" } },
  })
})

afterAll(async () => {
  expect(connections).toBeLessThanOrEqual(1 + cuts)
  held?.[Symbol.dispose]()
  await bellhop[Symbol.asyncDispose]()
  service[Symbol.dispose]()
})

/** Answers as it should after the hostile one: nothing else shows whose answer a client gets. */
async function serve(socket: Socket): Promise<void> {
  socket.setNoDelay(true)
  const inbox = new Inbox(socket)
  for (;;) {
    const head = await inbox.until("\r\n\r\n")
    if (head === undefined) return
    const target = head.split(" ")[1] ?? ""
    asked.push(target)
    const isNext = target.startsWith("/next/")
    if (isNext) nextSocket = socket
    else last = { socket, gone: inbox.closed }
    if (!now.early) await inbox.take(Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0))
    if (isNext) socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`)
    else await say(socket, now.says, now.goesOn === undefined ? now.leaves : undefined)
  }
}

async function say(socket: Socket, text: string, leaves: Hostile["leaves"]): Promise<void> {
  const bytes = Buffer.from(text, "latin1")
  for (const piece of now.drips ? Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)) : [bytes])
    await new Promise<void>((resolve) => socket.write(piece, () => setImmediate(resolve)))
  if (leaves === "ends") socket.end()
  if (leaves === "resets") socket.resetAndDestroy()
}

/** Settles when the client has got the beginning of a body. */
const begun = (client: RawClient): Promise<void> =>
  new Promise((resolve) => {
    let seen = ""
    const look = (data: Buffer): void => {
      seen += data.toString("latin1")
      // It may come in chunks of its own.
      if (!seen.replaceAll(/\r\n[0-9a-f]+\r\n/g, "").includes("begun")) return
      client.socket.off("data", look)
      resolve()
    }
    client.socket.on("data", look)
  })

/** The next request on the same connection has the answer that was made for it, and nothing else. */
async function next(client: RawClient): Promise<void> {
  const target = `/next/${rows}`
  client.send(requestText(target))
  const response = await client.response()
  expect(response).toMatchObject({ status: 200, body: target, complete: true })
  expect(response?.head).not.toMatch(/poison|ok|begun/)
  expect(asked.filter((one) => one === target)).toEqual([target])
  if (now.expected !== "pass") expect(nextSocket).not.toBe(last?.socket)
}

async function open(): Promise<RawClient> {
  connections++
  return connect(bellhop.url)
}

async function row(given: Hostile): Promise<void> {
  now = given
  rows++
  if (given.expected === "cut") cuts++
  const client = held ?? (await open())
  // Whatever fails in between leaves the next row with a connection of its own.
  held = undefined
  const { method = "GET", expected } = given
  const [first, rest] = given.early ? ["hal", "f"] : ["half", ""]
  const body = method === "POST" ? { body: "half" } : {}
  const sees = expected === "cut" ? begun(client) : undefined
  client.send(requestText(expected === "504" ? "/late" : "/hostile", { method, ...body }).replace(/half$/, first))
  if (sees) {
    await sees
    if (last) await say(last.socket, given.goesOn ?? "", given.leaves)
  }
  const response = await client.response(method)
  expect(response?.head).not.toContain("poison")
  if (expected === "cut") {
    expect(response).toMatchObject({ status: 200, complete: false })
    expect(response?.body).toMatch(/^begun/)
    expect(response?.body).not.toContain("poison")
    await client.closed
    held = await open()
    return next(held)
  }
  const { status = 200 } = given
  if (expected === "pass") expect(response).toMatchObject({ status, body: given.body, complete: true })
  else {
    expect(response).toMatchObject({ status: Number(expected), complete: true })
    expect(response?.get("content-type")).toBe("application/problem+json")
  }
  if (expected === "pass" && given.goesOn !== undefined && last) {
    await say(last.socket, given.goesOn, given.leaves)
    await last.gone
  }
  client.send(rest)
  await next(client)
  held = client
}

describe.each(["502", "504", "pass", "cut"] as const)(
  "a hostile answer that ends as %s leaves the next one alone:",
  (as) => {
    it.each(hostile.filter(([, { expected }]) => expected === as))("%s", (_, given) => row(given))
  },
)

describe("an answer that cannot be read is 502, and leaves the next one alone:", () => {
  it.each(unread)("%s", (_, given) => row(given))
})

describe("all of them together", () => {
  it("are sixty and many more", () => {
    expect(hostile.length).toBeGreaterThanOrEqual(60)
  })
})
