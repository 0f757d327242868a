import { constants, deflateRawSync, inflateRawSync } from "node:zlib"

import { FrameError, tooLarge } from "./frame-parser.ts"
import type { HeaderList } from "./header-list.ts"

/** What was agreed on with a client: messages may be compressed, each by itself (RFC 7692). */
export interface Deflate {
  /** The line for the answer. */
  readonly answer: string
  /** How far back, as a power of two, what we compress may refer. */
  readonly windowBits: number
}

// A window for each socket would cost more memory than everything else about it.
const terms = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

const finishFlush = constants.Z_SYNC_FLUSH

/** The first of a client's offers that can be kept; undefined when there is none. */
export function deflateOffered(headers: HeaderList): Deflate | undefined {
  for (const line of headers.all("sec-websocket-extensions"))
    for (const offer of line.split(",")) {
      const bits = windowOf(offer)
      if (bits !== undefined)
        return { answer: bits === 0 ? terms : `${terms}; server_max_window_bits=${bits}`, windowBits: bits || 15 }
    }
  return undefined
}

// 8 is not taken: zlib makes it 9 without saying so.
const parameters = new Map<string, RegExp>([
  ["server_no_context_takeover", /^$/],
  ["client_no_context_takeover", /^$/],
  ["server_max_window_bits", /^=(9|1[0-5])$/],
  ["client_max_window_bits", /^(=([89]|1[0-5]))?$/],
])

/** The window that an offer asks us for, 0 when it does not; undefined when it cannot be kept. */
function windowOf(offer: string): number | undefined {
  const [name = "", ...asked] = offer.split(";").map((part) => part.trim())
  if (name.toLowerCase() !== "permessage-deflate") return undefined
  const seen = new Set<string>()
  let bits = 0
  for (const one of asked) {
    const [, key = "", value = ""] = /^([^=\s]+)\s*(.*)$/.exec(one) ?? []
    // RFC 6455 section 9.1: a value may be quoted.
    const said = value.replace(/^=\s*"?([^"]*)"?$/, "=$1")
    if (seen.has(key) || !parameters.get(key)?.test(said)) return undefined
    seen.add(key)
    if (key === "server_max_window_bits") bits = Number(said.slice(1))
  }
  return bits
}

/** A payload compressed; undefined where that makes it no smaller. */
export function deflated(payload: string | Uint8Array, windowBits: number): Uint8Array | undefined {
  const plain = typeof payload === "string" ? Buffer.from(payload) : payload
  const made = deflateRawSync(plain, { finishFlush, windowBits })
  // RFC 7692 section 7.2.1: the end is known, and left out.
  const end = made.length - 4
  return end < plain.byteLength && made.readUInt32BE(end) === 0xffff ? made.subarray(0, end) : undefined
}

/** A payload of a client as it was before it was compressed: at most so many bytes, or a FrameError. */
export function inflated(payload: Uint8Array, most: number): Uint8Array {
  let made: Uint8Array
  try {
    made = inflateRawSync(payload, { finishFlush, maxOutputLength: Math.max(most, 1) })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(most)
    throw new FrameError(1007, "A message cannot be decompressed.")
  }
  if (made.byteLength > most) throw tooLarge(most)
  return made
}
