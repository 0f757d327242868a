import { describe, expect, it } from "vitest"

import { ResponseError, ResponseParser } from "../../src/http/response-parser.ts"
import { Listening, pieces, splits, type Told, toldOf } from "./parsed-response.ts"
import { chunked, head, refused, type Valid, valid } from "./response-cases.ts"

const whole = ({ status = 200, body = "", reusable = true }: Valid): Partial<Told> => ({
  status,
  body,
  ends: 1,
  refused: undefined,
  reusable,
})

describe("ResponseParser.push() reads", () => {
  it.each(Object.entries(valid))("%s, however it is split", (_, given) => {
    for (const split of splits(given.bytes)) {
      const told = toldOf(split, given.method, given.closes)
      expect(told).toMatchObject(whole(given))
      if (given.lines) expect(told.lines).toEqual(given.lines)
    }
  })

  it("one response after another, of every kind that leaves the connection open", () => {
    const listening = new Listening()
    const several = Object.values(valid).filter(({ reusable }) => reusable !== false)
    for (const given of [...several, ...several]) {
      listening.expect(given.method ?? "GET")
      listening.push(given.bytes)
      expect(listening.told).toMatchObject(whole(given))
    }
  })

  it("long trailers of one response after another", () => {
    const listening = new Listening()
    for (let round = 0; round < 3; round++) {
      listening.expect("GET")
      listening.push(`${chunked}0\r\n${"A: b\r\n".repeat(2000)}\r\n`)
      expect(listening.told).toMatchObject({ ends: 1, refused: undefined })
    }
  })

  it("a body as views of the bytes that came, without a copy", () => {
    const seen: Uint8Array[] = []
    const parser = new ResponseParser({ head() {}, body: (piece) => void seen.push(piece), end() {} })
    const bytes = Buffer.from(`${head("Content-Length: 5")}hello`)
    parser.expect("GET")
    parser.push(bytes)
    expect(seen.map(({ buffer }) => buffer === bytes.buffer)).toEqual([true])
  })
})

describe("ResponseParser.push() refuses", () => {
  it.each(Object.entries(refused))("%s, however it is split", (_, given) => {
    const [bytes, method] = typeof given === "string" ? [given] : given
    for (const split of splits(bytes)) {
      const told = toldOf(split, method)
      expect(told).toMatchObject({ ends: 0, reusable: false })
      expect(told.refused).toMatch(/^\w.*\.$/)
    }
  })

  it.each<[string, string, string]>([
    ["a head over 64 KB", head(`A: ${"x".repeat(65_536)}`), "Its head is larger than 65536 bytes."],
    ["a head that never ends", `HTTP/1.1 200 OK\r\nA: ${"x".repeat(70_000)}`, "Its head is larger than 65536 bytes."],
    ["a status line that never ends", `HTTP/1.1 200 ${"x".repeat(70_000)}`, "Its head is larger than 65536 bytes."],
    ["a chunk line that never ends", `${chunked}5;${"x".repeat(2000)}`, "The size of a chunk is too long."],
    ["a long chunk line", `${chunked}5;${"x".repeat(2000)}\r\nhello\r\n0\r\n\r\n`, "The size of a chunk is too long."],
    ["a trailer that never ends", `${chunked}0\r\nA: ${"x".repeat(17_000)}`, "Its trailers are too long."],
    ["trailers without end", `${chunked}0\r\n${"A: b\r\n".repeat(3000)}`, "Its trailers are too long."],
  ])("%s", (_, bytes, message) => {
    for (const size of [bytes.length, 16_384, 999]) expect(toldOf(pieces(bytes, size)).refused).toBe(message)
  })

  it.each(Object.entries(valid).filter(([, { closes }]) => !closes))(
    "bytes behind the end of: %s",
    (_, { bytes, method, ...given }) => {
      const surplus = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
      for (const split of [[bytes + surplus], [bytes, surplus], [...bytes, ...surplus]])
        expect(toldOf(split, method)).toMatchObject({
          ...whole({ bytes, ...given, reusable: false }),
          refused: "It sent bytes that answer no request.",
        })
    },
  )

  it("bytes before any request", () => {
    const listening = new Listening()
    listening.push(head("Content-Length: 0"))
    expect(listening.told).toMatchObject({ status: undefined, refused: "It sent bytes that answer no request." })
  })

  it("whatever comes behind what it refused, the next request too", () => {
    const parser = new ResponseParser({ head() {}, body() {}, end() {} })
    parser.expect("GET")
    expect(() => parser.push(Buffer.from(`${chunked}x\r\n`))).toThrow(ResponseError)
    expect(() => parser.push(Buffer.from("0\r\n\r\n"))).toThrow(ResponseError)
    parser.expect("GET")
    expect(() => parser.push(Buffer.from(head("Content-Length: 0")))).toThrow(ResponseError)
    expect(parser).toMatchObject({ reusable: false, idle: false })
  })
})

