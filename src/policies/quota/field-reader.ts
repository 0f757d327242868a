import type { Log } from "../../core/log.ts"
import type { Reply } from "../../core/reply.ts"
import { decoded } from "../../http/content-coding.ts"
import { valueAt } from "../transform/fields.ts"
import { amountOf } from "./meters.ts"

// Of larger answers nothing is read.
const largest = 4 * 1024 * 1024

// Services tell what was used at the end of a stream.
const lastOfStream = 64 * 1024

/** What has to be kept of one answer, and what is read out of it. */
export interface Content {
  readonly keep: number
  readonly tail: boolean
  /** How much it says of each meter; nothing of those that it does not know. */
  amounts(pieces: readonly Uint8Array[] | undefined): Promise<readonly (readonly [name: string, amount: number])[]>
}

/** Reads numbers out of JSON answers and of streams of events; any other answer has none. */
export function fieldReader(
  fields: readonly { readonly name: string; readonly path: readonly string[] }[],
  log: Log,
): (reply: Reply) => Content | undefined {
  let warned = false
  const found = (values: readonly unknown[]): (readonly [string, number])[] =>
    fields.flatMap(({ name, path }) => {
      for (const value of values) {
        const amount = amountOf(valueAt(value, path))
        if (amount !== undefined) return [[name, amount] as const]
      }
      return []
    })

  return ({ headers, body }) => {
    if (body === null) return undefined
    const type = (headers.get("content-type") ?? "").toLowerCase()
    const isStream = type.startsWith("text/event-stream")
    if (!isStream && !/^[^;]*\bjson\b/.test(type)) return undefined
    const coding = headers.get("content-encoding")
    // The end of something compressed is nothing by itself.
    const tail = isStream && coding === undefined
    return {
      keep: tail ? lastOfStream : largest,
      tail,
      async amounts(pieces) {
        if (!pieces) {
          if (!warned) log.warn(`An answer is larger than ${largest} bytes: the meters of its fields were not read.`)
          warned = true
          return []
        }
        try {
          const bytes = Buffer.concat(pieces)
          const text = Buffer.from(coding === undefined ? bytes : await decoded(bytes, coding, largest)).toString()
          return found(isStream ? eventsOf(text) : [JSON.parse(text) as unknown])
        } catch {
          // The client left in the middle, or it was no JSON.
          return []
        }
      },
    }
  }
}

/** The JSON values of a stream's events, the last one first. */
function eventsOf(text: string): unknown[] {
  const values: unknown[] = []
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (!line.startsWith("data:")) continue
    try {
      values.unshift(JSON.parse(line.slice(5)))
    } catch {
      // Not every event is JSON; of the first one, half may be missing.
    }
  }
  return values
}
