import type { Exchange } from "../core/exchange.ts"
import { definePolicy } from "../core/part.ts"
import type { Reply } from "../core/reply.ts"
import { about, either, listOf, object, type Of, optional, type Schema, schema } from "../core/schema.ts"
import { size } from "../core/units.ts"
import { integer, oneOf } from "../core/values.ts"
import { preferredCoding } from "../http/accept-encoding.ts"
import type { HeaderList } from "../http/header-list.ts"
import { compressed } from "./compress/compressed.ts"
import { type Encoder, encoderOf, type Encoding, levels } from "./compress/encoders.ts"
import { isEventStream, matching, mediaTypes, standardTypes } from "./compress/media-types.ts"

const standardEncodings: readonly Encoding[] = ["zstd", "br", "gzip"]

const levelOf = (name: Encoding): Schema<number | undefined> =>
  about(
    `The level of "${name}", from ${levels[name][0]} to ${levels[name][1]}.`,
    optional(integer(levels[name][0], levels[name][1])),
  )

const options = object({
  encodings: about(
    'What answers may be compressed with, the best first: "zstd", "br", "gzip". Among what a client likes equally, the first is taken. Default: all three.',
    optional(listOf(oneOf("zstd", "br", "gzip"))),
  ),
  types: about(
    'The media types that are compressed: whole, by their beginning ("text/*") or by their ending ("+json"). Streams of events only where "text/event-stream" is among them. Default: text, JSON, XML, YAML, JavaScript, SVG, WebAssembly and plain fonts.',
    optional(listOf(mediaTypes)),
  ),
  minSize: about("Smaller answers stay as they are, where their size is known.", optional(size(), "1kb")),
  level: about(
    'How much time goes into it: "fast", "balanced" or "small", or a level for each encoding. High levels take many times as long for little, and megabytes for each answer under way.',
    optional(
      either(
        oneOf("fast", "balanced", "small"),
        object({ zstd: levelOf("zstd"), br: levelOf("br"), gzip: levelOf("gzip") }),
      ),
      "balanced",
    ),
  ),
})

type Options = Of<typeof options>

const allStandard = schema<Options>({
  expected: "true",
  types: "true",
  accepts: (value) => value === true,
  parse: (_, path, report) => options.parse({}, path, report),
})

/** Compresses answers for clients that can decode them. */
export const compress = definePolicy({
  name: "compress",
  about:
    "Compresses answers for clients that ask for it, as they come; `true` takes the standard options. Leave it off where an answer has a secret in it beside something that the request brought: its size would give the secret away, guess by guess (BREACH).",
  options: either(allStandard, options),
  check({ encodings = standardEncodings, level }, _, path, report) {
    for (const [at, name] of encodings.entries())
      if (encodings.indexOf(name) < at)
        report({
          code: "E204",
          path: [...path, "encodings", at],
          message: `"${name}" is there twice.`,
          fix: "Keep the first.",
        })
    for (const name of standardEncodings)
      if (typeof level === "object" && level[name] !== undefined && !encodings.includes(name))
        report({
          code: "E204",
          path: [...path, "level", name],
          on: "key",
          message: `A level for "${name}", which is not among the encodings.`,
          fix: `Remove it, or add "${name}" to "encodings".`,
        })
  },
  create({ encodings = standardEncodings, types = standardTypes, minSize, level }) {
    const matches = matching(types)
    const encoders = new Map(
      encodings.map((name) => [name, encoderOf(name, typeof level === "string" ? level : (level[name] ?? "balanced"))]),
    )
    // Of zstd nothing comes out before there is content, and clients wait for a stream of events to open.
    const forEvents = encodings.filter((name) => name !== "zstd")

    return (next) => async (exchange) => {
      const reply = await next(exchange)
      const { status, headers } = reply
      if (bodiless.has(status)) return reply
      const type = headers.get("content-type")
      // What has not changed need not say what it is.
      if (type === undefined ? status !== 304 : !matches(type)) return reply
      if ((headers.get("content-encoding") ?? "identity").toLowerCase() !== "identity") return reply
      if (noTransform(headers)) return reply
      const length = lengthOf(reply, exchange.method)
      if (length === 0 && status !== 304) return reply
      vary(headers)
      if (status === 304) return sameTag(exchange, reply)
      // RFC 9110 section 14.2: a part is a part of the content as it was sent at first.
      if (status === 206) return reply

      const events = isEventStream(type)
      const { coding, plainRefused } = preferredCoding(
        exchange.headers.all("accept-encoding"),
        events ? forEvents : encodings,
      )
      const encoder = coding && encoders.get(coding)
      if (!encoder || noTransform(exchange.headers)) return reply
      if (length !== undefined && length < minSize && !plainRefused) return reply
      return encode(reply, exchange.method, encoder, { opens: events, always: plainRefused })
    }
  },
})

const bodiless = new Set([101, 204, 205])

const noTransform = (headers: HeaderList): boolean =>
  headers.has("cache-control") &&
  headers.all("cache-control").some((line) => /(?:^|[,\s])no-transform(?:$|[,\s])/i.test(line))

/** Undefined where it is not known. */
function lengthOf({ body, headers }: Reply, method: string): number | undefined {
  if (typeof body === "string") return Buffer.byteLength(body)
  if (body instanceof Uint8Array) return body.byteLength
  if (body === null && method !== "HEAD") return 0
  const declared = headers.get("content-length") ?? ""
  return /^\d+$/.test(declared) ? Number(declared) : undefined
}

/** Tells caches that others may get it otherwise, whatever this one gets. */
function vary(headers: HeaderList): void {
  for (const line of headers.all("vary")) if (/(?:^|[,\s])(?:\*|accept-encoding)(?:$|[,\s])/i.test(line)) return
  headers.append("vary", "accept-encoding")
}

/** The answer that nothing has changed names the content by the tag that it got here (RFC 9111 section 4.3.4). */
function sameTag(exchange: Exchange, reply: Reply): Reply {
  const tag = reply.headers.get("etag")
  if (tag?.startsWith('"') && exchange.headers.all("if-none-match").some((line) => line.includes(`W/${tag}`)))
    reply.headers.set("etag", `W/${tag}`)
  return reply
}

// They are about the bytes that were there before; parts of these cannot be asked for.
const lost = new Set([
  "content-encoding",
  "content-length",
  "content-md5",
  "digest",
  "content-digest",
  "repr-digest",
  "accept-ranges",
])

function encode(
  reply: Reply,
  method: string,
  encoder: Encoder,
  { opens, always }: { opens: boolean; always: boolean },
): Reply {
  const { headers, body } = reply
  const bytes = typeof body === "string" ? Buffer.from(body) : body
  if (bytes instanceof Uint8Array && bytes.byteLength <= encoder.atOnce) {
    const small = encoder.whole(bytes)
    if (small.byteLength >= bytes.byteLength && !always) return reply
    reply.body = small
  } else if (bytes) reply.body = compressed(bytes instanceof Uint8Array ? streamOf(bytes) : bytes, encoder, opens)
  headers.drop((name) => lost.has(name))
  headers.set("content-encoding", encoder.name)
  const tag = headers.get("etag")
  // RFC 9110 section 8.8.1: the same tag must not stand for other bytes.
  if (tag?.startsWith('"')) headers.set("etag", `W/${tag}`)
  // Without it, the listener would say that there is nothing to get.
  if (method === "HEAD" && !(reply.body instanceof Uint8Array)) headers.set("transfer-encoding", "chunked")
  return reply
}

const streamOf = (bytes: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(bytes)
      controller.close()
    },
  })
