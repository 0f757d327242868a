import { about, object, optional } from "../../core/schema.ts"
import { duration } from "../../core/units.ts"
import { headerLines } from "../../core/values.ts"
import { defineSource } from "../source.ts"
import type { UpstreamOptions } from "../upstream.ts"
import { endpoint, get, jsonIn } from "./endpoint.ts"
import { entriesOf } from "./entries.ts"
import { repeat } from "./repeat.ts"

/** Finds the upstreams in a list that a server gives out. */
export const http = defineSource({
  name: "http",
  about: "A server gives out the list as JSON: URLs, or objects with `url`, `weight` and `zone`.",
  subject: "url",
  options: object({
    url: about("Where the list is.", endpoint),
    interval: about("How often to ask for it.", optional(duration(), "30s")),
    timeout: about("How long the whole answer may take.", optional(duration(), "5s")),
    headers: about("Headers to send, such as `authorization`.", optional(headerLines())),
  }),
  create: ({ url, interval, timeout, headers }) => ({
    start(found, failed) {
      const at = new URL(url)
      const lines = new Map([["accept", "application/json"]])
      for (const [name, value] of headers ?? []) lines.set(name.toLowerCase(), value)
      let last: readonly UpstreamOptions[] | undefined
      let tag: string | undefined
      return repeat(async (signal) => {
        const conditional = tag === undefined ? lines : new Map([...lines, ["if-none-match", tag]])
        const answer = await get(at, conditional, timeout, signal)
        if (last === undefined || answer.status !== 304) {
          last = entriesOf(jsonIn(answer))
          tag = answer.headers.get("etag")
        }
        found(last)
        return interval
      }, failed)
    },
  }),
})
