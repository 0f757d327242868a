import type { When } from "../config/route.ts"
import type { Exchange } from "../core/exchange.ts"

type Condition = (exchange: Exchange) => boolean

/** Whether a choice takes an exchange; undefined when it takes all. */
export function condition(when: When | undefined, random: () => number = Math.random): Condition | undefined {
  if (!when) return undefined
  const { weight } = when
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
    ...(weight === undefined ? [] : [() => random() * 100 < weight]),
  ]
  return (exchange) => all.every((one) => one(exchange))
}

const takes = (wanted: string | true, values: readonly string[]): boolean =>
  wanted === true ? values.length > 0 : values.includes(wanted)

function cookies(exchange: Exchange, name: string): string[] {
  const value = new Bun.CookieMap(exchange.headers.all("cookie").join("; ")).get(name)
  return value === null ? [] : [value]
}
