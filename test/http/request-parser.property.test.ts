import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { Listening, listeningTo, type ToldRequest } from "./parsed-request.ts"
import { type Read, reference } from "./reference-request.ts"
import { refused } from "./request-refusals.ts"

/** A request as somebody might send it, and what it says. */
interface Sent {
  bytes: string
  says: ToldRequest
}

const textOf = (from: number, to: number, more: fc.StringConstraints): fc.Arbitrary<string> =>
  fc.string({ ...more, unit: fc.integer({ min: from, max: to }).map((code) => String.fromCharCode(code)) })

const inner = "GET /inner HTTP/1.1\r\nHost: b\r\n\r\n"
const anyBytes = (maxLength: number): fc.Arbitrary<string> =>
  fc.oneof({ weight: 3, arbitrary: textOf(0, 255, { maxLength }) }, fc.constantFrom(inner, "0\r\n\r\n", `\r\n${inner}`))
const token = fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom(..."aZ09-_!~|^`'*+.#$%&") })
const value = fc.oneof(
  textOf(0x21, 0x7e, { maxLength: 12 }),
  textOf(0xa1, 0xff, { maxLength: 4 }),
  fc.constant("a \t b"),
)
const space = fc.constantFrom("", " ", "\t", " \t ")
const meaning = new Set(["content-length", "transfer-encoding", "connection", "expect"])
const field = fc
  .record({ name: token, value, before: space, after: space })
  .filter(({ name }) => !meaning.has(name.toLowerCase()))
const line = fc.string({ maxLength: 6, unit: fc.constantFrom(...'abc ="\t') })

const chunk = (data: string, extension: string, capitals: boolean): string => {
  const size = data.length.toString(16)
  return `${capitals ? size.toUpperCase() : size}${extension}\r\n${data}\r\n`
}

const request: fc.Arbitrary<Sent> = fc
  .record({
    method: fc.oneof(fc.constantFrom("GET", "POST", "HEAD"), token),
    target: fc.oneof(fc.constantFrom("/", "*", "http://a/b"), textOf(0x21, 0x7e, { minLength: 1, maxLength: 9 })),
    old: fc.boolean(),
    fields: fc.array(field, { maxLength: 4 }),
    framing: fc.constantFrom("none", "length", "chunks"),
    connection: fc.constantFrom(undefined, "close", "keep-alive", "x, Close", "x"),
    expects: fc.boolean(),
    at: fc.nat(4),
    capitals: fc.boolean(),
    pieces: fc.array(anyBytes(40), { maxLength: 3 }),
    extension: fc.option(line, { nil: undefined }),
    trailers: fc.array(field, { maxLength: 2 }),
    empty: fc.boolean(),
  })
  .map((given) => {
    const { method, target, old, capitals, pieces, extension, connection, expects } = given
    const kind = old && given.framing === "chunks" ? "length" : given.framing
    const body = kind === "none" ? "" : pieces.join("")
    const lines = given.fields.map((one) => ({ ...one, line: `${one.name}:${one.before}${one.value}${one.after}` }))
    const add = (name: string, value: string): void => {
      const written = capitals ? name.toUpperCase() : name
      lines.splice(given.at, 0, { line: `${written}: ${value}`, name, value, before: " ", after: "" })
    }
    if (kind === "length") add("Content-Length", String(body.length))
    if (kind === "chunks") add("Transfer-Encoding", capitals ? "CHUNKED" : "chunked")
    if (connection !== undefined) add("Connection", connection)
    if (expects) add("Expect", "100-continue")
    const more = extension === undefined ? "" : ` ;${extension}`
    const trailers = given.trailers.map((one) => `${one.name}: ${one.value}\r\n`).join("")
    const chunks = pieces.filter((piece) => piece !== "").map((piece) => chunk(piece, more, capitals))
    const framed = kind === "chunks" ? `${chunks.join("")}0${more}\r\n${trailers}\r\n` : body
    const start = `${given.empty ? "\r\n" : ""}${method} ${target} HTTP/1.${old ? 0 : 1}\r\n`
    return {
      bytes: `${start}${lines.map((one) => `${one.line}\r\n`).join("")}\r\n${framed}`,
      says: {
        method,
        target,
        lines: lines.flatMap((one) => [one.name.toLowerCase(), one.value]),
        length: kind === "chunks" ? undefined : body.length,
        old,
        keepAlive: connection === "keep-alive" || (!old && (connection ?? "x") === "x"),
        expectsContinue: expects && !old,
        body,
        whole: true,
      },
    }
  })

const stream = fc.array(request, { minLength: 1, maxLength: 4 }).map((sent) => ({
  bytes: sent.map(({ bytes }) => bytes).join(""),
  says: sent.map(({ says }) => says),
}))

/** Cuts bytes at these places. */
function cut(bytes: string, places: readonly number[]): string[] {
  const sorted = [...new Set(places.map((place) => (bytes.length === 0 ? 0 : place % bytes.length)))].sort(
    (a, b) => a - b,
  )
  return [0, ...sorted].map((start, index) => bytes.slice(start, sorted[index])).filter((piece) => piece !== "")
}

