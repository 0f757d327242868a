import type { Reply } from "../../core/reply.ts"
import type { HeaderList } from "../../http/header-list.ts"
import { validatorsOf } from "../../http/validators.ts"
import type { Kept, Lifetimes } from "./entry.ts"

/** An answer as it is kept; `without`: lines that may not be. */
export function keptOf(
  { status, headers }: Pick<Reply, "status" | "headers">,
  body: Uint8Array<ArrayBuffer>,
  lifetimes: Lifetimes,
  more: {
    readonly vary: readonly string[]
    readonly without: ReadonlySet<string>
    readonly tagsHeader: string
    readonly now: number
  },
): Kept {
  const lines: string[] = []
  let dated = false
  for (const [name, value] of headers) {
    // The age is counted from here on; the length is that of the body.
    if (name === "age" || name === "content-length" || more.without.has(name)) continue
    if (name === "date") dated = true
    lines.push(name, value)
  }
  if (!dated) lines.push("date", new Date(more.now).toUTCString())
  const { born, freshUntil, whileUntil, errorUntil, always } = lifetimes
  return {
    status,
    lines,
    body,
    validators: validatorsOf(headers),
    vary: more.vary,
    tags: tagsOf(headers, more.tagsHeader),
    born,
    freshUntil,
    whileUntil,
    errorUntil,
    always,
  }
}

const mostTags = 100

function tagsOf(headers: HeaderList, name: string): readonly string[] {
  if (!headers.has(name)) return none
  const tags = headers.all(name).flatMap((line) => line.split(/[\s,]+/))
  return [...new Set(tags.filter((tag) => tag !== ""))].slice(0, mostTags)
}

const none: readonly string[] = []

// They are about the body that came with the kept answer, and there is none in a 304 (RFC 9111 section 3.2).
const ofTheBody = new Set(["content-length", "content-encoding", "content-range", "content-type", "transfer-encoding"])

/** The lines of a kept answer, brought up to date by those of a 304 or of an answer to HEAD. */
export function refreshed(lines: readonly string[], newer: HeaderList): HeaderList {
  const made = newer.copy()
  made.drop((name) => ofTheBody.has(name))
  const said = new Set<string>()
  for (const [name] of made) said.add(name)
  const stays: [string, string][] = []
  for (let at = 0; at < lines.length; at += 2)
    if (!said.has(lines[at] as string)) stays.push([lines[at] as string, lines[at + 1] as string])
  for (const line of stays) made.append(line[0], line[1])
  return made
}
