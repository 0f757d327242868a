import { type NameOf, omit } from "./keep.ts"
import { type FieldPath, lastName } from "./paths.ts"

/** Takes out what no client gets to see. */
export interface Strip {
  /** Takes it out of a value; tells whether there was any. */
  take(value: unknown, nameOf?: NameOf): boolean
  /** True where a text may have some of it, whatever it is. */
  mayHold(text: string): boolean
  /** True where a body has nothing of it, however it is read: not even in a field whose name comes twice. */
  isFree(bytes: Uint8Array, charset: string | undefined): boolean
}

/** Sees to these fields. */
export function stripping(paths: readonly FieldPath[]): Strip {
  const take = omit(paths)
  const names = [...new Set(paths.flatMap((path) => lastName(path) ?? []))]
  return {
    take,
    mayHold: (text) => text.includes("\\") || names.some((name) => text.includes(name)),
    isFree(bytes, charset) {
      if (charset !== undefined && !/^utf-?8$/i.test(charset)) return false
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      // With a NUL it is some other encoding, and with a backslash a name may be written in many ways.
      return !buffer.includes(0) && !buffer.includes("\\") && !names.some((name) => buffer.includes(name))
    },
  }
}

/** What a key of XML is called without its prefix: of an attribute as of an element. */
export const xmlName =
  (attributePrefix: string): NameOf =>
  (key) => {
    const name = key.startsWith(attributePrefix) ? key.slice(attributePrefix.length) : key
    return name.slice(name.indexOf(":") + 1)
  }
