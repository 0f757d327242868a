import { cannotWrite, isNothing, isPlain, jsonOf, kindOf } from "./format.ts"

/** The MessagePack for a value; each number in as few bytes as keep it. */
export function writeMsgpack(value: unknown, deepest: number): Uint8Array {
  let buffer = Buffer.allocUnsafe(1024)
  let at = 0
  const path: (string | number)[] = []
  if (isNothing(value)) throw cannotWrite("MessagePack", `there is no form for ${typeof value}.`)
  add(value)
  return buffer.subarray(0, at)

  function add(item: unknown): void {
    const found = jsonOf(item)
    if (isNothing(found) || found === null) byte(0xc0)
    else if (typeof found === "boolean") byte(found ? 0xc3 : 0xc2)
    else if (typeof found === "number") number(found)
    else if (typeof found === "bigint") bigint(found)
    else if (typeof found === "string") text(found)
    else if (Array.isArray(found)) list(found as unknown[])
    else if (isPlain(found)) map(found)
    else throw cannotWrite("MessagePack", `there is no form for ${kindOf(found)}.`, path)
  }

  function list(items: unknown[]): void {
    open(items.length, 0x90, 0xdc)
    for (let n = 0; n < items.length; n++) {
      path.push(n)
      add(items[n])
      path.pop()
    }
  }

  function map(object: Record<string, unknown>): void {
    const keys = Object.keys(object).filter((key) => !isNothing(object[key]))
    open(keys.length, 0x80, 0xde)
    for (const key of keys) {
      path.push(key)
      text(key)
      add(object[key])
      path.pop()
    }
  }

  function open(length: number, small: number, large: number): void {
    if (path.length >= deepest)
      throw cannotWrite("MessagePack", `it is nested more than ${deepest} deep, which is the limit.`, path)
    if (length < 16) byte(small | length)
    else if (length < 0x1_0000) sized(large, 2, length)
    else sized(large + 1, 4, length)
  }

  function text(content: string): void {
    if (!content.isWellFormed())
      throw cannotWrite("MessagePack", "it holds half a surrogate pair, which is no character.", path)
    const length = Buffer.byteLength(content)
    if (length < 32) byte(0xa0 | length)
    else if (length < 0x100) sized(0xd9, 1, length)
    else if (length < 0x1_0000) sized(0xda, 2, length)
    else sized(0xdb, 4, length)
    reserve(length)
    at += buffer.write(content, at, length, "utf8")
  }

  function number(content: number): void {
    if (Number.isSafeInteger(content) && !Object.is(content, -0)) return integer(content)
    reserve(9)
    buffer[at] = 0xcb
    at = buffer.writeDoubleBE(content, at + 1)
  }

  function integer(content: number): void {
    if (content >= 0) {
      if (content < 0x80) byte(content)
      else if (content < 0x100) sized(0xcc, 1, content)
      else if (content < 0x1_0000) sized(0xcd, 2, content)
      else if (content < 0x1_0000_0000) sized(0xce, 4, content)
      else bigint(BigInt(content))
    } else if (content >= -0x20) byte(content & 0xff)
    else if (content >= -0x80) sized(0xd0, 1, content & 0xff)
    else if (content >= -0x8000) sized(0xd1, 2, content & 0xffff)
    else if (content >= -0x8000_0000) sized(0xd2, 4, content >>> 0)
    else bigint(BigInt(content))
  }

  function bigint(content: bigint): void {
    const isSigned = content < 0n
    if (BigInt.asUintN(64, content) !== content && BigInt.asIntN(64, content) !== content)
      throw cannotWrite("MessagePack", "the integer has more than 64 bits.", path)
    reserve(9)
    buffer[at] = isSigned ? 0xd3 : 0xcf
    at = isSigned ? buffer.writeBigInt64BE(content, at + 1) : buffer.writeBigUInt64BE(content, at + 1)
  }

  function byte(content: number): void {
    reserve(1)
    buffer[at++] = content
  }

  function sized(code: number, width: number, content: number): void {
    reserve(1 + width)
    buffer[at] = code
    at = buffer.writeUIntBE(content, at + 1, width)
  }

  function reserve(count: number): void {
    if (at + count <= buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + count))
    buffer.copy(larger, 0, 0, at)
    buffer = larger
  }
}
