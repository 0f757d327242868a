import type { HeaderList } from "../../http/header-list.ts"
import type { Outcome } from "./outcome.ts"

/** How long an answer may be kept that is made of several. */
export interface Freshness {
  /** The value of cache-control; undefined where nothing can be said. */
  readonly control: string | undefined
  /** The request headers that the answers depend on. */
  readonly vary: string | undefined
}

const nothing: Freshness = { control: undefined, vary: undefined }
const notKept: Freshness = { control: "no-store", vary: undefined }

/**
 * What holds for a whole made of these answers: the shortest freshness that is left to any of them, for one user only if
 * that holds for any. One that does not say how long it is fresh leaves nothing to say of the whole.
 */
export function freshnessOf(outcomes: readonly (Outcome | undefined)[]): Freshness {
  let least = Number.POSITIVE_INFINITY
  let isPrivate = false
  let vary: Set<string> | undefined
  for (const outcome of outcomes)
    for (const headers of outcome?.heads ?? []) {
      const { notToKeep, forOne, seconds } = directivesOf(headers)
      if (notToKeep) return notKept
      for (const line of headers.has("vary") ? headers.all("vary") : [])
        for (const name of line.toLowerCase().split(",")) if (name.trim() !== "") (vary ??= new Set()).add(name.trim())
      if (forOne) isPrivate = true
      least = Math.min(least, seconds === undefined ? Number.NaN : Math.max(0, seconds - ageOf(headers)))
    }
  if (vary?.has("*")) return notKept
  if (!Number.isFinite(least)) return nothing
  return { control: `${isPrivate ? "private, " : ""}max-age=${least}`, vary: vary && [...vary].join(", ") }
}

/** What one answer says about being kept. */
interface Directives {
  readonly notToKeep: boolean
  readonly forOne: boolean
  /** How long it is fresh; undefined where it does not say. */
  readonly seconds: number | undefined
}

const silent: Directives = { notToKeep: false, forOne: false, seconds: undefined }

// Services say the same again and again.
const known = new Map<string, Directives>()
const mostKnown = 200

function directivesOf(headers: HeaderList): Directives {
  const first = headers.get("cache-control")
  if (first === undefined) return silent
  const found = known.get(first)
  if (found) return headers.all("cache-control").length === 1 ? found : read(headers.all("cache-control").join(","))
  const all = headers.all("cache-control")
  if (all.length > 1) return read(all.join(","))
  if (known.size >= mostKnown) known.clear()
  const made = read(first)
  known.set(first, made)
  return made
}

function read(text: string): Directives {
  const found = new Map<string, string>()
  for (const directive of text.toLowerCase().split(",")) {
    const [name = "", value = ""] = directive.trim().split("=", 2)
    // Of two that contradict each other the first one counts (RFC 9111 section 4.2.1).
    if (name !== "" && !found.has(name)) found.set(name, value.replaceAll('"', ""))
  }
  const given = ["max-age", "s-maxage"]
    .map((name) => found.get(name))
    .filter((value) => value !== undefined)
    // What cannot be understood is stale, says the same section.
    .map((value) => (/^\d+$/.test(value) ? Number(value) : 0))
  return {
    // What has to be asked about each time cannot be asked about for a part of it.
    notToKeep: found.has("no-store") || found.has("no-cache"),
    forOne: found.has("private"),
    seconds: given.length === 0 ? undefined : Math.min(...given),
  }
}

function ageOf(headers: HeaderList): number {
  const age = headers.get("age")
  return age !== undefined && /^\d+$/.test(age) ? Number(age) : 0
}