const cuts = fc.array(fc.nat(2000), { maxLength: 12 })

const telling = fc.oneof(
  fc.constantFrom(..."\r\n\0 \t:;,015afx-\u00a0\u007f", "\r\n", "\r\n\r\n", "\n\n", "\r\r\n"),
  fc.constantFrom("HTTP/1.1", "HTTP/1.0", "HTTP/2.0", " HTTP/1.1\r\n", "0\r\n\r\n", "chunked", inner),
  fc
    .constantFrom("Content-Length: 3", "Transfer-Encoding: chunked", "Expect: 100-continue", "Connection: close")
    .map((one) => `${one}\r\n`),
  textOf(0, 255, { maxLength: 3 }),
)
const mutations = fc.array(fc.record({ at: fc.nat(2000), drop: fc.nat(3), add: telling }), {
  minLength: 1,
  maxLength: 4,
})

const mutated = (bytes: string, changes: readonly { at: number; drop: number; add: string }[]): string =>
  changes.reduce((made, { at, drop, add }) => {
    const place = at % (made.length + 1)
    return made.slice(0, place) + add + made.slice(place + drop)
  }, bytes)

/** What a parser told, in the words of the reference. */
const inWords = ({ told, standing }: Listening): Read => ({ ...told, standing })

describe("RequestParser, for any requests one behind the other,", () => {
  it("finds what was sent, however it is split", () => {
    fc.assert(
      fc.property(stream, cuts, ({ bytes, says }, places) => {
        expect(inWords(listeningTo(cut(bytes, places)))).toEqual({
          requests: says,
          refused: undefined,
          standing: "idle",
        })
      }),
      { numRuns: 2000 },
    )
  })

  it("agrees with the reference, and so does what it is made of", () => {
    fc.assert(
      fc.property(stream, ({ bytes, says }) => {
        expect(reference(bytes)).toEqual({ requests: says, refused: undefined, standing: "idle" })
      }),
      { numRuns: 1000 },
    )
  })

  it("never tells a byte of one request in another", () => {
    const letters = ["a", "b", "c", "d"]
    const alone = fc.tuple(fc.nat(30), fc.boolean(), fc.boolean())
    fc.assert(
      fc.property(fc.array(alone, { minLength: 2, maxLength: 4 }), cuts, (sizes, places) => {
        const sent = sizes.map(([size, inChunks, inside], index) => {
          const letter = letters[index] as string
          const body = (inside ? `GET /${letter} HTTP/1.1\r\n\r\n` : "") + letter.repeat(size)
          const start = `POST /${letter} HTTP/1.1\r\nX-${letter}: ${letter}\r\n`
          const chunks = body === "" ? "" : chunk(body, "", false)
          return inChunks
            ? `${start}Transfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`
            : `${start}Content-Length: ${body.length}\r\n\r\n${body}`
        })
        const { requests } = listeningTo(cut(sent.join(""), places)).told
        expect(requests).toHaveLength(sent.length)
        requests.forEach(({ target, lines, body }, index) => {
          const others = letters.filter((letter) => letter !== letters[index])
          const own = `${target}${lines[1]}${body.replace(/GET| HTTP\/1.1/g, "")}`
          expect([...own].filter((letter) => others.includes(letter))).toEqual([])
        })
      }),
      { numRuns: 1000 },
    )
  })
})

describe("RequestParser, for any bytes,", () => {
  it("tells what the reference tells of requests with random changes, however they are split", () => {
    fc.assert(
      fc.property(stream, mutations, cuts, ({ bytes }, changes, places) => {
        const changed = mutated(bytes, changes)
        expect(inWords(listeningTo(cut(changed, places)))).toEqual(reference(changed))
      }),
      { numRuns: 8000 },
    )
  })

  it("tells it at the same byte", () => {
    fc.assert(
      fc.property(stream, mutations, ({ bytes }, changes) => {
        const changed = mutated(bytes, changes).slice(0, 250)
        const listening = new Listening()
        for (let at = 0; at < changed.length; at++) {
          listening.push(changed[at] as string)
          expect(inWords(listening)).toEqual(reference(changed.slice(0, at + 1)))
        }
      }),
      { numRuns: 300 },
    )
  })

  it("tells what the reference tells of bytes without any sense", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(telling, token), { maxLength: 30 }), cuts, (words, places) => {
        const bytes = words.join("")
        expect(inWords(listeningTo(cut(bytes, places)))).toEqual(reference(bytes))
      }),
      { numRuns: 2000 },
    )
  })

  it.each(Object.entries(refused))("tells what the reference tells of: %s", (_, given) => {
    const bytes = typeof given === "string" ? given : given[0]
    expect(inWords(listeningTo([bytes]))).toEqual(reference(bytes))
  })
})
