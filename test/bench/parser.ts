// Processor time per parsed response: `bun test/bench/parser.ts [file with another ResponseParser]`.
// Both run in turns, so that a machine that slows down slows both; the best round counts.
import { resolve } from "node:path"

import { type ResponseEvents, ResponseParser } from "../../src/http/response-parser.ts"

interface Subject {
  expect(method: string): void
  push(data: Buffer): void
}

const rounds = Number(process.env.ROUNDS ?? 9)
const perRound = Number(process.env.COUNT ?? 40_000)

const other = process.argv[2]
const subjects = new Map<string, new (events: ResponseEvents) => Subject>([["here", ResponseParser]])
if (other) {
  const { ResponseParser: parser } = (await import(resolve(other))) as {
    ResponseParser: new (events: ResponseEvents) => Subject
  }
  subjects.set("there", parser)
}

const head = [
  "HTTP/1.1 200 OK",
  "Date: Tue, 06 Oct 2026 08:00:00 GMT",
  "Content-Type: application/json; charset=utf-8",
  "Cache-Control: no-store",
  'ETag: "3f-2jmj7l5rSw0yVb/vlWAYkK/YBwk"',
  "Vary: Accept-Encoding",
  "X-Request-Id: 0199b0d2-7f5a-7000-8a5e-4c2f1d3b6a79",
  "Connection: keep-alive",
]
const body = "x".repeat(1024)
const counted = Buffer.from(`${[...head, "Content-Length: 1024"].join("\r\n")}\r\n\r\n${body}`)
const chunked = Buffer.from(
  `${[...head, "Transfer-Encoding: chunked"].join("\r\n")}\r\n\r\n400\r\n${body}\r\n0\r\n\r\n`,
)
const large = Buffer.from(`${[...head, "Content-Length: 65536"].join("\r\n")}\r\n\r\n${"x".repeat(65_536)}`)

const shapes: [name: string, pieces: Buffer[]][] = [
  ["1 KB, 8 headers", [counted]],
  ["1 KB, chunked", [chunked]],
  ["1 KB, in two packets", [counted.subarray(0, 200), counted.subarray(200)]],
  ["64 KB, in four packets", [0, 1, 2, 3].map((n) => large.subarray(n * 16_500, (n + 1) * 16_500))],
]

function measure(parser: Subject, pieces: readonly Buffer[]): number {
  const start = process.cpuUsage()
  for (let count = 0; count < perRound; count++) {
    parser.expect("GET")
    for (const piece of pieces) parser.push(piece)
  }
  const { user, system } = process.cpuUsage(start)
  return (user + system) / perRound
}

for (const [shape, pieces] of shapes) {
  const best = new Map<string, number>()
  let seen = 0
  for (let round = 0; round < rounds; round++)
    for (const [name, Parser] of subjects) {
      const parser = new Parser({ head() {}, body: (piece) => void (seen += piece.byteLength), end() {} })
      best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, measure(parser, pieces)))
    }
  const figures = [...best].map(([name, time]) => `${name} ${time.toFixed(2)} µs`)
  console.log(`${shape.padEnd(24)} ${figures.join("   ")}   (${(seen / 1e6).toFixed(0)} MB of body)`)
}
