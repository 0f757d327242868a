import { share } from "./figures.ts"
import type { Peer } from "./peers.ts"
import { cpuSeconds } from "./process-cpu.ts"
import type { Stage } from "./stage.ts"
import { type Load, wrk } from "./wrk.ts"

/** What a gateway did under a load for a while. */
export interface Figures {
  readonly perSecond: number
  /** In milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Microseconds of processor time per request. */
  readonly cpu: number
}

/** How long, and how often. */
export interface Turns {
  readonly seconds: number
  readonly rounds: number
}

/** Measures each of them once in every round: a machine that slows down slows all. Gives the rounds of each by its name. */
export async function inTurns(
  house: Stage,
  peers: readonly Peer[],
  loadOf: (peer: Peer) => Load,
  { seconds, rounds }: Turns,
): Promise<Map<string, Figures[]>> {
  const measured = new Map<string, Figures[]>(peers.map(({ name }) => [name, []]))
  // What is compiled while it runs has to be compiled by then.
  for (const peer of peers) await wrk(house, peer.url, loadOf(peer), 1)
  for (let round = 0; round < rounds; round++)
    for (const peer of peers) {
      const { name, url, pid } = peer
      const before = cpuSeconds(pid)
      const { requests, wrong, ...figures } = await wrk(house, url, loadOf(peer), seconds)
      measured.get(name)?.push({ ...figures, cpu: ((cpuSeconds(pid) - before) * 1e6) / requests })
      if (wrong === undefined) continue
      console.error(`${name}: ${wrong}`)
      process.exitCode = 1
    }
  return measured
}

/** The median of all rounds. */
export const median = (rounds: readonly Figures[], of: keyof Figures): number =>
  share(
    rounds.map((figures) => figures[of]),
    0.5,
  )

/** How many times that of somebody else a figure is: the median of what it is in each round. */
export const times = (rounds: readonly Figures[], others: readonly Figures[], of: keyof Figures): number =>
  share(
    rounds.map((figures, round) => figures[of] / (others[round]?.[of] ?? Number.NaN)),
    0.5,
  )
