import { cannotRead } from "../../formats/format.ts"
import type { StreamKind } from "./media.ts"

/** What is done to each value of a stream. */
export interface Editing {
  edit(value: unknown): unknown
  /** False for a text that is no value and must not pass. */
  passes(text: string): boolean
  /** How long a line or an event may become. */
  limit: number
}

/** A stream of JSON values, each of them edited as it comes; it breaks off where it cannot be read. */
export function editedStream(
  body: ReadableStream<Uint8Array>,
  kind: StreamKind,
  editing: Editing,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  const pieces =
    kind === "lines"
      ? editedLines(linesOf(reader, editing.limit), editing)
      : editedEvents(linesOf(reader, editing.limit), editing)
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await pieces.next()
          if (done) controller.close()
          else controller.enqueue(Buffer.from(value))
        } catch (error) {
          reader.cancel(error).catch(() => undefined)
          throw error
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // Nothing is read ahead of the client.
    { highWaterMark: 0 },
  )
}

/** A line without its end, and that end: "" for what stands at the end of a stream without one. */
type Line = readonly [text: string, end: string]

const lineEnd = /\r\n|\n|\r/g

async function* linesOf(reader: ReadableStreamDefaultReader<Uint8Array>, limit: number): AsyncGenerator<Line, void> {
  const decoder = new TextDecoder("utf-8", { fatal: true })
  // What came of a line so far; put together only when its end is there.
  let pieces: string[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    const piece = done ? decoder.decode() : decoder.decode(value, { stream: true })
    pieces.push(piece)
    size += piece.length
    if (done || /[\r\n]/.test(piece) || pieces.at(-2)?.endsWith("\r")) {
      const text = pieces.join("")
      let start = 0
      for (const found of text.matchAll(lineEnd)) {
        // Half of a line end, perhaps.
        if (found[0] === "\r" && found.index === text.length - 1 && !done) break
        yield [text.slice(start, found.index), found[0]]
        start = found.index + found[0].length
      }
      pieces = [text.slice(start)]
      size = text.length - start
    }
    if (size > limit) throw cannotRead("the stream", `a line has more than ${limit} characters.`)
    if (!done) continue
    if (size > 0) yield [pieces.join(""), ""]
    return
  }
}

async function* editedLines(lines: AsyncIterable<Line>, { edit }: Editing): AsyncGenerator<string, void> {
  for await (const [text, end] of lines)
    yield text.trim() === "" ? text + end : `${JSON.stringify(await edit(JSON.parse(text)))}${end}`
}

async function* editedEvents(lines: AsyncIterable<Line>, editing: Editing): AsyncGenerator<string, void> {
  let event: Line[] = []
  let size = 0
  for await (const line of lines) {
    event.push(line)
    size += line[0].length
    if (size > editing.limit) throw cannotRead("the stream", `an event has more than ${editing.limit} characters.`)
    if (line[0] !== "") continue
    yield await editedEvent(event, editing)
    event = []
    size = 0
  }
  if (event.length > 0) yield await editedEvent(event, editing)
}

const data = /^data(?:: ?|$)/

/** One event; its data stands on one line afterwards, where the first line of it was. */
async function editedEvent(event: readonly Line[], { edit, passes }: Editing): Promise<string> {
  const written = event.map(([text, end]) => text + end).join("")
  const found = event.filter(([text]) => data.test(text))
  const [first] = found
  if (!first) return written
  const text = found.map(([line]) => line.replace(data, "")).join("\n")
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    if (passes(text)) return written
    throw cannotRead("the stream", "the data of an event is not JSON.")
  }
  const edited = `data: ${JSON.stringify(await edit(value))}${first[1]}`
  return event.map((line) => (line === first ? edited : data.test(line[0]) ? "" : line[0] + line[1])).join("")
}
