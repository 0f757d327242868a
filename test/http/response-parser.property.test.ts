import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { Listening, type Told, toldOf } from "./parsed-response.ts"
import { type Read, reference } from "./reference-response.ts"

/** A response as somebody might send it, and what it says. */
interface Sent {
  method: string
  bytes: string
  closes: boolean
  says: { status: number; lines: string[]; body: string }
}

const textOf = (from: number, to: number, more: fc.StringConstraints): fc.Arbitrary<string> =>
  fc.string({ ...more, unit: fc.integer({ min: from, max: to }).map((code) => String.fromCharCode(code)) })

const anyBytes = (maxLength: number): fc.Arbitrary<string> => textOf(0, 255, { maxLength })
const token = fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom(..."aZ09-_!~|^`'*+.#$%&") })
const value = fc.oneof(
  textOf(0x21, 0x7e, { maxLength: 12 }),
  textOf(0xa1, 0xff, { maxLength: 4 }),
  fc.constant("a \t b"),
)
const space = fc.constantFrom("", " ", "\t", " \t ")
const framing = new Set(["content-length", "transfer-encoding"])
const field = fc
  .record({ name: token, value, before: space, after: space })
  .filter(({ name }) => !framing.has(name.toLowerCase()))
const line = fc.string({ maxLength: 6, unit: fc.constantFrom(...'abc ="\t') })
const reason = fc.constantFrom("", " ", " OK", " No \u00e9: 1")

const chunk = (data: string, extension: string, capitals: boolean): string => {
  const size = data.length.toString(16)
  return `${capitals ? size.toUpperCase() : size}${extension}\r\n${data}\r\n`
}

const response: fc.Arbitrary<Sent> = fc
  .record({
    method: fc.constantFrom("GET", "GET", "POST", "HEAD"),
    interim: fc.array(fc.constantFrom(100, 102, 103), { maxLength: 3 }),
    old: fc.boolean(),
    status: fc.oneof(fc.constantFrom(200, 204, 304), fc.integer({ min: 200, max: 599 })),
    reason,
    fields: fc.array(field, { maxLength: 5 }),
    framing: fc.constantFrom("length", "chunks", "close"),
    at: fc.nat(5),
    capitals: fc.boolean(),
    pieces: fc.array(anyBytes(40), { maxLength: 4 }),
    extension: fc.option(line, { nil: undefined }),
    trailers: fc.array(field, { maxLength: 2 }),
  })
  .map((given) => {
    const { method, status, capitals, pieces, extension } = given
    const kind = given.old && given.framing === "chunks" ? "length" : given.framing
    const data = pieces.join("")
    const bodiless = method === "HEAD" || status === 204 || status === 304
    const lines = given.fields.map(({ name, value, before, after }) => ({
      line: `${name}:${before}${value}${after}`,
      name,
      value,
    }))
    const frame =
      kind === "length"
        ? ["Content-Length", String(data.length)]
        : kind === "chunks"
          ? ["Transfer-Encoding", "chunked"]
          : []
    const [name = "", said = ""] = frame.map((word) => (capitals ? word.toUpperCase() : word))
    if (name) lines.splice(given.at, 0, { line: `${name}: ${said}`, name, value: said })
    const more = extension === undefined ? "" : ` ;${extension}`
    const trailers = given.trailers.map((one) => `${one.name}: ${one.value}\r\n`).join("")
    const chunks = pieces.filter((piece) => piece !== "").map((piece) => chunk(piece, more, capitals))
    const framed = kind === "chunks" ? `${chunks.join("")}0${more}\r\n${trailers}\r\n` : data
    const before = given.interim.map((code) => `HTTP/1.1 ${code} Wait\r\nContent-Length: 4\r\n\r\n`).join("")
    const head = `HTTP/1.${given.old ? 0 : 1} ${status}${given.reason}\r\n${lines.map((one) => `${one.line}\r\n`).join("")}\r\n`
    return {
      method,
      bytes: before + head + (bodiless ? "" : framed),
      closes: kind === "close" && !bodiless,
      says: {
        status,
        lines: lines.flatMap((one) => [one.name.toLowerCase(), one.value]),
        body: bodiless ? "" : data,
      },
    }
  })

