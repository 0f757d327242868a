import type { Exchange } from "../../../src/core/exchange.ts"
import { Kept } from "../../../src/core/kept.ts"
import type { AnyBalancer, Balancer, BalancerGround, BalancerPart } from "../../../src/services/balancer.ts"
import { weighing } from "../../../src/services/effective-weight.ts"
import { UpstreamState } from "../../../src/services/upstream-state.ts"
import type { Upstream } from "../../../src/services/upstream.ts"
import { type Asked, exchange } from "../../support/exchange.ts"

/** An upstream without a network: the test says how many exchanges it has. */
export type FakeUpstream = Upstream & { readonly pool: { busy: number } }

/** Makes an upstream; nobody is called. */
export const fake = (
  url: string,
  given: { weight?: number; zone?: string; priority?: number; busy?: number } = {},
): FakeUpstream =>
  ({
    url,
    label: url,
    host: new URL(url).host,
    basePath: "",
    weight: given.weight ?? 1,
    zone: given.zone,
    priority: given.priority ?? 0,
    pool: { busy: given.busy ?? 0 },
    state: new UpstreamState(),
  }) as unknown as FakeUpstream

/** One upstream for each weight. */
export const weighted = (...weights: number[]): FakeUpstream[] =>
  weights.map((weight, index) => fake(`http://10.0.0.${index + 1}:8080`, { weight }))

/** Random numbers that are the same in every run: mulberry32. */
export function seeded(seed = 1): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Builds an algorithm as a service would; options are those that a config gives. */
export function built<T>(
  part: BalancerPart<T> | AnyBalancer,
  given: unknown = {},
  ground: Partial<BalancerGround> = {},
) {
  const options = part.options.parse(given, [], ({ message }) => {
    throw new Error(message)
  })
  return (part as BalancerPart<unknown>).create(options, {
    service: "user",
    keep: new Kept().generation().keep,
    weigh: weighing(undefined),
    random: seeded(),
    ...ground,
  })
}

/** A request that differs from those of other numbers in whatever an algorithm may go by. */
export const asked = (number: number, more: Asked = {}): Exchange =>
  exchange({
    client: `192.0.${number >> 8}.${number & 255}`,
    path: `/item/${number}?n=${number}`,
    headers: { "x-user": `u${number}`, cookie: `session=s${number}` },
    ...more,
  })

/** How many of so many requests each upstream gets. */
export function counted(pick: Balancer, given: readonly Upstream[], draws: number): number[] {
  const counts = new Map(given.map((one) => [one, 0]))
  for (let number = 0; number < draws; number++) {
    const one = pick(given, asked(number))
    counts.set(one, (counts.get(one) ?? Number.NaN) + 1)
  }
  return [...counts.values()]
}
