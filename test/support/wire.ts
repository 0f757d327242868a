import type { Socket } from "node:net"

/** What came over a socket and nobody has read yet; every byte is one letter (latin1). */
export class Inbox {
  #chunks: Buffer[] = []
  #size = 0
  #ended = false
  #more: (() => void) | undefined
  /** Settles when the other side is gone. */
  readonly closed: Promise<void>

  constructor(socket: Socket) {
    socket.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#size += chunk.length
      this.#more?.()
    })
    this.closed = new Promise((resolve) => {
      const end = (): void => {
        this.#ended = true
        this.#more?.()
        resolve()
      }
      socket.on("end", end)
      socket.on("close", end)
      // A reset says the same as an end here; what was sent until then is what counts.
      socket.on("error", end)
    })
  }

  /** Everything up to and with this text; undefined when the other side left before. */
  async until(text: string): Promise<string | undefined> {
    for (;;) {
      const bytes = this.#joined()
      const at = bytes.indexOf(text, 0, "latin1")
      if (at >= 0) return this.#cut(at + text.length)
      if (this.#ended) return undefined
      await this.#change()
    }
  }

  /** So many bytes, or as many as came before the other side left. */
  async take(count: number): Promise<string> {
    while (this.#size < count && !this.#ended) await this.#change()
    return this.#cut(Math.min(count, this.#size))
  }

  /** Everything until the other side leaves. */
  async rest(): Promise<string> {
    while (!this.#ended) await this.#change()
    return this.#cut(this.#size)
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#more = () => {
        this.#more = undefined
        resolve()
      }
    })
  }

  #joined(): Buffer {
    const [only] = this.#chunks
    const bytes = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks)
    this.#chunks = [bytes]
    return bytes
  }

  #cut(count: number): string {
    const bytes = this.#joined()
    this.#chunks = [bytes.subarray(count)]
    this.#size -= count
    return bytes.toString("latin1", 0, count)
  }
}

/** One HTTP/1.1 message as it was on the wire, and taken apart. */
export interface Message {
  /** The request line or the status line. */
  readonly start: string
  /** The head as it came, with its empty line. */
  readonly head: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** The body without its chunk lines. */
  readonly body: string
  /** How its length was told. */
  readonly framing: "length" | "chunked" | "close" | "none" | "broken"
  /** False when the other side left before the end that the head promised. */
  readonly complete: boolean
  /** The first value of a name (lower case). */
  get(name: string): string | undefined
  /** Every value of a name (lower case). */
  all(name: string): string[]
}

/** Reads the next message; undefined when the other side leaves without one. */
export async function readMessage(
  inbox: Inbox,
  kind: "request" | "response",
  bodiless = false,
): Promise<Message | undefined> {
  const head = await inbox.until("\r\n\r\n")
  if (head === undefined) return undefined
  const [start = "", ...lines] = head.slice(0, -4).split("\r\n")
  const headers = lines.map((line): readonly [string, string] => {
    const colon = line.indexOf(":")
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  const all = (name: string): string[] => headers.flatMap(([key, value]) => (key.toLowerCase() === name ? [value] : []))
  const get = (name: string): string | undefined => all(name)[0]
  const status = Number(start.split(" ")[1])
  const length = get("content-length")
  const none = bodiless || (kind === "response" && (status < 200 || status === 204 || status === 304))
  const made = { start, head, headers, get, all }
  if (none) return { ...made, body: "", framing: "none", complete: true }
  if (get("transfer-encoding")?.toLowerCase() === "chunked")
    return { ...made, framing: "chunked", ...(await readChunks(inbox)) }
  // Nothing after a length that is none can be understood.
  if (length !== undefined && !/^\d+$/.test(length)) return { ...made, body: "", framing: "broken", complete: false }
  if (length !== undefined) {
    const body = await inbox.take(Number(length))
    return { ...made, body, framing: "length", complete: body.length === Number(length) }
  }
  if (kind === "request") return { ...made, body: "", framing: "none", complete: true }
  return { ...made, body: await inbox.rest(), framing: "close", complete: true }
}

async function readChunks(inbox: Inbox): Promise<{ body: string; complete: boolean }> {
  let body = ""
  for (;;) {
    const line = await inbox.until("\r\n")
    if (line === undefined) return { body, complete: false }
    const size = Number.parseInt(line, 16)
    const chunk = await inbox.take(size)
    body += chunk
    const end = await inbox.take(2)
    if (chunk.length < size || end !== "\r\n") return { body, complete: false }
    if (size === 0) return { body, complete: true }
  }
}
