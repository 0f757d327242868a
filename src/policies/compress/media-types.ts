import { type Schema, schema, shown } from "../../core/schema.ts"

// What compressing makes larger, or at best a little smaller for much work.
const packed =
  /^(?:video\/.+|audio\/(?:aac|flac|mp4|mpeg|ogg|opus|webm)|image\/(?:apng|avif|gif|heic|heif|jpeg|jpg|jp2|jxl|png|webp)|font\/woff2?|application\/(?:font-woff2?|gzip|x-gzip|zip|x-zip-compressed|zstd|x-bzip2?|x-xz|x-7z-compressed|vnd\.rar|x-rar-compressed|java-archive)|.+\+(?:gzip|zip|zstd))$/

const pattern = /^(?:[a-z0-9!#$&^_.-]+\/(?:\*|[a-z0-9!#$&^_.+-]+)|\+[a-z0-9.-]+)$/i

const eventStream = "text/event-stream"

/** What is compressed unless the config says otherwise. */
export const standardTypes: readonly string[] = [
  "text/*",
  "+json",
  "+xml",
  "+yaml",
  "application/json",
  "application/json-seq",
  "application/jsonl",
  "application/x-ndjson",
  "application/xml",
  "application/yaml",
  "application/javascript",
  "application/wasm",
  "font/otf",
  "font/ttf",
]

/** A media type, all that begin alike, or all that end alike; in lower case once parsed. */
export const mediaTypes: Schema<string> = (() => {
  const expected = 'a media type such as "application/json", "text/*" or "+json"'
  return schema({
    expected,
    types: "string",
    accepts: (value) => typeof value === "string",
    parse(value, path, report) {
      const written = (value as string).toLowerCase()
      if (!pattern.test(written)) report({ code: "E204", path, message: `Expected ${expected}, got ${shown(value)}.` })
      else if (packed.test(written))
        report({
          code: "E204",
          path,
          message: `${shown(value)} is compressed already.`,
          fix: "Remove it, or name the types that are not.",
        })
      return written
    },
  })
})()

/** Tells by an answer's `Content-Type` whether it is to be compressed. */
export function matching(wanted: readonly string[]): (contentType: string) => boolean {
  const exact = new Set(wanted.filter((type) => !type.startsWith("+") && !type.endsWith("/*")))
  const ends = wanted.filter((type) => type.startsWith("+"))
  const begins = wanted.filter((type) => type.endsWith("/*")).map((type) => type.slice(0, -1))
  return (contentType) => {
    const semicolon = contentType.indexOf(";")
    const type = (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase()
    if (exact.has(type)) return true
    // Whatever stands between here and the reader may wait for more of a block before it passes anything on.
    if (type === eventStream) return false
    const alike = begins.some((start) => type.startsWith(start)) || ends.some((end) => type.endsWith(end))
    return alike && !packed.test(type)
  }
}

/** Whether an answer is a stream of events. */
export const isEventStream = (contentType: string | undefined): boolean =>
  contentType?.slice(0, eventStream.length).toLowerCase() === eventStream
