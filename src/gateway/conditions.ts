import type { When } from "../config/route.ts"
import type { Exchange } from "../core/exchange.ts"

type Condition = (exchange: Exchange) => boolean

/** Whether the choice at this place of a route takes an exchange; undefined when it takes all. */
export function condition(
  when: When | undefined,
  place = 0,
  random: () => number = Math.random,
): Condition | undefined {
  if (!when) return undefined
  const all: Condition[] = [
    ...[...(when.header ?? [])].map(([name, wanted]) => {
      const key = name.toLowerCase()
      return (exchange: Exchange) => takes(wanted, exchange.headers.all(key))
    }),
    ...[...(when.query ?? [])].map(
      ([name, wanted]) =>
        (exchange: Exchange) =>
          takes(wanted, new URLSearchParams(exchange.search).getAll(name)),
    ),
    ...[...(when.cookie ?? [])].map(
      ([name, wanted]) =>
        (exchange: Exchange) =>
          takes(wanted, cookies(exchange, name)),
    ),
    // Last, so that a share is a share of those that meet the rest.
    ...(when.weight === undefined ? [] : [weighed(when.weight, place, random)]),
  ]
  return (exchange) => all.every((one) => one(exchange))
}

function weighed(weight: NonNullable<When["weight"]>, place: number, random: () => number): Condition {
  if (typeof weight === "number") return () => random() * 100 < weight
  const { share, by } = weight
  // The place in the list is the seed: a second share is one of those that the first one left.
  return (exchange) => Bun.hash.xxHash32(by(exchange) || exchange.client, place + 1) < (share / 100) * 2 ** 32
}

const takes = (wanted: string | true, values: readonly string[]): boolean =>
  wanted === true ? values.length > 0 : values.includes(wanted)

function cookies(exchange: Exchange, name: string): string[] {
  const value = new Bun.CookieMap(exchange.headers.all("cookie").join("; ")).get(name)
  return value === null ? [] : [value]
}
