import type { Reply } from "../../core/reply.ts"
import { byteRange } from "../../http/byte-range.ts"
import { HeaderList } from "../../http/header-list.ts"
import { allowsRange, isNotModified } from "../../http/validators.ts"
import type { Asked } from "./asked.ts"
import type { Kept, Warm } from "./entry.ts"
import { hitText } from "./status.ts"

/** The lines of an answer that says that nothing changed (RFC 9110 section 15.4.5), with what the gateway adds. */
const unchanged = new Set(["cache-control", "content-location", "date", "etag", "expires", "last-modified", "vary"])

/** What a fresh answer is given away as: its lines are made once a second. */
export function fromHit(warm: Warm, asked: Asked, now: number, statusName: string | undefined): Reply {
  const second = Math.floor(now / 1000)
  if (warm.second !== second) {
    warm.hit = linesAt(warm.kept, now, statusName, undefined)
    warm.second = second
  }
  return shaped(warm.kept, new HeaderList(warm.hit.slice()), asked, statusName)
}

/** What a kept answer is given away as, and what is said about that. */
export const fromKept = (kept: Kept, asked: Asked, now: number, statusName: string | undefined, story: string): Reply =>
  shaped(kept, new HeaderList(linesAt(kept, now, statusName, story)), asked, statusName)

function linesAt(kept: Kept, now: number, statusName: string | undefined, story: string | undefined): string[] {
  const { lines, born, freshUntil } = kept
  const made: string[] = []
  let before = ""
  for (let at = 0; at < lines.length; at += 2) {
    const name = lines[at] as string
    if (name === statusName) before += `${lines[at + 1]}, `
    else made.push(name, lines[at + 1] as string)
  }
  made.push("age", String(Math.max(0, Math.floor((now - born) / 1000))))
  if (statusName !== undefined) made.push(statusName, before + (story ?? hitText(Math.ceil((freshUntil - now) / 1000))))
  return made
}

/** The whole, a part of it, or that nothing has changed: as the client asks for it. */
function shaped(kept: Kept, headers: HeaderList, asked: Asked, statusName: string | undefined): Reply {
  const { status, body } = kept
  if (status !== 200) return { status, headers, body: status === 204 ? null : body }
  if (asked.ifNoneMatch !== undefined || asked.ifModifiedSince !== undefined)
    if (isNotModified(asked.ifNoneMatch, asked.ifModifiedSince, kept.validators))
      return notModified(headers, statusName)
  if (asked.range === undefined) return { status, headers, body }
  if (asked.ifRange !== undefined && !allowsRange(asked.ifRange, kept.validators)) return { status, headers, body }
  const range = byteRange(asked.range, body.byteLength)
  if (range === undefined) return { status, headers, body }
  if (range === "none") {
    headers.drop((name) => name.startsWith("content-"))
    headers.set("content-range", `bytes */${body.byteLength}`)
    return { status: 416, headers, body: null }
  }
  headers.set("content-range", `bytes ${range.start}-${range.end - 1}/${body.byteLength}`)
  return { status: 206, headers, body: body.subarray(range.start, range.end) }
}

/** Turns the lines of an answer into those of one that says that nothing changed. */
export function notModified(headers: HeaderList, statusName: string | undefined): Reply {
  headers.drop((name) => !unchanged.has(name) && name !== "age" && name !== statusName)
  return { status: 304, headers, body: null }
}
