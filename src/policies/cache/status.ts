import type { HeaderList } from "../../http/header-list.ts"

/** What became of a request in the cache, as `Cache-Status` tells it (RFC 9211). */
export interface Story {
  /** Why it went to the service. */
  readonly fwd: "bypass" | "method" | "uri-miss" | "vary-miss" | "request" | "stale" | "partial"
  readonly status?: number | undefined
  readonly ttl?: number | undefined
  readonly stored?: boolean
  readonly collapsed?: boolean
  readonly detail?: string | undefined
}

/** The member of `Cache-Status` for an answer out of the cache; `ttl` in seconds, below 0 where it is stale. */
export const hitText = (ttl: number, detail?: string): string =>
  `bellhop; hit; ttl=${ttl}${detail === undefined ? "" : `; detail=${detail}`}`

/** The member of `Cache-Status` for an answer that came from the service. */
export function storyText({ fwd, status, ttl, stored, collapsed, detail }: Story): string {
  let text = `bellhop; fwd=${fwd}`
  if (status !== undefined) text += `; fwd-status=${status}`
  if (ttl !== undefined) text += `; ttl=${ttl}`
  if (stored) text += "; stored"
  if (collapsed) text += "; collapsed"
  return detail === undefined ? text : `${text}; detail=${detail}`
}

/** Says what became of it, behind what caches before this one said. */
export function tell(headers: HeaderList, name: string | undefined, text: string): void {
  if (name === undefined) return
  const before = headers.has(name) ? headers.all(name).join(", ") : ""
  headers.set(name, before === "" ? text : `${before}, ${text}`)
}
