import { STATUS_CODES } from "node:http"

import type { Recording } from "./recording.ts"
import type { ShownBody } from "./shown-body.ts"
import { type Detail, detailOf } from "./shown.ts"

/** Recordings as a HAR 1.2 file, which browsers and HTTP tools open; the oldest first. */
export function harOf(recordings: Iterable<Recording>, creator: { name: string; version: string }) {
  const entries = Array.from(recordings, (recording) => entryOf(recording, detailOf(recording))).toReversed()
  return { log: { version: "1.2", creator, entries } }
}

function entryOf(recording: Recording, detail: Detail) {
  const { request, response, tree, replay: _, ...summary } = detail
  const { scheme, host } = recording
  const body = request.body
  return {
    startedDateTime: detail.at,
    time: detail.took,
    request: {
      method: detail.method,
      url: `${scheme}://${host}${detail.path}${detail.query}`,
      httpVersion: "HTTP/1.1",
      headers: pairs(request.headers),
      queryString: pairs([...new URLSearchParams(detail.query)]),
      cookies: [],
      headersSize: -1,
      bodySize: detail.received,
      ...(body && { postData: { mimeType: body.type ?? "", text: body.text ?? "", ...commentOf(body) } }),
    },
    response: {
      status: detail.status,
      statusText: STATUS_CODES[detail.status] ?? "",
      httpVersion: "HTTP/1.1",
      headers: pairs(response.headers),
      cookies: [],
      content: {
        size: response.body?.size ?? 0,
        mimeType: response.body?.type ?? "",
        ...(response.body?.text !== null && { text: response.body?.text ?? "" }),
        ...(response.body && commentOf(response.body)),
      },
      redirectURL: response.headers.find(([name]) => name === "location")?.[1] ?? "",
      headersSize: -1,
      bodySize: detail.sent,
    },
    cache: {},
    timings: { send: 0, wait: detail.answered, receive: Math.max(0, detail.took - detail.answered) },
    // HAR leaves names with an underscore to whoever writes the file.
    _bellhop: { ...summary, tree },
  }
}

const pairs = (lines: readonly (readonly [string, string])[]) => lines.map(([name, value]) => ({ name, value }))

function commentOf({ binary, complete }: ShownBody): { comment?: string } {
  if (binary) return { comment: "no text: not shown" }
  return complete ? {} : { comment: "cut off" }
}
