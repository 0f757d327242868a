import type { Exchange } from "../../core/exchange.ts"
import { type Path, type Report, type Schema, schema, shown } from "../../core/schema.ts"
import { Secret } from "../../core/secret.ts"
import { text } from "../../core/values.ts"
import { longestOrigin, slowness } from "./origin-pattern.ts"

/** Which origins are meant, by their text and, where a function decides, by what is asked. */
export interface Origins {
  /** Every origin there is, and "null". */
  readonly any: boolean
  /** The origins that stand for anybody, by what the config says of them: "null", or a pattern that takes all. */
  readonly loose: string | undefined
  has(origin: string, exchange: Exchange): boolean
}

type Matches = (origin: string) => boolean
type Decides = (origin: string, request: { method: string; host: string; path: string }) => boolean

const written = text()
const expected =
  'a list of origins such as "https://shop.example", "https://*.shop.example", "http://localhost:*", "null" or a RegExp'

/** A list of origins. */
export const originList: Schema<Origins> = schema({
  expected,
  types: "readonly (string | Secret | RegExp)[]",
  accepts: Array.isArray,
  parse(value, path, report) {
    const items = value as readonly unknown[]
    if (items.length === 0)
      report({ code: "E205", path, message: "Empty list.", fix: "Give at least one value or remove the option." })
    const exact = new Set<string>()
    const others: Matches[] = []
    let loose: string | undefined
    for (const [index, item] of Array.from(items).entries()) {
      const made = matcher(item, [...path, index], report)
      if (typeof made === "string") exact.add(made)
      else if (made) others.push(made)
      if (made === "null") loose = '"null", which pages in sandboxes of any site have'
      else if (typeof made === "function" && strangers.every(made)) loose = "a pattern that takes any origin"
    }
    return {
      any: false,
      loose,
      has: (origin) => exact.has(origin) || (origin.length <= longestOrigin && others.some((takes) => takes(origin))),
    }
  },
})

/** All origins, a list of them, or a function that decides. */
export const originRule: Schema<Origins> = schema({
  expected: `"*", ${expected}, or a function of the origin`,
  types: `"*" | ${originList.types("")} | ((origin: string, request: { readonly method: string; readonly host: string; readonly path: string }) => boolean)`,
  accepts: (value) => value === "*" || Array.isArray(value) || typeof value === "function",
  parse(value, path, report) {
    if (value === "*") return { any: true, loose: '"*"', has: () => true }
    if (Array.isArray(value)) return originList.parse(value, path, report)
    const decides = value as Decides
    // Anything but true, such as a promise, is no permission.
    const has: Origins["has"] = (origin, { method, host, path: asked }) =>
      decides(origin, { method, host, path: asked }) === true
    return { any: false, loose: undefined, has }
  },
})

const strangers = ["https://stranger.invalid", "http://127.0.0.1:4321", "https://a-b.c.test:8443"]

/** An exact origin as its text, any other as a function. */
function matcher(item: unknown, path: Path, report: Report): string | Matches | undefined {
  if (item instanceof RegExp) return patternMatcher(item, path, report)
  if (!written.accepts(item)) {
    report({ code: "E203", path, message: `Expected ${expected}, got ${shown(item)}.` })
    return undefined
  }
  const found = written.parse(item, path, report)
  if (found === "null") return found
  // What is missing is told already.
  if (found === "" && item instanceof Secret) return undefined
  const parts = /^([a-z][a-z0-9+.-]*:\/\/)(\*\.)?(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::(\d{1,5}|\*))?$/.exec(found)
  const wrong = !parts
    ? "it is no origin"
    : (parts[1] === "https://" && parts[4] === "443") || (parts[1] === "http://" && parts[4] === "80")
      ? "browsers leave out the port that goes with the scheme"
      : parts[2] && !parts[3]?.includes(".") && parts[3] !== "localhost"
        ? "it takes sites of anybody"
        : undefined
  if (wrong !== undefined || !parts) {
    report({
      code: "E204",
      path,
      message: `${item instanceof Secret ? item.from : shown(item)} is not taken: ${wrong}.`,
      fix: 'Write scheme and host in small letters, and the port where there is one: "https://shop.example", "https://*.shop.example", "http://localhost:*".',
    })
    return undefined
  }
  const [, scheme = "", star, host = "", port] = parts
  return star === undefined && port !== "*" ? found : starMatcher(scheme, star !== undefined, host, port)
}

function patternMatcher(pattern: RegExp, path: Path, report: Report): Matches | undefined {
  const slow = slowness(pattern)
  // The whole origin has to match: "https://shop.example.evil.test" begins like a good one.
  if (slow === undefined) {
    const whole = new RegExp(`^(?:${pattern.source})$`, pattern.flags)
    return (origin) => whole.test(origin)
  }
  report({
    code: "E204",
    path,
    message: `This pattern may take long to try: ${slow}.`,
    fix: 'Write at most two parts such as "[a-z0-9-]+", each once, or use "https://*.shop.example".',
  })
  return undefined
}

// What stands for `*.`: nothing that could end the host before it is over.
const labels = /^(?:[a-z0-9_-]+\.)+$/

function starMatcher(scheme: string, star: boolean, host: string, port: string | undefined): Matches {
  const end = port === undefined || port === "*" ? "" : `:${port}`
  return (origin) => {
    if (!origin.startsWith(scheme)) return false
    const rest = port === "*" ? origin.slice(scheme.length).replace(/:\d{1,5}$/, "") : origin.slice(scheme.length)
    const site = host + end
    if (!star) return rest === site
    return rest.endsWith(site) && labels.test(rest.slice(0, rest.length - site.length))
  }
}
