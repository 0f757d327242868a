import { cannotRead } from "./format.ts"

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** The value in a MessagePack body, whose sizes are believed as far as there are bytes for them. */
export function readMsgpack(bytes: Uint8Array, deepest: number): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const value = next(deepest)
  if (at < bytes.length) throw wrong(at, "there is more after the value.")
  return value

  function next(left: number): unknown {
    const start = take(1)
    const code = view.getUint8(start)
    if (code <= 0x7f) return code
    if (code >= 0xe0) return code - 0x100
    if (code <= 0x8f) return map(code & 0x0f, left)
    if (code <= 0x9f) return list(code & 0x0f, left)
    if (code <= 0xbf) return text(code & 0x1f)
    switch (code) {
      case 0xc0:
        return null
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return binary(size(1 << (code - 0xc4)))
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return extension(size(1 << (code - 0xc7)))
      case 0xca:
        return view.getFloat32(take(4))
      case 0xcb:
        return view.getFloat64(take(8))
      case 0xcc:
      case 0xcd:
      case 0xce:
        return size(1 << (code - 0xcc))
      case 0xcf:
        return Number(view.getBigUint64(take(8)))
      case 0xd0:
        return view.getInt8(take(1))
      case 0xd1:
        return view.getInt16(take(2))
      case 0xd2:
        return view.getInt32(take(4))
      case 0xd3:
        return Number(view.getBigInt64(take(8)))
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return extension(1 << (code - 0xd4))
      case 0xd9:
      case 0xda:
      case 0xdb:
        return text(size(1 << (code - 0xd9)))
      case 0xdc:
      case 0xdd:
        return list(size(2 << (code - 0xdc)), left)
      case 0xde:
      case 0xdf:
        return map(size(2 << (code - 0xde)), left)
      default:
        throw wrong(start, `0x${code.toString(16)} begins no value.`)
    }
  }

  /** Where the next bytes are, which have to be there. */
  function take(count: number): number {
    const from = at
    if (count > bytes.length - at) throw wrong(at, "it ends in the middle of a value.")
    at += count
    return from
  }

  /** An unsigned number of one, two or four bytes. */
  function size(width: number): number {
    const from = take(width)
    return width === 1 ? view.getUint8(from) : width === 2 ? view.getUint16(from) : view.getUint32(from)
  }

  function text(length: number): string {
    const from = take(length)
    try {
      return utf8.decode(bytes.subarray(from, at))
    } catch {
      throw wrong(from, "a text is not UTF-8.")
    }
  }

  function binary(length: number): string {
    const from = take(length)
    return Buffer.from(bytes.buffer, bytes.byteOffset + from, length).toString("base64")
  }

  // Lists grow with what is in them: a size made ready for would be memory for five bytes.
  function list(length: number, left: number): unknown[] {
    if (left === 0) throw tooDeep()
    const items: unknown[] = []
    for (let n = 0; n < length; n++) items.push(next(left - 1))
    return items
  }

  function map(length: number, left: number): Record<string, unknown> {
    if (left === 0) throw tooDeep()
    const object = Object.create(null) as Record<string, unknown>
    for (let n = 0; n < length; n++) {
      const from = at
      const key = next(0)
      if (typeof key !== "string" && typeof key !== "number") throw wrong(from, "a key is neither a text nor a number.")
      object[key] = next(left - 1)
    }
    return object
  }

  function extension(length: number): string {
    const from = take(1 + length)
    const date = view.getInt8(from) === -1 ? timestamp(from + 1, length) : undefined
    if (date === undefined) throw wrong(from, `the extension ${view.getInt8(from)} is not known.`)
    if (Number.isNaN(date.getTime())) throw wrong(from, "a time is out of range.")
    return date.toISOString()
  }

  /** Seconds, or nanoseconds and seconds in one of two shapes; JavaScript counts milliseconds. */
  function timestamp(from: number, length: number): Date | undefined {
    if (length === 4) return new Date(view.getUint32(from) * 1000)
    if (length === 12) return new Date(Number(view.getBigInt64(from + 4)) * 1000 + view.getUint32(from) / 1e6)
    if (length !== 8) return undefined
    const both = view.getBigUint64(from)
    return new Date(Number(both & 0x3_ffff_ffffn) * 1000 + Number(both >> 34n) / 1e6)
  }

  function tooDeep(): Error {
    return wrong(at, `its lists and maps are nested more than ${deepest} deep, which is the limit.`)
  }
}

const wrong = (at: number, why: string): Error => cannotRead(`MessagePack at byte ${at + 1}`, why)
