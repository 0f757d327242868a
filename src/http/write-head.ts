/** What heads are written to. */
export interface Writable {
  /** Bytes taken; less than given means: wait until it takes more. -1 when it is closed. */
  write(data: Uint8Array, offset?: number, length?: number): number
}

// Sockets copy what they take, so one piece of memory does for all heads that are taken whole.
const scratch = Buffer.allocUnsafeSlow(32 * 1024)

// Up to here copying a body behind its head costs less than a second write.
const small = 16 * 1024

const nothing = new Uint8Array()

/** Writes a head, every letter one byte, and a body behind it; gives what was not taken, undefined when it is closed. */
export function writeHead(socket: Writable, head: string, body: Uint8Array | null = null): Uint8Array | undefined {
  const follows = body !== null && body.byteLength <= small ? body.byteLength : 0
  const size = head.length + follows
  const room = size <= scratch.length ? scratch : Buffer.allocUnsafeSlow(size)
  room.write(head, 0, "latin1")
  if (follows > 0) room.set(body as Uint8Array, head.length)
  const taken = socket.write(room, 0, size)
  if (taken < 0) return undefined
  const rest = taken < size ? new Uint8Array(room.subarray(taken, size)) : nothing
  if (body === null || follows > 0) return rest
  return rest.byteLength === 0 ? written(socket, body) : joined(rest, body)
}

function written(socket: Writable, body: Uint8Array): Uint8Array | undefined {
  const taken = socket.write(body)
  return taken < 0 ? undefined : body.subarray(taken)
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.byteLength + second.byteLength)
  whole.set(first)
  whole.set(second, first.byteLength)
  return whole
}
