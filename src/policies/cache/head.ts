/** The lines of an answer as bytes: no letter of a header is longer than one, and none is NUL. */
export function headOf(lines: readonly string[]): Uint8Array {
  return Buffer.from(lines.join("\0"), "latin1")
}

/** The lines that were made bytes of. */
export function linesOf(bytes: Uint8Array): string[] {
  if (bytes.byteLength === 0) return []
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1").split("\0")
}
