import { Exchange } from "../../core/exchange.ts"
import type { ReplyBody } from "../../core/reply.ts"
import { isObject, list } from "../../core/schema.ts"
import { HeaderList } from "../../http/header-list.ts"
import type { PathRules } from "../../http/path-rules.ts"
import type { Recorder } from "../../observe/recorder.ts"
import type { Recording } from "../../observe/recorder/recording.ts"
import { safeMethods, unrepeatable } from "../../observe/recorder/shown.ts"
import type { Live } from "../live.ts"

/** A replay that is not done, and why. */
export class NotReplayed extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** What is asked of a replay: what is other than it was. */
export interface Edits {
  /** Somebody said that a request that may change something is to be sent again. */
  readonly yes: boolean
  readonly method: string | undefined
  /** Path and query. */
  readonly target: string | undefined
  /** Null takes a header out. */
  readonly headers: ReadonlyMap<string, string | null>
  readonly body: string | undefined
}

const names = ["yes", "method", "target", "headers", "body"]

/** Reads what is asked of a replay; nothing at all is a replay as it was. */
export function readEdits(text: string): Edits {
  const given = text === "" ? {} : parsed(text)
  const unknown = Object.keys(given).find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw wrong(`There is no ${JSON.stringify(unknown)}: give ${list(names, "and")}, each or none.`)
  const { yes = false, method, target, headers = {}, body } = given
  if (typeof yes !== "boolean") throw wrong('"yes" is true or false.')
  if (method !== undefined && !(typeof method === "string" && /^[A-Z]+$/.test(method)))
    throw wrong('"method" is a method such as "GET".')
  if (method === "CONNECT" || method === "TRACE") throw wrong(`${method} is not supported.`)
  if (target !== undefined && !(typeof target === "string" && /^\/[\x21-\x22\x24-\x7e]*$/.test(target)))
    throw wrong('"target" is a path, with its query if there is one, such as "/users/1?full=true".')
  if (body !== undefined && typeof body !== "string") throw wrong('"body" is a text.')
  if (!isObject(headers)) throw wrong('"headers" is an object of names and values.')
  return { yes, method, target, headers: new Map(Object.entries(headers).map(headerOf)), body }
}

function parsed(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Told below.
  }
  if (!isObject(value)) throw wrong("Send a JSON object, or nothing.")
  return value
}

const framing = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "upgrade",
  "expect",
  "te",
  "trailer",
])

function headerOf([name, value]: [string, unknown]): [string, string | null] {
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) throw wrong(`${JSON.stringify(name)} is no name of a header.`)
  if (framing.has(name.toLowerCase())) throw wrong(`"${name}" cannot be changed: it follows from the request.`)
  if (value !== null && !(typeof value === "string" && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)))
    throw wrong(`"${name}" has a value that cannot be sent: give a text, or null to leave it out.`)
  return [name.toLowerCase(), value]
}

const wrong = (message: string): NotReplayed => new NotReplayed(400, message)

// A stream that goes on for ever is not waited for.
const longest = 30_000

/** Sends a recorded exchange through the gateway once more, and settles with the recording of that once it has ended. */
export async function replay(live: Live, recorder: Recorder, of: Recording, edits: Edits): Promise<Recording> {
  const exchange = exchangeOf(of, edits, live.paths)
  const recorded = recorder.replays(exchange, of)
  const reply = await live.answer(exchange, () => false)
  const answered = performance.now()
  const recording = recorded()
  if (!reply || !recording) throw new NotReplayed(409, "Nothing is recorded any more.")
  const { sent, how } = await readToEnd(reply.body)
  exchange.ending?.ended(exchange, reply.status, answered, recording.asked.size, sent, how)
  return recording
}

async function readToEnd(body: ReplyBody): Promise<{ sent: number; how: "whole" | "cut" | "gone" }> {
  if (!(body instanceof ReadableStream)) return { sent: body === null ? 0 : Buffer.byteLength(body), how: "whole" }
  const reader = body.getReader()
  let sent = 0
  let late = false
  const timer = setTimeout(() => {
    late = true
    reader.cancel().catch(() => undefined)
  }, longest)
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return { sent, how: late ? "gone" : "whole" }
      sent += value.byteLength
    }
  } catch {
    return { sent, how: "cut" }
  } finally {
    clearTimeout(timer)
  }
}

/** The request of a recording, with what is to be other about it: for the gateway it comes from the same client. */
function exchangeOf(of: Recording, edits: Edits, paths: PathRules): Exchange {
  const { yes, headers: changed, body } = edits
  const method = edits.method ?? of.method
  if (!safeMethods.has(method) && !yes)
    throw new NotReplayed(409, `${method} may change something. Say that it is to be sent again: { "yes": true }.`)
  const reason = unrepeatable(of)
  if (reason !== undefined && (of.websocket || !of.admitted || body === undefined)) throw new NotReplayed(409, reason)
  const question = edits.target?.indexOf("?") ?? -1
  const rawPath = edits.target === undefined ? of.rawPath : edits.target.slice(0, question < 0 ? undefined : question)
  const search = edits.target === undefined ? of.search : question < 0 ? "" : edits.target.slice(question)
  const path = paths.canonical(rawPath)
  if (path === undefined) throw new NotReplayed(400, paths.advice)
  const headers = new HeaderList(of.lines.slice())
  for (const [name, value] of changed) {
    headers.delete(name)
    if (value !== null) headers.append(name, value)
  }
  if (body !== undefined) {
    headers.delete("transfer-encoding")
    headers.set("content-length", String(Buffer.byteLength(body)))
  }
  const pieces = body === undefined ? of.asked.pieces : [Buffer.from(body)]
  return new Exchange({
    // Services are told this name, and a request that they know may have to look the same to the byte.
    id: of.doorId,
    method,
    scheme: of.scheme,
    host: of.host,
    rawPath,
    path,
    search,
    headers,
    client: of.client,
    proxies: of.proxies,
    body: of.hasBody || body !== undefined ? streamOf(pieces) : null,
  })
}

/** The pieces as they came: services that are sent chunks get the same ones. */
function streamOf(pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new Uint8Array(piece))
      controller.close()
    },
  })
}
