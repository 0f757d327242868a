/** What a WebSocket frame carries (RFC 6455 section 5.2). */
export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

export type Opcode = (typeof opcodes)[keyof typeof opcodes]

/** A whole message in one frame, masked, as a client sends it. */
export function frame(opcode: Opcode, payload: string | Uint8Array): Uint8Array {
  const length = typeof payload === "string" ? Buffer.byteLength(payload) : payload.byteLength
  const head = length < 126 ? 6 : length < 0x10000 ? 8 : 14
  // The payload begins at a whole word, so that masking can go by words.
  const from = -head & 3
  const start = from + head
  const made = Buffer.allocUnsafeSlow((start + length + 3) & ~3)
  made[from] = 0x80 | opcode
  made[from + 1] = 0x80 | (length < 126 ? length : length < 0x10000 ? 126 : 127)
  if (head === 8) made.writeUInt16BE(length, from + 2)
  else if (head === 14) made.writeBigUInt64BE(BigInt(length), from + 2)
  if (typeof payload === "string") made.write(payload, start)
  else made.set(payload, start)
  const words = new Uint32Array(made.buffer)
  const key = nextKey()
  words[start / 4 - 1] = key
  for (let at = start / 4; at < words.length; at++) words[at] = (words[at] as number) ^ key
  return made.subarray(from, start + length)
}

const keys = new Uint32Array(256)
let used = keys.length

// Section 5.3: nobody may guess the next one, or a page could write what it likes on the wire.
function nextKey(): number {
  if (used === keys.length) {
    crypto.getRandomValues(keys)
    used = 0
  }
  return keys[used++] as number
}

/** True for the codes that a close frame may carry (RFC 6455 section 7.4, and those registered since). */
export const isCloseCode = (code: number): boolean =>
  (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) || (code >= 3000 && code <= 4999)

const longestReason = 123

/** What a close frame carries: nothing for a code that says that there was none. */
export function closePayload(code: number, reason: string): Uint8Array {
  if (!isCloseCode(code)) return new Uint8Array()
  const text = Buffer.from(reason)
  let end = Math.min(text.length, longestReason)
  while (end < text.length && ((text[end] as number) & 0xc0) === 0x80) end--
  const made = Buffer.alloc(2 + end)
  made.writeUInt16BE(code)
  text.copy(made, 2, 0, end)
  return made
}
