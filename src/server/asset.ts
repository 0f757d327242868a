import { promisify } from "node:util"
import { brotliCompress, constants, gzip } from "node:zlib"

/** Answers GET and HEAD requests for one unchanging piece of content. */
export type Asset = (request: Request) => Promise<Response>

type Bytes = Uint8Array<ArrayBuffer>

const compressors = {
  zstd: (bytes: Bytes) => Bun.zstdCompress(bytes, { level: 12 }),
  // The highest quality takes seconds for a script of this size and saves a few percent.
  br: (bytes: Bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } }),
  gzip: (bytes: Bytes) => promisify(gzip)(bytes),
}

type Coding = keyof typeof compressors

// Below this the headers weigh more than what compression saves.
const worthwhile = 1024

/** Serves content that is made when first asked for, compressed once for each coding that a client accepts. */
export function asset(
  type: string,
  make: () => string | Bytes | Promise<string | Bytes>,
  headers: Readonly<Record<string, string>> = {},
): Asset {
  let made: Promise<Bytes> | undefined
  const compressed = new Map<Coding, Promise<Bytes>>()
  const encode = (bytes: Bytes, coding: Coding) => {
    const known = compressed.get(coding)
    if (known !== undefined) return known
    const result = compressors[coding](bytes).then((buffer) => new Uint8Array(buffer))
    compressed.set(coding, result)
    return result
  }
  return async (request) => {
    const bytes = await (made ??= bytesOf(make))
    const coding = bytes.length < worthwhile ? undefined : acceptedCoding(request.headers.get("accept-encoding") ?? "")
    const tag = `"${Bun.hash(bytes).toString(36)}${coding === undefined ? "" : `-${coding}`}"`
    const shared = { ...headers, etag: tag, "cache-control": "no-cache", vary: "accept-encoding" }
    if (isKnown(request.headers.get("if-none-match"), tag)) return new Response(null, { status: 304, headers: shared })
    const body = coding === undefined ? bytes : await encode(bytes, coding)
    return new Response(request.method === "HEAD" ? null : body, {
      headers: {
        ...shared,
        "content-type": type,
        "content-length": String(body.length),
        ...(coding === undefined ? {} : { "content-encoding": coding }),
        "x-content-type-options": "nosniff",
      },
    })
  }
}

async function bytesOf(make: () => string | Bytes | Promise<string | Bytes>): Promise<Bytes> {
  const content = await make()
  return typeof content === "string" ? new TextEncoder().encode(content) : content
}

/** The best coding that an Accept-Encoding allows, RFC 9110 section 12.5.3. */
function acceptedCoding(header: string): Coding | undefined {
  const weights = new Map<string, number>()
  for (const item of header.toLowerCase().split(",")) {
    const [name = "", ...parameters] = item.split(";").map((word) => word.trim())
    const weight = parameters.find((parameter) => parameter.startsWith("q="))
    weights.set(name, weight === undefined ? 1 : Number(weight.slice(2)))
  }
  const codings: Coding[] = ["zstd", "br", "gzip"]
  return codings.find((coding) => (weights.get(coding) ?? weights.get("*") ?? 0) > 0)
}

function isKnown(header: string | null, tag: string): boolean {
  if (header === null) return false
  return header.split(",").some((known) => known.trim().replace(/^W\//, "") === tag || known.trim() === "*")
}
