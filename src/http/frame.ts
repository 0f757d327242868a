/** What a WebSocket frame carries (RFC 6455 section 5.2). */
export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

export type Opcode = (typeof opcodes)[keyof typeof opcodes]

/** A whole message in one frame, masked, as a client sends it. */
export function frame(opcode: Opcode, payload: string | Uint8Array): Uint8Array {
  const length = sizeOf(payload)
  const head = headSize(length) + 4
  // The payload begins at a whole word, so that masking can go by words.
  const from = -head & 3
  const start = from + head
  const made = Buffer.allocUnsafeSlow((start + length + 3) & ~3)
  writeHead(made, from, 0x80 | opcode, 0x80, length)
  if (typeof payload === "string") made.write(payload, start)
  else made.set(payload, start)
  const words = new Uint32Array(made.buffer)
  const key = nextKey()
  words[start / 4 - 1] = key
  for (let at = start / 4; at < words.length; at++) words[at] = (words[at] as number) ^ key
  return made.subarray(from, start + length)
}

/** How many bytes a payload has. */
export const sizeOf = (payload: string | Uint8Array): number =>
  typeof payload === "string" ? Buffer.byteLength(payload) : payload.byteLength

/** How many bytes come before a payload of this size when it is not masked. */
export const headSize = (size: number): number => (size < 126 ? 2 : size < 0x10000 ? 4 : 10)

/** Writes a whole message in one frame, as a server sends it; gives the place behind it. */
export function writeFrame(
  target: Buffer,
  at: number,
  opcode: Opcode,
  payload: string | Uint8Array,
  size: number,
  compressed: boolean,
): number {
  const start = writeHead(target, at, (compressed ? 0xc0 : 0x80) | opcode, 0, size)
  if (typeof payload === "string") target.write(payload, start)
  else target.set(payload, start)
  return start + size
}

function writeHead(target: Buffer, at: number, first: number, masked: number, size: number): number {
  target[at] = first
  if (size < 126) target[at + 1] = masked | size
  else if (size < 0x10000) {
    target[at + 1] = masked | 126
    target.writeUInt16BE(size, at + 2)
  } else {
    target[at + 1] = masked | 127
    target.writeBigUInt64BE(BigInt(size), at + 2)
  }
  return at + headSize(size)
}

// Below this, a view of the words costs more than it saves.
const worthWords = 64

/** Takes the mask off, in place; the key is as it lies in memory. */
export function unmask(data: Uint8Array, key: number): void {
  let at = 0
  if (data.length >= worthWords) {
    while (((data.byteOffset + at) & 3) !== 0) at = unmaskByte(data, key, at)
    const turn = (at & 3) * 8
    const turned = turn === 0 ? key : (key >>> turn) | (key << (32 - turn))
    const words = new Uint32Array(data.buffer, data.byteOffset + at, (data.length - at) >> 2)
    for (let word = 0; word < words.length; word++) words[word] = (words[word] as number) ^ turned
    at += words.length * 4
  }
  while (at < data.length) at = unmaskByte(data, key, at)
}

function unmaskByte(data: Uint8Array, key: number, at: number): number {
  data[at] = (data[at] as number) ^ (key >>> ((at & 3) * 8))
  return at + 1
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
