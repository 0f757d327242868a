import type { Stream } from "./stream-option.ts"

/** How the entries of one answer are written, each of which is JSON on one line. */
export interface StreamFormat {
  readonly type: string
  /** The entry of a part, by its name in the answer. */
  part(entry: string, name: string): string
  /** The entry that everything ends with. */
  last(entry: string, failed: boolean): string
  /** Says that there is more to come, where nothing comes for a while. */
  readonly heartbeat: string | undefined
}

/** The id of the last event: a browser that asks again by itself says with it that it has everything. */
export const lastEventId = "end"

function lines(): StreamFormat {
  const line = (entry: string): string => `${entry}\n`
  return { type: "application/x-ndjson", part: line, last: line, heartbeat: undefined }
}

function events(): StreamFormat {
  let count = 0
  const event = (name: string, id: string | number, entry: string): string =>
    `event: ${name}\nid: ${id}\ndata: ${entry}\n\n`
  return {
    type: "text/event-stream",
    part: (entry) => event("part", ++count, entry),
    last: (entry, failed) => event(failed ? "problem" : "done", lastEventId, entry),
    heartbeat: ":\n\n",
  }
}

function multipart(): StreamFormat {
  // Without a line break in it no entry has a delimiter in it; that nobody can guess it serves those who read carelessly.
  const boundary = crypto.randomUUID()
  let before = `--${boundary}`
  const section = (entry: string, more = ""): string => {
    const text = `${before}\r\ncontent-type: application/json\r\n${more}\r\n${entry}\r\n--${boundary}`
    // A part is over for readers when the delimiter behind it is there, and the next part may take a while.
    before = ""
    return text
  }
  return {
    type: `multipart/mixed; boundary=${boundary}`,
    part: (entry, name) => section(entry, `content-id: <${encodeURIComponent(name.toWellFormed())}>\r\n`),
    last: (entry) => `${section(entry)}--\r\n`,
    heartbeat: undefined,
  }
}

/** Begins an answer in each of the formats. */
export const streamFormats: Readonly<Record<Stream, () => StreamFormat>> = { ndjson: lines, sse: events, multipart }
