import type { HeaderList } from "./header-list.ts"
import { readHttpDate } from "./http-date.ts"

const opaque = (tag: string): string => (tag.startsWith("W/") ? tag.slice(2) : tag)

/** Whether two entity tags stand for the same content, weak or not (RFC 9110 section 8.8.3.2). */
export const sameTag = (one: string, other: string): boolean => opaque(one) === opaque(other)

const tags = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g

/** Whether a list of entity tags, as `If-None-Match` has it, names this one, or all with `*`. */
export function namesTag(list: string, tag: string): boolean {
  if (list.trim() === "*") return true
  const found = list.match(tags)
  // Tags without quotes are not valid, but some send them back as they got them.
  return found ? found.some((other) => sameTag(other, tag)) : list.trim() === tag
}

/** The lines of an answer that tell whether it changed. */
export interface Validators {
  readonly tag: string | undefined
  readonly modified: string | undefined
}

/** What an answer can be recognized by. */
export const validatorsOf = (headers: HeaderList): Validators => ({
  tag: headers.get("etag"),
  modified: headers.get("last-modified"),
})

/** Whether the client has this content already, by what it says in its conditions (RFC 9110 section 13.2.2). */
export function isNotModified(
  ifNoneMatch: string | undefined,
  ifModifiedSince: string | undefined,
  { tag, modified }: Validators,
): boolean {
  if (ifNoneMatch !== undefined) return ifNoneMatch.trim() === "*" || (tag !== undefined && namesTag(ifNoneMatch, tag))
  if (ifModifiedSince === undefined || modified === undefined) return false
  const since = readHttpDate(ifModifiedSince)
  const then = readHttpDate(modified)
  return since !== undefined && then !== undefined && then <= since
}

/** Whether `If-Range` allows a part: the content is still the very same (RFC 9110 section 13.1.5). */
export function allowsRange(ifRange: string, { tag, modified }: Validators): boolean {
  if (ifRange.startsWith('"')) return ifRange === tag
  return ifRange === modified && readHttpDate(ifRange) !== undefined
}
