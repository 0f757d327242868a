/** A part of a body: from its first byte up to and without its last. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

const one = /^bytes=[ \t]*(?:(\d{1,15})-(\d{1,15})?|-(\d{1,15}))[ \t]*$/i

/**
 * The part of a body of this size that a `Range` header asks for (RFC 9110 section 14). "none": there is no such part.
 * Undefined: several parts, or what cannot be understood; the whole is the answer to that.
 */
export function byteRange(text: string, size: number): ByteRange | "none" | undefined {
  const [, first, last, suffix] = one.exec(text) ?? []
  if (suffix !== undefined) {
    const length = Math.min(Number(suffix), size)
    return length === 0 ? "none" : { start: size - length, end: size }
  }
  if (first === undefined) return undefined
  const start = Number(first)
  if (last !== undefined && Number(last) < start) return undefined
  if (start >= size) return "none"
  return { start, end: last === undefined ? size : Math.min(Number(last) + 1, size) }
}
