import { type Writable, writeHead } from "../../http/write-head.ts"

/** What is on its way to a client, in order. */
export class Outbox {
  readonly #socket: Writable
  #unsent: Uint8Array[] = []
  #full = false

  constructor(socket: Writable) {
    this.#socket = socket
  }

  /** Something still waits for the client to take it. */
  get pending(): boolean {
    return this.#unsent.length > 0
  }

  /** The client has to take something before it gets more, whoever has that. */
  get full(): boolean {
    return this.#full || this.pending
  }

  /** Sends a head, every letter one byte, and the body behind it. */
  send(head: string, body: Uint8Array | null): void {
    if (this.pending) {
      this.#unsent.push(Buffer.from(head, "latin1"))
      if (body !== null) this.#unsent.push(body)
      return
    }
    const rest = writeHead(this.#socket, head, body)
    if (rest && rest.byteLength > 0) this.#unsent.push(rest)
  }

  write(data: Uint8Array): void {
    const taken = this.pending ? 0 : this.#socket.write(data)
    if (taken >= 0 && taken < data.byteLength) this.#unsent.push(taken === 0 ? data : data.subarray(taken))
  }

  /** Bytes that could be sent at once; the rest stays with whoever gave it. */
  take(data: Uint8Array, offset: number): number {
    if (this.pending) return 0
    const taken = this.#socket.write(data, offset, data.byteLength - offset)
    this.#full = taken < data.byteLength - offset
    return taken
  }

  /** The client takes more; true when nothing waits any longer. */
  flush(): boolean {
    this.#full = false
    while (this.#unsent.length > 0) {
      const [next] = this.#unsent as [Uint8Array]
      const taken = this.#socket.write(next)
      if (taken < next.byteLength) {
        if (taken > 0) this.#unsent[0] = next.subarray(taken)
        return false
      }
      this.#unsent.shift()
    }
    return true
  }
}