/** Cuts bytes at these places. */
function cut(bytes: string, places: readonly number[]): string[] {
  const sorted = [...new Set(places.map((place) => (bytes.length === 0 ? 0 : place % bytes.length)))].sort(
    (a, b) => a - b,
  )
  return [0, ...sorted].map((start, index) => bytes.slice(start, sorted[index])).filter((piece) => piece !== "")
}

const cuts = fc.array(fc.nat(1000), { maxLength: 12 })

const telling = fc.oneof(
  fc.constantFrom(
    "\r",
    "\n",
    "\r\n",
    "\r\n\r\n",
    "\0",
    " ",
    "\t",
    ":",
    ";",
    ",",
    "0",
    "1",
    "5",
    "a",
    "f",
    "x",
    "\u00a0",
    "\u007f",
  ),
  fc.constantFrom(
    "Content-Length: 3\r\n",
    "Transfer-Encoding: chunked\r\n",
    "HTTP/1.1 ",
    "0\r\n\r\n",
    "chunked",
    "100",
    "-",
  ),
  anyBytes(3),
)
const mutation = fc.record({ at: fc.nat(1000), drop: fc.nat(3), add: telling })

const mutated = (bytes: string, mutations: readonly { at: number; drop: number; add: string }[]): string =>
  mutations.reduce((made, { at, drop, add }) => {
    const place = at % (made.length + 1)
    return made.slice(0, place) + add + made.slice(place + drop)
  }, bytes)

/** What a parser told, in the words of the reference. */
const inWords = ({ status, lines, body, ends, refused }: Told): Read => ({
  whole: ends === 1,
  status,
  lines,
  body,
  surplus: ends === 1 && refused !== undefined,
})

const runs = { numRuns: 1500 }

describe("ResponseParser, for any response,", () => {
  it("finds what was sent, however it is split", () => {
    fc.assert(
      fc.property(response, cuts, ({ method, bytes, closes, says }, places) => {
        expect(toldOf(cut(bytes, places), method, closes)).toMatchObject({ ...says, ends: 1, refused: undefined })
      }),
      runs,
    )
  })

  it("agrees with the reference, and so does what it is made of", () => {
    fc.assert(
      fc.property(response, ({ method, bytes, says }) => {
        expect(reference(bytes, method)).toEqual({ ...says, whole: true, surplus: false })
      }),
      runs,
    )
  })

  it("reads one after another on the same connection, each as if it were alone", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(response, cuts), { minLength: 2, maxLength: 6 }), (sequence) => {
        const listening = new Listening()
        for (const [{ method, bytes, closes, says }, places] of sequence) {
          listening.expect(method)
          for (const piece of cut(bytes, places)) listening.push(piece)
          if (closes) listening.close()
          expect(listening.told).toMatchObject({ ...says, ends: 1, refused: undefined })
          if (closes) expect(listening.parser.reusable).toBe(false)
        }
      }),
      { numRuns: 400 },
    )
  })
})

describe("ResponseParser, for any bytes,", () => {
  it("tells what the reference tells of a response with random changes, however it is split", () => {
    fc.assert(
      fc.property(
        response,
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        cuts,
        ({ method, bytes }, mutations, places) => {
          const changed = mutated(bytes, mutations)
          expect(inWords(toldOf(cut(changed, places), method, true))).toEqual(reference(changed, method))
        },
      ),
      { numRuns: 6000 },
    )
  })

  it("tells what the reference tells of a response that breaks off anywhere", () => {
    fc.assert(
      fc.property(response, fc.nat(1000), cuts, ({ method, bytes }, at, places) => {
        const start = bytes.slice(0, at % (bytes.length + 1))
        expect(inWords(toldOf(cut(start, places), method, true))).toEqual(reference(start, method))
      }),
      runs,
    )
  })

  it("never calls a connection reusable that does not stand at the end of a response", () => {
    fc.assert(
      fc.property(response, fc.array(mutation, { maxLength: 3 }), cuts, ({ method, bytes }, mutations, places) => {
        const changed = mutated(bytes, mutations)
        const told = toldOf(cut(changed, places), method)
        const { whole, surplus } = reference(changed, method)
        if (told.reusable) expect({ whole, surplus }).toEqual({ whole: true, surplus: false })
      }),
      runs,
    )
  })
})
