import { GatewayError } from "../../core/errors.ts"
import type { Exchange } from "../../core/exchange.ts"
import type { Log } from "../../core/log.ts"
import type { Reply } from "../../core/reply.ts"
import type { Store, Want } from "../../core/store.ts"
import type { Usage } from "../../core/usage.ts"
import { asking } from "../auth/asking.ts"
import { fieldReader } from "./field-reader.ts"
import { amountOf, type Meter } from "./meters.ts"
import type { Allotted } from "./planning.ts"
import type { Statuses } from "./statuses.ts"
import { tapped } from "./tapped.ts"

/** What is counted on, and where it is counted. */
export interface MeteringGround {
  readonly meters: ReadonlyMap<string, Meter>
  readonly count: Statuses
  readonly usage: Usage | undefined
  readonly store: Store
  readonly log: Log
}

/** Counts what answers take, and gives back what they do not. */
export interface Metering {
  answered(reply: Reply, exchange: Exchange, allotted: Allotted, wants: readonly Want[], line: string | undefined): void
  failed(error: unknown, allotted: Allotted, wants: readonly Want[], line: string | undefined): void
}

/** Makes what counts for one route. */
export function metering({ meters, count, usage, store, log }: MeteringGround): Metering {
  const told = [...meters].filter(([, { by }]) => by !== "field")
  const fields = [...meters].flatMap(([name, meter]) => (meter.by === "field" ? [{ name, path: meter.path }] : []))
  const read = fieldReader(fields, log)
  const misreads = new Set<string>()

  function adjust({ key, rule }: Want, by: number): void {
    store.adjust(key, rule, by).catch((error: unknown) => log.error("Cannot settle what was used of a quota.", error))
  }

  function charge(
    meter: string,
    amount: number,
    { allowances }: Allotted,
    wants: readonly Want[],
    line?: string,
  ): void {
    if (amount === 0) return
    if (line !== undefined) usage?.add(line, meter, amount)
    for (let at = 0; at < wants.length; at++)
      if (allowances[at]?.limit.meter === meter) adjust(wants[at] as Want, amount)
  }

  /** Counts the request itself; false where answers of this status do not count. */
  function counts(status: number, wants: readonly Want[], line: string | undefined): boolean {
    if (count.has(status)) {
      if (line !== undefined) usage?.add(line, "requests", 1)
      return true
    }
    for (const want of wants) if (want.cost > 0) adjust(want, -want.cost)
    return false
  }

  const wantsBytes = ({ allowances }: Allotted): boolean =>
    usage?.bytes === true || allowances.some(({ limit }) => limit.meter === "bytes")

  function say(meter: Meter, reply: Reply, exchange: Exchange): unknown {
    if (meter.by === "header") return reply.headers.get(meter.name)
    if (meter.by === "field") return undefined
    try {
      return meter.of({ status: reply.status, headers: reply.headers.toWeb() }, asking(exchange))
    } catch (error) {
      // The answer is there: a client that gets none would ask again, and the service would do it twice.
      log.error("A meter failed: nothing was counted.", error)
      return undefined
    }
  }

  return {
    answered(reply, exchange, allotted, wants, line) {
      if (!counts(reply.status, wants, line)) return
      for (const [name, meter] of told) {
        const said = say(meter, reply, exchange)
        const amount = amountOf(said)
        if (amount !== undefined) charge(name, amount, allotted, wants, line)
        else if (said !== undefined) misread(name)
      }
      const content = fields.length > 0 ? read(reply) : undefined
      const bytesToo = wantsBytes(allotted)
      if (!content && !bytesToo) return
      tapped(reply, {
        keep: content?.keep ?? 0,
        tail: content?.tail ?? false,
        told({ bytes, pieces }) {
          if (bytesToo) charge("bytes", bytes, allotted, wants, line)
          if (!content) return
          void content.amounts(pieces).then((amounts) => {
            for (const [name, amount] of amounts) charge(name, amount, allotted, wants, line)
          })
        },
      })
    },
    failed(error, _, wants, line) {
      counts(error instanceof GatewayError ? error.status : 500, wants, line)
    },
  }

  function misread(name: string): void {
    // Once: a service that does it at all may do it with each answer.
    if (misreads.has(name)) return
    misreads.add(name)
    log.warn(`The meter "${name}" got something that is no number from zero: nothing was counted.`)
  }
}
