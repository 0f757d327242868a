import { brotliDecompressSync, constants, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib"

import type { Redact } from "../redact.ts"
import type { KeptBody } from "./kept-body.ts"
import { redactBody } from "./redact-body.ts"

/** A body as anybody may see it. */
export interface ShownBody {
  /** Bytes that passed. */
  readonly size: number
  /** Whether what is shown is all of it. */
  readonly complete: boolean
  readonly type: string | null
  /** The coding that it was sent in, and that was undone. */
  readonly encoding: string | null
  /** It is no text: what is in it is not shown, because secrets in it could not be found. */
  readonly binary: boolean
  readonly text: string | null
}

// A kilobyte of zeros compressed well is a megabyte.
const most = 1024 * 1024

const textual =
  /^text\/|[/+](?:json|xml|yaml|javascript|graphql|csv|x-www-form-urlencoded)$|ndjson|jsonl|json-seq|^multipart\/form-data$|^message\//

/** A kept body for those who look: as text, decoded, and without secrets. */
export function shownBody(
  body: KeptBody,
  header: (name: string) => string | undefined,
  redact: Redact,
): ShownBody | null {
  if (body.size === 0) return null
  const type = header("content-type")?.split(";", 1)[0]?.trim().toLowerCase() ?? null
  const encoding = header("content-encoding")?.trim().toLowerCase() ?? null
  const shown = { size: body.size, type, encoding }
  const bytes = encoding === null || encoding === "identity" ? body.bytes() : decoded(body.bytes(), encoding)
  const text = bytes && textOf(bytes, type)
  const binary = text === undefined
  return { ...shown, complete: body.whole, binary, text: binary ? null : redactBody(text, type ?? "", redact) }
}

// What is there of a body that was cut off is decoded as far as it goes.
const partly = { maxOutputLength: most, finishFlush: constants.Z_SYNC_FLUSH }
const partlyBrotli = { maxOutputLength: most, finishFlush: constants.BROTLI_OPERATION_FLUSH }

function decoded(bytes: Uint8Array, encoding: string): Uint8Array | undefined {
  try {
    if (encoding === "gzip" || encoding === "x-gzip") return gunzipSync(bytes, partly)
    if (encoding === "deflate") return inflateSync(bytes, partly)
    if (encoding === "br") return brotliDecompressSync(bytes, partlyBrotli)
    if (encoding === "zstd") return zstdDecompressSync(bytes, { maxOutputLength: most })
  } catch {
    // Too large, or not what it says it is.
  }
  return undefined
}

function textOf(bytes: Uint8Array, type: string | null): string | undefined {
  if (type !== null && !textual.test(type)) return undefined
  try {
    // A letter that was cut in two at the end is no sign of a body that is no text.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true })
    return text.includes("\0") ? undefined : text
  } catch {
    return undefined
  }
}
