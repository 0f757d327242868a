import type { Exchange } from "../core/exchange.ts"
import type { Handler } from "../core/handler.ts"
import { Kept } from "../core/kept.ts"
import type { Tools } from "../core/part.ts"
import type { Reply } from "../core/reply.ts"
import type { DiscoverOptions } from "./discover-options.ts"
import { accept, most } from "./discovery/accept.ts"
import { type Network, networkKey } from "./network-options.ts"
import { type Upstream, upstream, type UpstreamOptions } from "./upstream.ts"

/** What a source said so far. Outlives a reload. */
export class SourceRecord {
  list: readonly UpstreamOptions[] | undefined
  /** Whether its last answer was of use; undefined before there was one. */
  up: boolean | undefined
  /** Since when that is so, as the calendar says. */
  since: Date | undefined
  reason: string | undefined
}

/** Where the upstreams of a service come from while it is served. */
export interface Discovery {
  /** What is asked, for messages. */
  readonly label: string
  readonly record: SourceRecord
  /** Settles once it is known who is there, or that nobody says so; undefined from then on. */
  readonly waiting: Promise<void> | undefined
}

// As long as connecting may take: who waits for an address waits no longer than for its answer.
const patience = 5_000

/** Looks for the upstreams of a service while its config is served, and hands on each new list. */
export function discover(
  service: string,
  given: DiscoverOptions,
  network: Network,
  tools: Tools,
  replaced: (list: readonly Upstream[]) => void,
): Discovery {
  const { keep, log, root } = tools
  const { part, options, label, allow, allowEmpty } = given
  const how = Bun.hash(JSON.stringify([label, options, allow])).toString(36)
  const record = keep(`source ${how} of ${service}`, () => new SourceRecord())
  // Each list keeps what it has in common with the one before, and drops the rest, as configs do.
  const lists = keep(
    `upstreams found for ${service}`,
    () => new Kept(),
    (one) => one.generation().settle(),
  )
  const source = part.create(options, { root })
  const about = `service "${service}": ${label}`
  let known: PromiseWithResolvers<void> | undefined
  let refusals = ""

  function use(list: readonly UpstreamOptions[]): void {
    const { keep: keepFound, settle } = lists.generation()
    const made = list.map((one) => {
      const fresh = upstream(service, one, keepFound, network)
      // The very object, because balancers know their upstreams by it.
      return keepFound(`upstream ${keyOf(one)}${networkKey(network)}`, () => fresh)
    })
    replaced(made)
    settle()
  }

  function settled(up: boolean, reason: string | undefined): void {
    if (record.up !== up) record.since = new Date()
    record.up = up
    record.reason = reason
    known?.resolve()
    known = undefined
  }

  function failed(reason: string): void {
    const news = record.up !== false || record.reason !== reason
    settled(false, reason)
    if (!news) return
    const count = record.list?.length ?? 0
    const last = count === 1 ? "its last upstream is kept" : `its last ${count} upstreams are kept`
    const stays = count === 0 ? "it has no upstream" : last
    log.warn(`${about} failed: ${reason}; ${stays}`)
  }

  function found(list: readonly UpstreamOptions[]): void {
    if (list.length > most) return failed(`it names ${list.length} upstreams, more than ${most}`)
    const { entries, refused } = accept(list, allow)
    const words = refused.slice(0, 3).join(", ") + (refused.length > 3 ? `, and ${refused.length - 3} more` : "")
    if (words !== refusals && words !== "") log.warn(`${about} names what is not taken: ${words}`)
    refusals = words
    const before = record.list
    if (entries.length === 0 && before && before.length > 0 && !allowEmpty)
      return failed(refused.length > 0 ? "nothing that it names may be taken" : "it names no upstream")
    const wasDown = record.up === false
    const keys = new Set(entries.map(keyOf))
    const keysBefore = new Set(before?.map(keyOf))
    const same = before !== undefined && keys.size === keysBefore.size && keys.isSubsetOf(keysBefore)
    if (!same) {
      record.list = entries
      use(entries)
    }
    settled(true, undefined)
    if (!same || wasDown) log.info(`${about} names ${counted(entries.length)}`)
  }

  tools.whenServed(() => {
    known = record.list ? undefined : Promise.withResolvers<void>()
    // What another source found is kept until this one answers: it may find some of the same.
    if (record.list) use(record.list)
    else replaced([])
    const timer = setTimeout(() => {
      known?.resolve()
      known = undefined
    }, patience)
    const end = source.start(found, failed)
    return () => {
      end()
      clearTimeout(timer)
      known?.resolve()
      known = undefined
    }
  })

  return {
    label,
    record,
    get waiting() {
      return known?.promise
    },
  }
}

/** Holds exchanges until the first answer of the source, but not for long. */
export const onceKnown =
  (discovery: Discovery, next: Handler): Handler =>
  (exchange) =>
    discovery.waiting ? held(exchange, discovery.waiting, next) : next(exchange)

async function held(exchange: Exchange, waiting: Promise<void>, next: Handler): Promise<Reply> {
  await exchange.unlessOver(waiting)
  return next(exchange)
}

const keyOf = ({ url, host, weight, zone, priority }: UpstreamOptions): string =>
  JSON.stringify([url, host, weight, zone, priority])

const counted = (count: number): string =>
  count === 0 ? "no upstream" : count === 1 ? "1 upstream" : `${count} upstreams`
