import {
  about,
  either,
  listOf,
  object,
  type Of,
  optional,
  type Path,
  type Report,
  type Schema,
  schema,
} from "../../core/schema.ts"
import { duration, size } from "../../core/units.ts"
import { flag, headerName, integer, off, oneOf, text } from "../../core/values.ts"

const parameterName = (): Schema<string> => text({ expected: "the name of a query parameter", pattern: /^[^&=#]+$/ })

const query = object({
  include: about("The only parameters that count.", optional(listOf(parameterName()))),
  exclude: about(
    'Parameters that do not count: by name, or by their beginning, such as "utm_*".',
    optional(listOf(parameterName())),
  ),
  sort: about("Puts the parameters in order: then ?a=1&b=2 and ?b=2&a=1 are the same.", optional(flag(), false)),
})

const key = object({
  query: about(
    "Which parameters of the query count; without it the query counts as it is. The service gets only those that count, in every request that may be answered out of the cache.",
    optional(query),
  ),
  headers: about(
    "Headers that tell requests apart, beside those that the service names in `Vary`.",
    optional(listOf(headerName())),
  ),
  cookies: about(
    "The cookies that tell requests apart. The service gets only these, in every request that may be answered out of the cache.",
    optional(listOf(text({ expected: "the name of a cookie", pattern: /^[^\s=;,"]+$/ }))),
  ),
  body: about(
    'Tells requests with a body apart by a hash of it: for the methods of `methods` that have one. A size such as "64kb" is the largest body that is read for that; those of larger ones, or of no known length, go to the service.',
    optional(size()),
  ),
})

const negative = object({
  ttl: about("How long.", duration()),
  statuses: about("Which.", { ...optional(listOf(integer(400, 599))), standard: "[404, 410]" }),
})

const rules = object({
  ttl: about(
    "How long answers are fresh, whatever the service says of that. Where it says that an answer must not be kept (no-store, private), may be used by one only, sets a cookie, or has to be asked about each time (no-cache), that still counts.",
    optional(duration()),
  ),
  default: about("How long answers are fresh where the service says nothing of that.", optional(duration())),
  heuristic: about(
    "Guesses how long answers are fresh where the service says nothing but when they were changed last: a tenth of the time since then, a day at most.",
    optional(flag(), false),
  ),
  methods: about("The methods whose answers are kept.", {
    ...optional(listOf(oneOf("GET", "HEAD", "POST"))),
    standard: '["GET", "HEAD"]',
  }),
  key: about("What tells requests apart, beside method, URL and who asks.", optional(key)),
  shared: about(
    "Everybody gets the same answer, whoever asks. Without it, those who show credentials or cookies have a cache of their own each: by the identity that `auth` found, or else by what they show.",
    optional(flag(), false),
  ),
  staleWhileRevalidate: about(
    "How long a stale answer is given away while it is fetched anew, where the service does not say (`stale-while-revalidate`, `must-revalidate`).",
    optional(duration()),
  ),
  staleIfError: about(
    "How long a stale answer is given away where the service cannot be reached, or fails with 500, 502, 503 or 504, where it does not say (`stale-if-error`, `must-revalidate`).",
    optional(duration()),
  ),
  negative: about(
    'Keeps failures of the service too: { ttl: "5s" } for 404 and 410, where it does not say how long.',
    optional(negative),
  ),
  refreshAhead: about(
    "An answer that is asked for in this last part of its time is fetched anew in the background: nobody waits for what is asked for often. Each at a time of its own.",
    optional(duration()),
  ),
  collapse: about(
    "Of several who ask for the same at once, one goes to the service; how long the others wait for its answer before they go, too. `false`: nobody waits.",
    optional(either(duration(), off()), "5s"),
  ),
  maxObject: about("The largest answer that is kept.", optional(size(), "1mb")),
  setCookie: about(
    "Keeps answers that set cookies, too: everybody who gets them gets the cookies.",
    optional(flag(), false),
  ),
  clientDirectives: about(
    "Whether clients may ask past the cache, or for what is fresher, with `Cache-Control`.",
    optional(flag(), true),
  ),
  tags: about(
    "The header in which the service names the tags of an answer, to purge it by: between commas or spaces.",
    optional(headerName(), "cache-tag"),
  ),
  status: about(
    "The header that tells what became of the request in the cache (RFC 9211); `false` tells nothing.",
    optional(either(headerName(), off()), "cache-status"),
  ),
})

/** What a route says of its cache, checked. */
export type CacheOptions = Of<typeof rules>

const asTheServiceSays = schema<CacheOptions>({
  expected: "true",
  types: "true",
  accepts: (value) => value === true,
  parse: (_, path, report) => rules.parse({}, path, report),
})

/** `true`, or an object of rules. */
export const cacheOptions: Schema<CacheOptions> = either(asTheServiceSays, rules)

/** Finds rules that contradict each other. */
export function checkCache(options: CacheOptions, path: Path, report: Report): void {
  const { ttl, methods, key: chosen, shared } = options
  const bad = (at: Path, message: string, fix: string): void =>
    report({ code: "E204", path: at, on: "key", message, fix })
  if (ttl !== undefined && options.default !== undefined)
    bad(
      [...path, "default"],
      '"default" has no effect beside "ttl", which counts whatever the service says.',
      "Remove one of them.",
    )
  if (ttl !== undefined && options.heuristic)
    bad(
      [...path, "heuristic"],
      '"heuristic" has no effect beside "ttl": nothing is left to guess.',
      "Remove one of them.",
    )
  if (methods?.includes("POST") && chosen?.body === undefined)
    bad(
      [...path, "methods"],
      "Answers to POST would be given to those who sent something else: nothing tells bodies apart.",
      'Add key: { body: "64kb" }, or remove "POST".',
    )
  if (chosen?.body !== undefined && !methods?.includes("POST"))
    bad([...path, "key", "body"], "No method with a body is kept.", 'Add "POST" to "methods", or remove "body".')
  if (methods && !methods.includes("GET") && !methods.includes("POST"))
    bad([...path, "methods"], "Without GET there is nothing to answer HEAD with.", 'Add "GET".')
  if (chosen?.query?.include && chosen.query.exclude)
    bad(
      [...path, "key", "query", "exclude"],
      'Only what is in "include" counts: "exclude" has no effect.',
      "Remove one of them.",
    )
  for (const name of chosen?.headers ?? [])
    if (name.toLowerCase() === "cookie" && !shared)
      bad(
        [...path, "key", "headers"],
        "Cookies tell requests apart already.",
        'Remove it, or name the cookies in "cookies".',
      )
}
