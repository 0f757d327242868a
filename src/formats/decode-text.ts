import { cannotRead } from "./format.ts"

/** Encodings that texts may come in. UTF-7 and its like, in which "<" can hide, are not among them. */
export type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "us-ascii" | "iso-8859-1" | "iso-8859-15" | "windows-1252"

// Without a byte order, UTF-16 is big-endian (RFC 2781 section 4.3).
const encodings = new Map<string, Encoding>([
  ["utf-8", "utf-8"],
  ["utf8", "utf-8"],
  ["us-ascii", "us-ascii"],
  ["ascii", "us-ascii"],
  ["iso-8859-1", "iso-8859-1"],
  ["latin1", "iso-8859-1"],
  ["iso-8859-15", "iso-8859-15"],
  ["windows-1252", "windows-1252"],
  ["utf-16", "utf-16be"],
  ["utf-16be", "utf-16be"],
  ["utf-16le", "utf-16le"],
])

/** The encoding that a name stands for. */
export const encodingOf = (name: string): Encoding | undefined => encodings.get(name.toLowerCase())

/** The encoding that a byte order mark announces. */
export function markedEncoding(bytes: Uint8Array): Encoding | undefined {
  const [first, second, third] = bytes
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8"
  if (first === 0xff && second === 0xfe) return "utf-16le"
  return first === 0xfe && second === 0xff ? "utf-16be" : undefined
}

const utf8 = new TextDecoder("utf-8", { fatal: true })
const others = new Map([
  ["utf-8", utf8],
  ...["utf-16le", "utf-16be", "iso-8859-15", "windows-1252"].map(
    (name) => [name, new TextDecoder(name, { fatal: true })] as const,
  ),
])

/** A text as its sender meant it, without its byte order mark; refused when a byte in it means nothing. */
export function decodeText(bytes: Uint8Array, charset: string | undefined, format: string): string {
  return decodeAs(bytes, charset === undefined ? "utf-8" : announced(bytes, charset, format), format)
}

/** The encoding that the content type says, refused when the body says something else. */
export function announced(bytes: Uint8Array, charset: string, format: string): Encoding {
  const encoding = encodingOf(charset)
  if (!encoding)
    throw cannotRead(format, `the charset ${JSON.stringify(charset.slice(0, 40))} is not known. Send it as UTF-8.`)
  const marked = markedEncoding(bytes)
  if (!marked || marked === encoding || (marked.startsWith("utf-16") && /^utf-16$/i.test(charset)))
    return marked ?? encoding
  // RFC 7303 says that the mark counts, most readers believe the header: whoever is wrong reads another text.
  throw cannotRead(format, `its byte order mark says ${marked}, its content type says ${encoding}.`)
}

/** Decodes a text whose encoding is known. */
export function decodeAs(bytes: Uint8Array, encoding: Encoding, format: string): string {
  // The decoder of that name in browsers is the one for windows-1252.
  if (encoding === "us-ascii" || encoding === "iso-8859-1") {
    if (encoding === "us-ascii" && bytes.some((byte) => byte > 0x7f))
      throw cannotRead(format, "it is not us-ascii, as it says. Send it as UTF-8.")
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")
  }
  try {
    return (others.get(encoding) ?? utf8).decode(bytes)
  } catch {
    throw cannotRead(format, `it is not ${encoding === "utf-8" ? "UTF-8" : `${encoding}, as it says`}.`)
  }
}
