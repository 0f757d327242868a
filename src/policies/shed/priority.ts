import type { Exchange } from "../../core/exchange.ts"
import type { Identity } from "../../core/identity.ts"
import { about, either, object, optional, record, type Schema, shown } from "../../core/schema.ts"
import { fn, oneOf } from "../../core/values.ts"
import { asking, type AuthRequest } from "../auth/asking.ts"

// The share of the room that may be taken when one of these comes in.
const shares = { low: 0.5, normal: 0.8, high: 1 } as const

type Priority = keyof typeof shares

/** A function of the config that says how important a request is. */
export type PriorityOf = (request: AuthRequest, identity: Identity | undefined) => Priority | undefined

const priority = oneOf("low", "normal", "high")

const byPlan = object({
  plans: about("How important requests are by the plan of who signed in.", record(priority)),
  otherwise: about("How important all others are.", optional(priority, "normal")),
})

type Given = Priority | PriorityOf | { readonly plans: ReadonlyMap<string, Priority>; readonly otherwise: Priority }

/** How important requests are, in every way that a config may write it. */
export const priorityOption: Schema<Given> = {
  ...either(
    priority,
    fn<PriorityOf>('((request: AuthRequest, identity: Identity | undefined) => "low" | "normal" | "high" | undefined)'),
    byPlan,
  ),
  fields: undefined,
}

/** The share of the room that may be taken when a request comes in; all of it where nothing is said. */
export function shareOf(given: Given | undefined): (exchange: Exchange) => number {
  if (given === undefined || typeof given === "string") {
    const share = given === undefined ? 1 : shares[given]
    return () => share
  }
  if (typeof given === "function")
    return (exchange) => {
      const found: unknown = given(asking(exchange), exchange.identity) ?? "normal"
      if (found === "low" || found === "normal" || found === "high") return shares[found]
      throw new TypeError(
        `The function "priority" has to return "low", "normal", "high" or undefined, but returned ${shown(found)}.`,
      )
    }
  const { plans, otherwise } = given
  return ({ identity }) => shares[(identity?.plan === undefined ? undefined : plans.get(identity.plan)) ?? otherwise]
}
