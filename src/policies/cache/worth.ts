import { type CacheControl, readCacheControl, silent } from "../../http/cache-control.ts"
import type { HeaderList } from "../../http/header-list.ts"
import { readHttpDate } from "../../http/http-date.ts"
import { readTargetedControl } from "../../http/targeted-control.ts"
import type { Lifetimes } from "./entry.ts"
import { varyOf } from "./vary.ts"

/** How the config wants answers to be kept; times in milliseconds. */
export interface KeepRules {
  readonly ttl: number | undefined
  readonly standard: number | undefined
  readonly heuristic: boolean
  readonly negative: { readonly ttl: number; readonly statuses: ReadonlySet<number> } | undefined
  readonly staleWhileRevalidate: number
  readonly staleIfError: number
  readonly setCookie: boolean
}

/** What an answer is worth: how long it is kept, or why it is not. */
export type Worth =
  | {
      readonly keep: true
      readonly lifetimes: Lifetimes
      readonly vary: readonly string[]
      readonly without: ReadonlySet<string>
    }
  | { readonly keep: false; readonly why: string }

/** Fields that speak to gateways such as this one, the most particular first (RFC 9213). */
const targeted = ["bellhop-cache-control", "cdn-cache-control"]

// What is plainly good, or gone for good; what `ttl` and `default` speak of.
const plain: ReadonlySet<number> = new Set([200, 203, 204, 300, 301, 308])
/** RFC 9110 section 15.1: may be kept without being told how long. 206 would have to be put together. */
const heuristic: ReadonlySet<number> = new Set([200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501])
const understood: ReadonlySet<number> = new Set([...heuristic, 302, 303, 307, 400, 403, 451, 500, 502, 503, 504])
// They are about one exchange: who it came from, or that it went wrong at a proxy.
const never: ReadonlySet<number> = new Set([206, 304, 401, 407, 416])

const day = 24 * 60 * 60 * 1000

/** What the service says to caches such as this one. */
export function controlOf(headers: HeaderList): { control: CacheControl; targeted: boolean } {
  for (const name of targeted)
    if (headers.has(name)) {
      const control = readTargetedControl(headers.all(name).join(", "))
      if (control) return { control, targeted: true }
    }
  if (!headers.has("cache-control")) return { control: silent, targeted: false }
  const lines = headers.all("cache-control")
  return { control: readCacheControl(lines.length === 1 ? (lines[0] as string) : lines.join(",")), targeted: false }
}

/** Judges an answer (RFC 9111 sections 3 and 4.2). `authorized`: the request had credentials that the key does not tell apart. */
export function worthOf(
  status: number,
  headers: HeaderList,
  rules: KeepRules,
  asked: { readonly authorized: boolean; readonly at: number; readonly now: number },
): Worth {
  const { control, targeted: aimed } = controlOf(headers)
  if (never.has(status) || status < 200) return not("status")
  if (control.mustUnderstand ? !understood.has(status) : control.noStore) return not("no-store")
  if (control.isPrivate === true) return not("private")
  if (isStandIn(headers)) return not("stand-in")
  if (!rules.setCookie && (headers.has("set-cookie") || headers.has("set-cookie2"))) return not("set-cookie")
  if (asked.authorized && rules.ttl === undefined && !sharable(control)) return not("authorization")
  const vary = varyOf(headers)
  if (vary === "*") return not("vary")

  const date = readHttpDate(headers.get("date") ?? "") ?? asked.now
  const length = lengthOf(status, headers, rules, control, aimed, date)
  if (length === undefined) return not("no-lifetime")
  const { now } = asked
  // RFC 9111 section 4.2.3.
  const age = Math.max(0, now - date, ageOf(headers) + now - asked.at)
  const configured = rules.ttl !== undefined && plain.has(status)
  const freshUntil = configured ? now + length : now - age + length
  const strict = control.mustRevalidate || control.proxyRevalidate || control.noCache === true
  // s-maxage means proxy-revalidate, too (section 5.2.2.10), unless the service says beside it how stale it may get.
  const shared = control.sMaxage !== undefined && !configured
  const extra = (said: number | undefined, standard: number): number =>
    said === undefined ? (shared ? 0 : standard) : said * 1000
  const lifetimes: Lifetimes = {
    born: now - age,
    freshUntil,
    whileUntil: strict ? 0 : freshUntil + extra(control.staleWhileRevalidate, rules.staleWhileRevalidate),
    errorUntil: strict ? 0 : freshUntil + extra(control.staleIfError, rules.staleIfError),
    always: control.noCache === true,
  }
  const validated = headers.has("etag") || headers.has("last-modified")
  const usable = !lifetimes.always && (freshUntil > now || lifetimes.whileUntil > now || lifetimes.errorUntil > now)
  if (!usable && !validated) return not("no-lifetime")
  return { keep: true, lifetimes, vary, without: named(control) }
}

/** A mock, the answer of another service, or one with parts missing: nothing that should outlast what it stands for. */
const isStandIn = (headers: HeaderList): boolean =>
  headers.has("x-bellhop-source") || headers.has("x-bellhop-failover") || headers.get("x-bellhop-complete") === "false"

const not = (why: string): Worth => ({ keep: false, why })

// RFC 9111 section 3.5.
const sharable = ({ isPublic, mustRevalidate, sMaxage }: CacheControl): boolean =>
  isPublic || mustRevalidate || sMaxage !== undefined

/** Milliseconds from when it was made; undefined where nobody says. */
function lengthOf(
  status: number,
  headers: HeaderList,
  { ttl, standard, heuristic: guesses, negative }: KeepRules,
  control: CacheControl,
  aimed: boolean,
  date: number,
): number | undefined {
  if (ttl !== undefined && plain.has(status)) return ttl
  const said = control.sMaxage ?? control.maxAge
  if (said !== undefined) return said * 1000
  if (!aimed && headers.has("expires")) {
    const lines = headers.all("expires")
    const expires = lines.length === 1 ? readHttpDate(lines[0] as string) : undefined
    return expires === undefined ? 0 : expires - date
  }
  if (negative?.statuses.has(status)) return negative.ttl
  if (standard !== undefined && plain.has(status)) return standard
  const modified = readHttpDate(headers.get("last-modified") ?? "")
  if (guesses && modified !== undefined && (heuristic.has(status) || control.isPublic))
    return Math.min(day, Math.max(0, date - modified) / 10)
  // Something that may be kept if it is asked about each time.
  return control.noCache === true || control.mustRevalidate ? 0 : undefined
}

/** The first value of `Age`, in milliseconds; what is no number says nothing. */
function ageOf(headers: HeaderList): number {
  const [first = ""] = (headers.get("age") ?? "").split(",", 1)
  return /^\d+$/.test(first.trim()) ? Math.min(Number(first), 2 ** 31) * 1000 : 0
}

const nobody: ReadonlySet<string> = new Set()

/** The lines that may not be kept, though the rest may. */
function named({ noCache, isPrivate }: CacheControl): ReadonlySet<string> {
  if (typeof noCache === "boolean" && typeof isPrivate === "boolean") return nobody
  return new Set([
    ...(typeof noCache === "boolean" ? [] : noCache),
    ...(typeof isPrivate === "boolean" ? [] : isPrivate),
  ])
}
