import { describe, expect, it } from "vitest"

import { RequestError, RequestParser } from "../../src/http/request-parser.ts"
import { Listening, listeningTo, splits } from "./parsed-request.ts"
import { chunks, get, letters, post, request, valid } from "./request-cases.ts"
import { refused } from "./request-refusals.ts"

const silent = { head() {}, body() {}, end() {} }

describe("RequestParser.push() reads", () => {
  it.each(Object.entries(valid))("%s, however it is split", (_, { bytes, reads, edges }) => {
    for (const split of splits(bytes, edges)) {
      const { told, standing } = listeningTo(split)
      expect(told).toMatchObject({ refused: undefined, requests: reads.map((read) => ({ ...read, whole: true })) })
      expect(standing).toBe("idle")
    }
  })

  it("one request after another, of every kind, as if each were alone", () => {
    const listening = new Listening()
    const all = Object.values(valid)
    for (const { bytes } of [...all, ...all.toReversed()]) listening.push(bytes)
    const reads = [...all, ...all.toReversed()].flatMap(({ bytes }) => listeningTo([bytes]).told.requests)
    expect(listening.told).toEqual({ refused: undefined, requests: reads })
  })

  it("all of them from one piece", () => {
    const all = Object.values(valid)
    const listening = listeningTo([all.map(({ bytes }) => bytes).join("")])
    expect(listening.told.requests).toHaveLength(all.reduce((sum, { reads }) => sum + reads.length, 0))
    expect(listening.standing).toBe("idle")
  })

  it("a body as views of the bytes that came, without a copy", () => {
    const seen: Uint8Array[] = []
    const parser = new RequestParser({ ...silent, body: (piece) => void seen.push(piece) })
    const bytes = Buffer.from(post(["Content-Length: 5"], "hello"))
    parser.push(bytes)
    expect(seen.map(({ buffer }) => buffer === bytes.buffer)).toEqual([true])
  })

  it("a body of 5 GB without keeping any of it", () => {
    let size = 0
    const parser = new RequestParser({ ...silent, body: (piece) => void (size += piece.byteLength) })
    parser.push(Buffer.from(post(["Content-Length: 5368709120"], "")))
    const piece = Buffer.alloc(64 * 1024 * 1024)
    for (let sent = 0; sent < 80; sent++) {
      expect(parser).toMatchObject({ whole: false, waiting: 0 })
      parser.push(piece)
    }
    expect(size).toBe(5_368_709_120)
    expect(parser.whole).toBe(true)
  })
})

describe("RequestParser.push() refuses", () => {
  it.each(Object.entries(refused))("%s, however it is split", (_, given) => {
    const [bytes, status = 400, edges] = typeof given === "string" ? [given] : given
    const { requests } = listeningTo([bytes]).told
    for (const split of splits(bytes, edges)) {
      const { told, messages, standing } = listeningTo(split)
      expect(told).toEqual({ refused: status, requests })
      expect(messages).toEqual([expect.stringMatching(/^\w.*\.$/)])
      expect(standing).toBe("refused")
    }
    for (const { whole, body } of requests) {
      expect(body).not.toContain("smuggled")
      if (whole) expect(bytes.startsWith(get())).toBe(true)
    }
  })

  it.each(Object.entries(refused))("behind a request that it reads: %s", (_, given) => {
    const [bytes, status = 400] = typeof given === "string" ? [given] : given
    const before = post(["Content-Length: 5"], "hello")
    for (const split of [[before + bytes], [before, bytes], [...before, ...bytes]]) {
      const { told } = listeningTo(split)
      expect(told).toMatchObject({ refused: status })
      expect(told.requests[0]).toMatchObject({ method: "POST", body: "hello", whole: true })
    }
  })

  it("whatever comes behind what it refused", () => {
    for (const bytes of [chunks("x\r\n"), "no\r\n", get("A b")]) {
      const parser = new RequestParser(silent)
      expect(() => parser.push(Buffer.from(bytes))).toThrow(RequestError)
      expect(() => parser.push(Buffer.from(get()))).toThrow("More came after a request that was refused.")
      parser.next()
      expect(() => parser.push(Buffer.from(get()))).toThrow(RequestError)
      expect(parser).toMatchObject({ idle: false, whole: false })
    }
  })

  it.each([
    ["TLS", "\u0016", 1],
    ["a lower control", "\u0001", 1],
    ["a line feed", "\n", 1],
    ["a letter of no method", "GET(", 4],
    ["a method that is too long", letters(65), 65],
    ["a request line with LF alone", "GET / HTTP/1.1\n", 15],
  ])("%s at once, without waiting for the end of the head", (_, bytes, at) => {
    const parser = new RequestParser(silent)
    if (at > 1) parser.push(Buffer.from(bytes.slice(0, at - 1), "latin1"))
    expect(() => parser.push(Buffer.from(bytes.slice(at - 1), "latin1"))).toThrow("Send HTTP/1.1.")
  })
})

describe("RequestParser", () => {
  it("takes the next request only when it is told to, and keeps what came of it", () => {
    const heads: string[] = []
    const parser = new RequestParser({ ...silent, head: ({ target }) => void heads.push(target) })
    const second = request("GET /2 HTTP/1.1")
    parser.push(Buffer.from(request("GET /1 HTTP/1.1") + second.slice(0, 5)))
    expect(parser).toMatchObject({ whole: true, waiting: 5, idle: false })
    parser.push(Buffer.from(second.slice(5)))
    expect(parser.waiting).toBe(second.length)
    expect(heads).toEqual(["/1"])
    parser.next()
    expect(heads).toEqual(["/1", "/2"])
    expect(parser).toMatchObject({ whole: true, waiting: 0 })
    parser.next()
    expect(parser).toMatchObject({ whole: false, waiting: 0, idle: true })
  })

  it("goes on with a request that is under way as if nobody had asked for the next", () => {
    const listening = listeningTo([post(["Content-Length: 5"], "he")])
    listening.parser.next()
    listening.push("llo")
    expect(listening.told.requests).toMatchObject([{ body: "hello", whole: true }])
  })

  it("is idle before a request, and after one with an empty line behind it, as old clients send it", () => {
    const listening = new Listening()
    const seen = [listening.parser.idle]
    for (const piece of ["GET / HTT", "P/1.1\r\n\r", "\n", "\r", "\n", "G"]) {
      listening.push(piece)
      seen.push(listening.parser.idle)
    }
    expect(seen).toEqual([true, false, false, true, false, true, false])
  })
})
