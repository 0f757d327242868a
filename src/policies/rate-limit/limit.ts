import type { Exchange } from "../../core/exchange.ts"
import type { Count } from "../../core/metrics.ts"
import type { Tools } from "../../core/part.ts"
import type { Reply } from "../../core/reply.ts"
import type { LimitRule, Want } from "../../core/store.ts"
import { type Announced, announced } from "./announced.ts"
import { costAfter, costBefore } from "./cost.ts"
import { exemption } from "./exempt.ts"
import type { LimitOptions } from "./limit-option.ts"
import { networkOf } from "./network-of.ts"
import { remembered } from "./remembered.ts"

/** What all limits have, whatever they count. */
export interface Limit {
  readonly label: string
  readonly shadow: boolean
  readonly headers: LimitOptions["headers"]
  readonly announced: Announced
  /** Tells the log of somebody that a limit in shadow would have refused. */
  passed(): void
  /** Who was let in, and who was not. */
  readonly allowed: Count
  readonly refused: Count
}

/** So many in a while. */
export interface Rate extends Limit {
  readonly rule: LimitRule
  /** What an exchange wants of it: nothing when it is exempt. The list is not to be changed. */
  wants(exchange: Exchange): readonly RateWant[]
  /** What an answer cost, where answers have a say. */
  readonly costAfter: ((exchange: Exchange, reply: Reply) => number) | undefined
}

/** What is to be taken of a limit. */
export interface RateWant extends Want {
  readonly of: Rate
}

/** So many at once. */
export interface Places extends Limit {
  readonly limit: number
  /** The key that the exchange holds a place of; undefined when it is exempt. */
  key(exchange: Exchange): string | undefined
}

const nothing: readonly RateWant[] = []

/** A limit on how many come in a while, made ready. */
export function rateOf(options: LimitOptions, rule: LimitRule, label: string, place: number, ground: Ground): Rate {
  const { cost, shadow: always } = options
  const isExempt = exemption(options.exempt)
  const window = "window" in rule ? rule.window : 0
  const wantFor = keyed(options, `${rule.kind} ${window}`, place, (key): readonly RateWant[] => [
    { key, rule, cost: typeof cost === "number" ? cost : 1, always, of: made },
  ])
  const made: Rate = {
    ...limitOf(options, label, ground),
    announced: announced(label, rule.limit, window),
    rule,
    costAfter: costAfter(cost),
    wants(exchange) {
      if (isExempt?.(exchange)) return nothing
      const wants = wantFor(exchange)
      if (typeof cost !== "function") return wants
      const price = costBefore(cost, exchange)
      return price === 0 ? nothing : wants.map((want) => ({ ...want, cost: price }))
    },
  }
  return made
}

/** A limit on how many are under way, made ready. */
export function placesOf(options: LimitOptions, limit: number, label: string, place: number, ground: Ground): Places {
  const isExempt = exemption(options.exempt)
  const keyFor = keyed(options, "places", place, (key) => key)
  return {
    ...limitOf(options, label, ground),
    announced: announced(label, limit, undefined),
    limit,
    key: (exchange) => (isExempt?.(exchange) ? undefined : keyFor(exchange)),
  }
}

// At least this long between two lines of the log.
const silence = 60_000

/** Where a limit tells what it does. */
export type Ground = Pick<Tools, "log" | "metrics" | "route">

function limitOf(
  { shadow, headers }: LimitOptions,
  label: string,
  { log, metrics, route = "" }: Ground,
): Omit<Limit, "announced"> {
  const count = (outcome: string): Count =>
    metrics.counter("bellhop_rate_limit_total", "Requests that came to a limit, by what became of them.", {
      http_route: route.slice(route.indexOf(" ") + 1),
      limit: label,
      outcome,
    })
  const shadowed = count("shadowed")
  let passed = 0
  let silentUntil = Number.NEGATIVE_INFINITY
  return {
    label,
    shadow,
    headers,
    allowed: count("allowed"),
    refused: count("refused"),
    passed() {
      shadowed.value++
      passed++
      const now = performance.now()
      if (now < silentUntil) return
      silentUntil = now + silence
      log.warn(`The limit "${label}" is in shadow: it would have refused ${passed} since the config is served.`)
    },
  }
}

/** Finds what belongs to an exchange by the key of its count; made once for each client, while it is remembered. */
function keyed<T>(
  { by, ipv6Prefix, name }: Pick<LimitOptions, "by" | "ipv6Prefix" | "name">,
  kind: string,
  place: number,
  make: (key: string) => T,
): (exchange: Exchange) => T {
  let prefix: string | undefined

  // A policy is built for one route, but learns which one it is from those who come.
  const prefixOf = (exchange: Exchange): string => {
    if (name !== undefined) return JSON.stringify([`name ${name}`, kind])
    return JSON.stringify(by.scope === undefined ? [`route ${exchange.route}`, kind, place] : [by.scope, kind])
  }
  const byFound = remembered((found) => make(`limit ${prefix} ${by.stored(found)}`))
  const byAddress = remembered((client) => make(`limit ${prefix} ip ${networkOf(client, ipv6Prefix)}`))

  return (exchange) => {
    prefix ??= prefixOf(exchange)
    const found = by.of(exchange)
    return found === undefined ? byAddress(exchange.client) : byFound(found)
  }
}
