import { definePolicy } from "../core/part.ts"
import { caching } from "./cache/caching.ts"
import { cacheOptions, checkCache } from "./cache/options.ts"

/** Keeps answers, and gives them to whoever asks for the same. */
export const cache = definePolicy({
  name: "cache",
  about:
    'Keeps answers, and gives them to whoever asks for the same: as long as the service says (RFC 9111), or as { ttl: "30s" } does. `true` goes by the service. Those who show credentials or cookies have a cache of their own each, unless it is `shared`. Requests that change something drop what is kept of their URL.',
  options: cacheOptions,
  check: (options, _, path, report) => checkCache(options, path, report),
  note: ({ ttl }) =>
    ttl === undefined
      ? undefined
      : "ttl counts instead of what the service says in Cache-Control and Expires of how long its answers are fresh.",
  create: caching,
})
