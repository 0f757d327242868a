import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import { listOf, type Schema, schema, shown } from "../core/schema.ts"
import { ConnectionLost } from "./transport/connection.ts"

/** How a try went: a status, or an error before there was one; undefined where that says nothing about the upstream. */
export type Outcome = { readonly status: number } | { readonly error: unknown } | undefined

/** What can go wrong with a try, in the words of a config. */
export type Fault = "connect" | "closed" | "timeout" | "5xx" | number

/** What the words mean, for the documentation of the options that take them. */
export const faultWords =
  '"connect": no connection could be opened, so nothing was sent; "closed": it ended, or gave nonsense, before an answer began; "timeout": no answer in time; "5xx" or a number: an answer with such a status.'

const words = new Set<unknown>(["connect", "closed", "timeout", "5xx"])

const fault = schema<Fault>({
  expected: '"connect", "closed", "timeout", "5xx" or a status from 400 to 599',
  types: '"connect" | "closed" | "timeout" | "5xx" | number',
  accepts: (value) => typeof value === "string" || typeof value === "number",
  parse(value, path, report) {
    const known = typeof value === "number" ? Number.isInteger(value) && value >= 400 && value <= 599 : words.has(value)
    if (!known) report({ code: "E204", path, message: `Expected ${fault.expected}, got ${shown(value)}.` })
    return value as Fault
  },
})

/** A list of faults that may be left out; these stand in for it. */
export function faults(...standard: readonly Fault[]): Schema<ReadonlySet<Fault>> {
  const several = listOf(fault)
  return {
    ...several,
    optional: true,
    standard: `[${standard.map((one) => JSON.stringify(one)).join(", ")}]`,
    parse: (value, path, report) => new Set(value === undefined ? standard : several.parse(value, path, report)),
  }
}

/** What kind of fault an error is; undefined for one that is not the upstream's. */
export function faultOf(error: unknown): Fault | undefined {
  if (!(error instanceof GatewayError)) return undefined
  if (!error.sent) return "connect"
  if (error.code === "timeout") return "timeout"
  // Whatever else breaks a connection off may be the client's doing: half of an upload, for one.
  if (error.code === "bad_upstream" || error.cause instanceof ConnectionLost) return "closed"
  return undefined
}

/** The outcome that an error is: none when it is the client's doing, who left or took all the time for its upload. */
export function blamed(exchange: Exchange, error: unknown, isSent: (() => boolean) | undefined): Outcome {
  const fault = faultOf(error)
  if (fault === undefined || (exchange.isOver && fault !== "timeout")) return undefined
  return fault === "timeout" && isSent?.() === false ? undefined : { error }
}

/** Whether an outcome is one of these faults; undefined where it says nothing about the upstream. */
export function isFault(listed: ReadonlySet<Fault>, outcome: Outcome): boolean | undefined {
  if (outcome === undefined) return undefined
  if ("status" in outcome) return listed.has(outcome.status) || (outcome.status >= 500 && listed.has("5xx"))
  const kind = faultOf(outcome.error)
  return kind === undefined ? undefined : listed.has(kind)
}
