import { announced, decodeAs, type Encoding, encodingOf, markedEncoding } from "../decode-text.ts"
import { cannotRead, quoted } from "../format.ts"

const declaration = /^<\?xml\s[^<>]*?\sencoding\s*=\s*(?:"([^"]*)"|'([^']*)')/

// Longer than any declaration has to be.
const longest = 400

/**
 * The text of a document (RFC 7303 section 3): a byte order mark counts, then the charset of the content type, then
 * the document's own declaration. Where they contradict each other so that another reader could see other markup, the
 * document is refused.
 */
export function decodeXml(bytes: Uint8Array, charset: string | undefined): string {
  const marked = markedEncoding(bytes)
  const told = charset === undefined ? marked : announced(bytes, charset, "XML")
  const encoding = told ?? declaredIn(bytes)
  const text = decodeAs(bytes, encoding, "XML")
  // Bun.XML takes one away as well.
  if (text.startsWith("\ufeff")) throw cannotRead("XML", "it has two byte order marks.")
  checkDeclaration(text, encoding, marked === undefined && told !== undefined)
  return text
}

/** What a document says of itself, in ASCII or with a NUL beside each letter. */
function declaredIn(bytes: Uint8Array): Encoding {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, longest * 2)).toString("latin1")
  const wide = head.startsWith("<\0") ? "utf-16le" : head.startsWith("\0<") ? "utf-16be" : undefined
  const name = nameIn(wide ? head.replaceAll("\0", "") : head)
  // XML 1.0 section 4.3.3: without a mark and without a declaration it is UTF-8.
  if (wide && name === undefined) throw cannotRead("XML", "UTF-16 has to begin with a byte order mark, or be declared.")
  if (wide || name === undefined) return wide ?? "utf-8"
  const declared = known(name)
  if (declared.startsWith("utf-16"))
    throw cannotRead("XML", `it declares the encoding ${quoted(name)}, but is not in it.`)
  return declared
}

/**
 * With a charset the declaration may say another encoding (RFC 7303 section 8.3): what recodes a document does not
 * rewrite it. But it has to be one in which the markup is the same.
 */
function checkDeclaration(text: string, encoding: Encoding, isRecoded: boolean): void {
  if (/^<\?xml\s/.test(text) && !text.slice(0, longest).includes("?>"))
    throw cannotRead("XML", `its declaration is longer than ${longest} characters.`)
  const name = nameIn(text)
  if (name === undefined) return
  const declared = known(name)
  const sameWidth = declared.startsWith("utf-16") === encoding.startsWith("utf-16")
  if (declared === encoding || (sameWidth && (isRecoded || /^utf-16$/i.test(name)))) return
  throw cannotRead("XML", `it declares the encoding ${quoted(name)}, but came as ${encoding}.`)
}

function nameIn(text: string): string | undefined {
  const found = declaration.exec(text.slice(0, longest))
  return found?.[1] ?? found?.[2]
}

function known(name: string): Encoding {
  const encoding = encodingOf(name)
  if (encoding) return encoding
  throw cannotRead("XML", `it declares the encoding ${quoted(name)}, which is not known. Send it as UTF-8.`)
}