describe("ResponseParser.close()", () => {
  it.each(Object.entries(valid))("refuses an end at any place within: %s", (_, { bytes, method = "GET", closes }) => {
    const until = closes ? bytes.indexOf("\r\n\r\n") + 4 : bytes.length
    for (let at = 0; at < until; at++)
      expect(toldOf([bytes.slice(0, at)], method, true)).toMatchObject({
        ends: 0,
        refused: "It closed before its answer was whole.",
        reusable: false,
      })
  })

  it("is nothing to a parser that expects no answer", () => {
    const listening = new Listening()
    listening.close()
    listening.expect("GET")
    listening.push(head("Content-Length: 0"))
    listening.close()
    expect(listening.told).toMatchObject({ ends: 1, refused: undefined })
  })

  it("refuses what was refused before", () => {
    const parser = new ResponseParser({ head() {}, body() {}, end() {} })
    parser.expect("GET")
    expect(() => parser.push(Buffer.from("no"))).toThrow("It does not speak HTTP/1.")
    expect(() => parser.close()).toThrow(ResponseError)
  })
})

describe("ResponseParser.silent", () => {
  it("is true until the first byte of an answer", () => {
    const { parser } = new Listening()
    const seen = [parser.silent]
    parser.expect("GET")
    seen.push(parser.silent)
    for (const piece of ["H", "TTP/1.1 100 Continue\r\n\r\n", head("Content-Length: 1"), "x"]) {
      parser.push(Buffer.from(piece))
      seen.push(parser.silent)
    }
    expect(seen).toEqual([false, true, false, false, false, false])
  })
})

describe("ResponseParser.keepFor", () => {
  it.each<[string, string[], number, boolean]>([
    ["nothing", [], Number.POSITIVE_INFINITY, true],
    ["timeout=5", ["Keep-Alive: timeout=5"], 4000, true],
    ["it among others", ["Keep-Alive: max=100, Timeout = 60"], 59_000, true],
    ["it in quotes", ['Keep-Alive: timeout="5"'], 4000, true],
    ["another word that ends like it", ["Keep-Alive: mytimeout=5"], Number.POSITIVE_INFINITY, true],
    ["no number", ["Keep-Alive: timeout=soon"], Number.POSITIVE_INFINITY, true],
    ["timeout=1: too short to be used", ["Keep-Alive: timeout=1"], 0, false],
    ["timeout=0: too short to be used", ["Keep-Alive: timeout=0"], -1000, false],
  ])("is a second less than Keep-Alive says: %s", (_, lines, keepFor, reusable) => {
    const { parser } = new Listening()
    parser.expect("GET")
    parser.push(Buffer.from(head(...lines, "Content-Length: 0")))
    expect(parser).toMatchObject({ keepFor, reusable })
  })

  it("stays when a later answer says nothing", () => {
    const listening = new Listening()
    for (const lines of [["Keep-Alive: timeout=5"], []]) {
      listening.expect("GET")
      listening.push(head(...lines, "Content-Length: 0"))
    }
    expect(listening.parser.keepFor).toBe(4000)
  })
})
