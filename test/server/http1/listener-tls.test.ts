import { connect as connectPlain } from "node:net"
import { connect as connectTls, type TLSSocket } from "node:tls"

import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest"

import { type Authority, authority, type Certificate } from "../../support/certificates.ts"
import { ask, connect, requestText } from "../../support/raw.ts"
import { echo, listening, reply } from "./listening.ts"

let signer: Authority
let tls: Certificate

beforeAll(async () => {
  signer = await authority()
  tls = await signer.signed("localhost", "DNS:localhost")
})

afterAll(() => signer[Symbol.dispose]())
afterEach(() => {
  vi.useRealTimers()
})

const fakeTime = (): void => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] })

const turns = async (count = 20): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}

/** A client that goes on when the listener has ended its half. */
async function staying(
  port: number,
): Promise<{ socket: TLSSocket; ended: Promise<unknown>; closed: Promise<unknown> }> {
  const options = { port, host: "127.0.0.1", allowHalfOpen: true, rejectUnauthorized: false }
  const socket = connectTls(options)
  socket.on("error", () => {})
  await new Promise((resolve) => socket.once("secureConnect", resolve))
  socket.resume()
  const on = (event: string): Promise<unknown> => new Promise((resolve) => socket.once(event, resolve))
  return { socket, ended: on("end"), closed: on("close") }
}

describe("http1Listener() with a certificate", () => {
  it("says that requests came over https", async () => {
    using made = listening(({ scheme }) => reply(scheme), { tls })
    expect((await ask(made.url, "/")).body).toBe("https")
  })

  it("ends connections that speak without TLS, or half of it, and goes on", async () => {
    using made = listening(echo, { tls })
    for (const bytes of [requestText("/"), "\x16\x03\x01\x00\xa5\x01", "\x16\x03\x01\xff\xff"]) {
      const socket = connectPlain(made.listener.port, "127.0.0.1")
      socket.on("error", () => {})
      socket.end(Buffer.from(bytes, "latin1"))
      socket.resume()
      await new Promise((resolve) => socket.once("close", resolve))
    }
    expect((await ask(made.url, "/next")).body).toBe("/next")
    expect(made.came).toHaveLength(1)
    expect(made.errors).toEqual([])
  })

  it("ends connections that never finish their handshake", async () => {
    fakeTime()
    using made = listening(echo, { tls })
    const socket = connectPlain(made.listener.port, "127.0.0.1")
    socket.on("error", () => {})
    const closed = new Promise((resolve) => socket.once("close", resolve))
    await new Promise((resolve) => socket.once("connect", resolve))
    socket.resume()
    await turns()
    for (let seconds = 0; seconds < 200; seconds += 5) {
      vi.advanceTimersByTime(5000)
      await turns(5)
    }
    await closed
  })

  it("never begins a request that comes behind the end of an idle connection", async () => {
    fakeTime()
    using made = listening(echo, { tls })
    const { socket, ended, closed } = await staying(made.listener.port)
    await turns()
    vi.advanceTimersByTime(66_000)
    await ended
    socket.write(requestText("/late", { method: "POST", body: "x" }))
    await turns(50)
    expect(made.came).toHaveLength(0)
    vi.advanceTimersByTime(66_000)
    await turns()
    while (!socket.destroyed) {
      socket.write("x")
      await turns()
    }
    await closed
  })

  it("never begins a request that comes when it has stopped", async () => {
    using made = listening(echo, { tls })
    const { socket, ended } = await staying(made.listener.port)
    await turns()
    await made.listener.stop()
    await ended
    socket.write(requestText("/late", { method: "POST", body: "x" }))
    await turns(50)
    expect(made.came).toHaveLength(0)
    socket.destroy()
  })

  it("ends the connection behind the last answer, whole, for clients that close and for those that do not", async () => {
    using made = listening(() => reply("x".repeat(3_000_000), 200, "connection", "close"), { tls })
    using client = await connect(made.url)
    client.send(requestText("/"))
    expect(await client.response()).toMatchObject({ complete: true })
    expect(await client.rest()).toBe("")
    const { socket, ended } = await staying(made.listener.port)
    socket.write(requestText("/") + requestText("/behind"))
    await ended
    expect(made.came).toHaveLength(2)
    socket.destroy()
  })
})
