import type { Exchange } from "../../core/exchange.ts"
import type { Identity } from "../../core/identity.ts"
import type { Reply } from "../../core/reply.ts"
import { about, either, object, optional, type Schema, shown } from "../../core/schema.ts"
import { flag, fn, headerName, integer } from "../../core/values.ts"
import { asking, type AuthRequest } from "../auth/asking.ts"

/** What a request costs, as a function of the config tells it. */
export type CostOf = (request: AuthRequest, identity: Identity | undefined) => number

/** What an answer cost, as a function of the config tells it. */
export type AnswerCost = (
  answer: { readonly status: number; readonly headers: Headers },
  request: AuthRequest,
) => number | undefined

/** What a request costs: a number, what a function says, or what its answer tells. */
export type Cost = number | CostOf | { readonly response: string | AnswerCost; readonly pass: boolean }

/** What a request costs, in every way that a config may write it. */
export const costOption: Schema<Cost> = {
  ...either(
    integer(1),
    fn<CostOf>("((request: AuthRequest, identity: Identity | undefined) => number)"),
    object({
      response: about(
        "The header of the answer that says what it cost, or a function of the answer. Every request costs 1 until its answer is there, and where the answer says nothing.",
        either(
          headerName(),
          fn<AnswerCost>(
            "((answer: { readonly status: number; readonly headers: Headers }, request: AuthRequest) => number | undefined)",
          ),
        ),
      ),
      pass: about("Whether the client gets that header too.", optional(flag(), false)),
    }),
  ),
  fields: undefined,
}

/** The cost of a request before there is an answer. */
export function costBefore(cost: Cost, exchange: Exchange): number {
  if (typeof cost === "number") return cost
  if (typeof cost !== "function") return 1
  const found: unknown = cost(asking(exchange), exchange.identity)
  if (isCost(found)) return found
  throw new TypeError(`The function "cost" of a limit has to return a number from 0, but returned ${shown(found)}.`)
}

/** Reads off an answer what it cost; undefined where answers have no say. */
export function costAfter(cost: Cost): ((exchange: Exchange, reply: Reply) => number) | undefined {
  if (typeof cost !== "object") return undefined
  const { response, pass } = cost
  if (typeof response === "string") {
    const name = response.toLowerCase()
    return (_, { headers }) => {
      const told = headers.get(name)
      if (told !== undefined && !pass) headers.delete(name)
      // What a service writes there is not the config's mistake, and no reason to lose its answer.
      return told !== undefined && /^\d{1,15}(\.\d+)?$/.test(told) ? Number(told) : 1
    }
  }
  return (exchange, { status, headers }) => {
    const found: unknown = response({ status, headers: headers.toWeb() }, asking(exchange))
    if (found === undefined || isCost(found)) return found ?? 1
    throw new TypeError(
      `The function "response" of a cost has to return a number from 0, but returned ${shown(found)}.`,
    )
  }
}

const isCost = (found: unknown): found is number => typeof found === "number" && Number.isFinite(found) && found >= 0
