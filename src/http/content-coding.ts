/** The content codings that the gateway can read and write, by their names in `Content-Encoding`. */
export type ContentCoding = "gzip" | "deflate" | "br" | "zstd"

/** A body that is not what its `Content-Encoding` says, or that grows too large. */
export class CodingError extends Error {
  override readonly name = "CodingError"
  readonly reason: "unknown_coding" | "corrupt" | "too_large"

  constructor(reason: CodingError["reason"], message: string) {
    super(message)
    this.reason = reason
  }
}

/** How far a body may grow while it is decoded. */
export interface Growth {
  /** The most bytes that may come out. */
  readonly limit: number
  /** How many bytes may come out for each that went in; only counted above a megabyte. */
  readonly ratio?: number | undefined
}

// Every one of them may make a bomb out of what the one before made.
const mostCodings = 3

// Real answers stay far below: gzip itself ends at 1,032, the others know no end.
const standardRatio = 200

// Small bodies may well be a thousand times as large: nothing is lost on them.
const freeGrowth = 1024 * 1024

const names = new Map<string, ContentCoding>([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate", "deflate"],
  ["br", "br"],
  ["zstd", "zstd"],
])

/** The codings that a `Content-Encoding` header names, in the order in which they were applied. */
export function codingsOf(contentEncoding: string | undefined): ContentCoding[] {
  const codings: ContentCoding[] = []
  for (const part of (contentEncoding ?? "").toLowerCase().split(",")) {
    const name = part.trim()
    if (name === "" || name === "identity") continue
    const coding = names.get(name)
    if (!coding) throw new CodingError("unknown_coding", `Cannot decode the content coding "${name.slice(0, 40)}".`)
    codings.push(coding)
  }
  if (codings.length > mostCodings)
    throw new CodingError("unknown_coding", `Cannot decode ${codings.length} content codings on top of each other.`)
  return codings
}

/** The whole of a body without its content codings; fails when it is cut, corrupt or larger than the limit. */
export async function decoded(
  body: ReadableStream<Uint8Array> | Uint8Array,
  contentEncoding: string | undefined,
  limit: number,
  ratio?: number,
): Promise<Uint8Array> {
  let stream: ReadableStream<Uint8Array>
  try {
    stream = decoding(body instanceof Uint8Array ? streamOf(body) : body, contentEncoding, { limit, ratio })
  } catch (error) {
    if (body instanceof ReadableStream) body.cancel(error).catch(() => undefined)
    throw error
  }
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of stream) {
    size += piece.byteLength
    if (size > limit) throw tooLarge(limit)
    pieces.push(piece)
  }
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)
}

/** The same body without its content codings, decoded as it is read; it breaks off where it cannot be decoded. */
export function decoding(
  body: ReadableStream<Uint8Array>,
  contentEncoding: string | undefined,
  growth: Growth,
): ReadableStream<Uint8Array> {
  return codingsOf(contentEncoding).reduceRight((stream, coding) => unpacked(stream, coding, growth), body)
}

const tooLarge = (limit: number): CodingError =>
  new CodingError("too_large", `The body is larger than ${limit} bytes once decoded.`)

/** A body with one coding less. */
function unpacked(
  packed: ReadableStream<Uint8Array>,
  coding: ContentCoding,
  { limit, ratio = standardRatio }: Growth,
): ReadableStream<Uint8Array> {
  const input = packed.getReader()
  let output: ReadableStreamDefaultReader<Uint8Array> | undefined
  let came = 0
  let went = 0
  // Tells a body that broke off from one that is corrupt.
  let broken: { error: unknown } | undefined

  const read = async (): Promise<Uint8Array | undefined> => {
    try {
      const { done, value } = await input.read()
      if (done) return undefined
      came += value.byteLength
      return value
    } catch (error) {
      broken = { error }
      throw error
    }
  }

  /** Undefined when there is no body at all: some say how nothing is coded. */
  const open = async (): Promise<typeof output> => {
    let head: Uint8Array = new Uint8Array()
    while (head.byteLength < 2) {
      const piece = await read()
      if (!piece) break
      head = head.byteLength === 0 ? piece : Buffer.concat([head, piece])
    }
    if (head.byteLength === 0) return undefined
    const rest = new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        start: (controller) => controller.enqueue(head as Uint8Array<ArrayBuffer>),
        async pull(controller) {
          const piece = await read()
          if (piece) controller.enqueue(piece as Uint8Array<ArrayBuffer>)
          else controller.close()
        },
        cancel: (reason) => input.cancel(reason),
      },
      { highWaterMark: 0 },
    )
    return rest.pipeThrough(new DecompressionStream(formatOf(coding, head))).getReader()
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          output ??= await open()
          const { done, value } = output ? await output.read() : { done: true, value: undefined }
          if (done || !value) return controller.close()
          went += value.byteLength
          controller.enqueue(value)
        } catch {
          throw broken ? broken.error : new CodingError("corrupt", `The body is cut, or is no "${coding}".`)
        }
        if (went <= Math.min(limit, Math.max(freeGrowth, ratio * came))) return
        const error =
          went > limit
            ? tooLarge(limit)
            : new CodingError("too_large", `The body grows to more than ${ratio} times its size when it is decoded.`)
        output?.cancel(error).catch(() => undefined)
        throw error
      },
      cancel: (reason) => (output ?? input).cancel(reason),
    },
    // Nothing is decoded ahead of the reader.
    { highWaterMark: 0 },
  )
}

/** What the runtime calls a coding. */
function formatOf(coding: ContentCoding, [first = 0, second = 0]: Uint8Array): CompressionFormat {
  // The types are those of browsers, which do not know all that the runtime does.
  if (coding === "br" || coding === "zstd") return (coding === "br" ? "brotli" : coding) as CompressionFormat
  // RFC 9110 section 8.4.1.2: some servers send it without the head and the checksum that belong to it.
  if (coding === "deflate" && ((first & 0x0f) !== 8 || (first * 256 + second) % 31 !== 0)) return "deflate-raw"
  return coding
}

const streamOf = (bytes: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(bytes)
      controller.close()
    },
  })
