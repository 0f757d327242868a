import type { ClientHttp2Stream } from "node:http2"

/** Sends a body on a stream of HTTP/2, never faster than the other side takes it. */
export class Http2Upload {
  readonly #stream: ClientHttp2Stream
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  #left: number | undefined
  #stopped = false
  /** All of it is sent. */
  whole = false

  constructor(stream: ClientHttp2Stream, reader: ReadableStreamDefaultReader<Uint8Array>, length: number | undefined) {
    this.#stream = stream
    this.#reader = reader
    this.#left = length
  }

  /** Begins; calls back when the body cannot be sent as a whole. */
  flow(failed: (error: Error) => void): void {
    this.#flow().catch((error: unknown) => {
      if (this.#stopped) return
      failed(error instanceof Error ? error : new Error(String(error)))
    })
  }

  /** Takes no more of the body: nobody waits for it. */
  stop(reason: Error): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#reader.cancel(reason).catch(() => undefined)
  }

  async #flow(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#reader.read()
      if (this.#stopped) return
      if (done) break
      if (value.byteLength === 0) continue
      if (this.#left !== undefined) this.#left -= value.byteLength
      if (this.#left !== undefined && this.#left < 0) throw new Error("The body is longer than its Content-Length.")
      if (this.#left === 0) this.#end(value)
      else if (!this.#stream.write(value)) await this.#drained()
    }
    if (this.#left !== undefined && this.#left > 0) throw new Error("The body is shorter than its Content-Length.")
    this.#end()
  }

  /** With the last piece where it is known to be the last: the service need not wait for an end to show. */
  #end(last?: Uint8Array): void {
    if (this.whole) return
    this.whole = true
    if (last) this.#stream.end(last)
    else this.#stream.end()
  }

  // A stream that closes first is nobody's business here: then this is stopped, and waits for ever in vain.
  #drained(): Promise<void> {
    return new Promise((resolve) => this.#stream.once("drain", resolve))
  }
}
