/** One server-sent event. */
export interface ServerEvent {
  readonly event: string
  readonly data: string
  readonly id: string | undefined
}

/** The events of a stream, as they come. */
export async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder()
  let rest = ""
  for await (const piece of body) {
    const blocks = (rest + decoder.decode(piece, { stream: true })).split("\n\n")
    rest = blocks.pop() ?? ""
    for (const block of blocks) {
      const fields = new Map(block.split("\n").map((line) => fieldOf(line)))
      const data = fields.get("data")
      if (data !== undefined) yield { event: fields.get("event") ?? "message", data, id: fields.get("id") }
    }
  }
}

function fieldOf(line: string): [name: string, value: string] {
  const at = line.indexOf(":")
  return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1).replace(/^ /, "")]
}
