import type { Socket } from "bun"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { type ClientEnd, standardLimits, type TunnelLimits } from "../../../src/core/tunnel.ts"
import type { Connection, Heir } from "../../../src/services/transport/connection.ts"
import { Relay } from "../../../src/services/websocket/relay.ts"

/** A relay between a client and a connection that write down what they are told. */
function relay(
  limits: Partial<TunnelLimits> = {},
  { takes = Number.POSITIVE_INFINITY, early = "", joined = true } = {},
) {
  const service: string[] = []
  const client: string[] = []
  let room = takes
  let answers = 1
  let heir: Heir | undefined
  const socket = {
    setKeepAlive() {},
    pause: () => service.push("pause"),
    resume: () => service.push("resume"),
    end: () => service.push("end"),
    terminate: () => service.push("terminate"),
    write(data: Uint8Array) {
      const written = Math.min(room, data.byteLength)
      room -= written
      if (written === data.byteLength) service.push(unmasked(data))
      return written
    },
  }
  const connection = {
    handOver(one: Heir) {
      heir = one
      return { socket: socket as unknown as Socket, early: early === "" ? [] : [Buffer.from(early, "latin1")] }
    },
  }
  const made = new Relay("chat", connection as unknown as Connection, { ...standardLimits, ...limits })
  const end: ClientEnd = {
    send(data, compress) {
      client.push(`${typeof data === "string" ? "text" : "bytes"} ${data.toString()}${compress ? " compressed" : ""}`)
      return answers
    },
    ping: (data) => client.push(`ping ${Buffer.from(data).toString()}`),
    pause: () => client.push("pause"),
    resume: () => client.push("resume"),
    close(code, reason) {
      client.push(`close ${code} ${reason}`)
      // As Bun does it.
      made.clientClosed(code, reason)
    },
    cork: (send) => send(),
  }
  if (joined) made.join(end)
  service.length = 0
  return {
    made,
    end,
    service,
    client,
    says: (bytes: string) => heir?.received(Buffer.from(bytes, "latin1")),
    gone: () => heir?.gone(),
    /** The client does not keep up from now on. */
    tired: () => void (answers = -1),
    /** The service takes so many bytes more. */
    drain(more: number) {
      room += more
      heir?.drained()
    },
  }
}

/** A short frame of ours: its first byte, and what it carries. */
function unmasked(data: Uint8Array): string {
  const [first = 0, length = 0] = data
  if (length > 0xfd) return `${first.toString(16)} long`
  const payload = data.slice(6).map((byte, at) => byte ^ (data[2 + (at % 4)] as number))
  return `${first.toString(16)} ${Buffer.from(payload).toString("latin1")}`.trim()
}

describe("Relay", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("hands on what the service said before there was a client", () => {
    const { made, end, client } = relay({}, { early: "\x81\x02hi", joined: false })
    expect(client).toEqual([])
    made.join(end)
    expect(client).toEqual(["text hi"])
  })

  it("tells the client of a service that was gone before", () => {
    const { made, end, client, gone } = relay({}, { early: "\x81\x02hi", joined: false })
    gone()
    made.join(end)
    expect(client).toEqual(["text hi", "close 1014 The service broke off."])
  })

  it("passes pings both ways, and answers only to whoever asked", () => {
    const { made, service, client, says } = relay()
    made.clientPinged(Buffer.from("a"))
    says("\x8a\x01a")
    expect([service, client]).toEqual([["89 a"], []])
    made.clientPonged(Buffer.from("asked by the listener"))
    expect(service).toEqual(["89 a"])
    says("\x89\x01b")
    made.clientPonged(Buffer.from("b"))
    expect([service, client]).toEqual([["89 a", "8a b"], ["ping b"]])
  })

  it("stops the service while the client does not keep up", () => {
    const { made, service, says, tired } = relay()
    says("\x81\x02hi")
    expect(service).toEqual([])
    tired()
    says("\x81\x02hi")
    expect(service).toEqual(["pause"])
    made.clientDrained()
    expect(service).toEqual(["pause", "resume"])
  })

  it("stops the client while the service does not keep up, and sends all of it in order", () => {
    const { made, service, client, drain } = relay({}, { takes: 10 })
    made.clientSaid("one")
    made.clientSaid("two")
    made.clientSaid("three")
    expect([service, client]).toEqual([["81 one"], ["pause", "pause"]])
    drain(8)
    expect(client).toEqual(["pause", "pause"])
    drain(100)
    expect(client).toEqual(["pause", "pause", "resume"])
    expect(service.at(-1)).toBe("81 three")
  })

  it("compresses only what is worth it, where it may", () => {
    const long = "x".repeat(1024)
    const frame = `\x81\x7e\x04\x00${long}`
    for (const compress of [true, false]) {
      const { client, says } = relay({ compress })
      says(`${frame}\x81\x02hi`)
      expect(client).toEqual([`text ${long}${compress ? " compressed" : ""}`, "text hi"])
    }
  })

  it("closes both ends with 1009 when a message is too large", () => {
    const fromClient = relay({ maxMessage: 4 })
    fromClient.made.clientSaid("four")
    fromClient.made.clientSaid("ÄÄÄ")
    expect(fromClient.client).toEqual(["close 1009 A message may have 4 bytes."])
    expect(fromClient.service.map((one) => one.slice(0, 2))).toEqual(["81", "88", "re"])
    const fromService = relay({ maxMessage: 4 })
    fromService.says("\x81\x05hello")
    expect(fromService.client).toEqual(["close 1009 A message may have 4 bytes."])
    expect(fromService.service[0]).toContain("88 \x03\xf1")
  })

  it("answers the closing of the service, and waits for it to go", () => {
    const { service, client, says, gone } = relay()
    says("\x88\x05\x0f\xa1bye")
    expect(client).toEqual(["close 4001 bye"])
    expect(service).toEqual(["88 \x0f\xa1bye", "resume"])
    gone()
    expect(vi.getTimerCount()).toBe(0)
  })

  it("does not wait for ever for a service that does not close", () => {
    const { made, service } = relay()
    made.clientClosed(1000, "done")
    expect(service).toEqual(["88 \x03\xe8done", "resume"])
    vi.advanceTimersByTime(5_000)
    expect(service.at(-1)).toBe("terminate")
  })

  it("leaves without a word when the client did, but not before all is said", () => {
    const { made, service, drain } = relay({}, { takes: 0 })
    made.clientSaid("last words")
    made.clientClosed(1006, "")
    expect(service).toEqual(["resume"])
    drain(100)
    expect(service).toEqual(["resume", "81 last words", "end"])
  })

  it("says nothing to a client that left, and nothing to a service that closed", () => {
    const { made, service, client, says } = relay()
    made.clientClosed(1000, "")
    says("\x81\x02hi\x89\x01a\x88\x02\x03\xe8")
    made.clientSaid("late")
    made.shut(1001, "late")
    expect(client).toEqual([])
    expect(service).toEqual(["88 \x03\xe8", "resume"])
  })

  it("can be given up only before there is a client", () => {
    const alone = relay({}, { joined: false })
    alone.made.abandon()
    expect(alone.service).toEqual(["terminate"])
    const { made, service } = relay()
    made.abandon()
    expect(service).toEqual([])
  })

  it("is shut for both ends", () => {
    const { made, service, client } = relay()
    made.shut(1012, "again")
    expect(client).toEqual(["close 1012 again"])
    expect(service).toEqual(["88 \x03\xf4again", "resume"])
  })
})
