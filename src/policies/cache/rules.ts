import type { KeyRules } from "./key.ts"
import type { CacheOptions } from "./options.ts"
import type { KeepRules } from "./worth.ts"

/** How a route wants answers to be kept. */
export function keepRules(options: CacheOptions): KeepRules {
  const { ttl, heuristic, negative, staleWhileRevalidate = 0, staleIfError = 0, setCookie } = options
  return {
    ttl,
    standard: options.default,
    heuristic,
    negative: negative && { ttl: negative.ttl, statuses: new Set(negative.statuses ?? [404, 410]) },
    staleWhileRevalidate,
    staleIfError,
    setCookie,
  }
}

/** What tells the requests of a route apart. */
export function keyRules({ shared, key }: CacheOptions): KeyRules {
  const { query, headers = [], cookies } = key ?? {}
  return {
    shared,
    query: query && {
      include: query.include && new Set(query.include),
      exclude: query.exclude ?? [],
      sort: query.sort,
    },
    headers: headers.map((name) => name.toLowerCase()).sort(),
    cookies,
  }
}
