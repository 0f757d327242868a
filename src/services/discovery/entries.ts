import { isObject, object, optional, shown } from "../../core/schema.ts"
import { integer, text } from "../../core/values.ts"
import type { UpstreamOptions } from "../upstream.ts"

const entry = object({ url: text(), weight: optional(integer(0, 1000)), zone: optional(text()) })

/** Upstreams out of a list of URLs, or of objects with a URL, a weight and a zone; throws where it is something else. */
export function entriesOf(value: unknown): readonly UpstreamOptions[] {
  if (!Array.isArray(value)) throw new Error(`it holds ${shown(value)} instead of a list`)
  return value.map((item: unknown, index): UpstreamOptions => {
    if (typeof item === "string") return { url: item }
    let wrong = isObject(item) ? undefined : `Expected a URL or an object with one, got ${shown(item)}.`
    const made = wrong
      ? undefined
      : entry.parse(item, [], ({ message }) => {
          wrong ??= message
        })
    if (!made || wrong !== undefined) throw new Error(`entry ${index + 1} is not valid: ${wrong}`)
    return made
  })
}
