import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import type { Identity } from "../core/identity.ts"
import { definePolicy } from "../core/part.ts"
import type { Reply } from "../core/reply.ts"
import { about, either, list, object, optional, printed } from "../core/schema.ts"
import type { Taken, Want } from "../core/store.ts"
import { nearest } from "../core/suggest.ts"
import { fn, text } from "../core/values.ts"
import type { AuthRequest } from "./auth/asking.ts"
import { remainingLine } from "./quota/allowance.ts"
import { metering } from "./quota/metering.ts"
import { metersOption } from "./quota/meters.ts"
import { payerOption, payers } from "./quota/payer.ts"
import { timeZone } from "./quota/period.ts"
import { type Allotted, planning } from "./quota/planning.ts"
import { standardStatuses, statusesOption } from "./quota/statuses.ts"

const planOption = either(
  printed("Q", text()),
  fn<(request: AuthRequest, identity: Identity | undefined) => unknown>(
    "((request: AuthRequest, identity: Identity | undefined) => string | undefined)",
  ),
)

/** Holds clients to their plans, and counts what they use. */
export const quota = definePolicy({
  name: "quota",
  about:
    "Holds clients to the `plans` of the config, and counts for `usage`. What is used up is answered with 429, as is told ahead in `RateLimit` headers. Each plan counts by itself, for all routes that have it.",
  options: object({
    plan: about(
      "The plan of those whose identity has none of the config; or a function that says it for everybody. Whoever has no plan gets 403.",
      optional(planOption),
    ),
    by: about(
      'Whose quota it is: everybody with the same "identity", "credential" (each API key by itself), "tenant" or "ip" (the client\'s address; of IPv6, its /64), or with the same text of a function: give it something that was checked, and no header as it came. Those who have none go by their identity, or else by their address.',
      optional(payerOption, "identity"),
    ),
    count: about(
      'The statuses of the answers that count, such as 404 or "2xx"; others are given back. Standard: all below 500.',
      optional(statusesOption),
    ),
    meters: about(
      'What is counted beside requests and bytes: { tokens: { field: "usage.total_tokens" } }. How much it was is known when the answer has passed: the one that reaches the limit still passes whole.',
      optional(metersOption),
    ),
    timeZone: about("Where the days, weeks and months of plans begin.", optional(timeZone, "UTC")),
  }),
  check({ plan, meters }, { plans, usage }, path, report) {
    if (typeof plan === "string" && !plans.has(plan)) {
      const meant = nearest(plan, plans.keys())
      report({
        code: "E206",
        path: [...path, "plan"],
        message: `There is no plan "${plan}".${meant ? ` Did you mean "${meant}"?` : ""}`,
        fix:
          plans.size > 0 ? `Use one of ${list([...plans.keys()].map((name) => `"${name}"`))}.` : "Add it to `plans`.",
      })
    }
    if (plans.size === 0 && !usage && plan === undefined)
      report({
        code: "E306",
        path,
        on: "key",
        message: "This quota holds nobody to anything: the config has no `plans`, and keeps no account of `usage`.",
        fix: "Add plans, or usage: true.",
      })
    const limited = new Set([...plans.values()].flatMap((limits) => limits.map(({ meter }) => meter)))
    for (const name of meters?.keys() ?? [])
      if (!usage && !limited.has(name))
        report({
          code: "E306",
          path: [...path, "meters", name],
          on: "key",
          message: `Nobody wants to know the meter "${name}": no plan has a limit of it, and the config keeps no account of \`usage\`.`,
          fix: "Give a plan a limit of it, add usage: true, or remove it.",
        })
  },
  create(
    { plan, by, count = standardStatuses, meters = new Map(), timeZone: zone },
    { plans, usage, store, log, metrics },
  ) {
    const planOf = planning(plan, { plans, meters, zone, log, metrics })
    const payerOf = payers(by)
    const meter = metering({ meters, count, usage, store, log })

    return (next) => {
      const go = async (
        exchange: Exchange,
        allotted: Allotted,
        payer: ReturnType<typeof payerOf>,
        wants: readonly Want[],
      ) => {
        const line = usage && payer.line(usage, exchange.route, allotted.name)
        let reply: Reply
        try {
          reply = await next(exchange)
        } catch (error) {
          meter.failed(error, allotted, wants, line)
          throw error
        }
        meter.answered(reply, exchange, allotted, wants, line)
        return reply
      }

      return (exchange) => {
        const allotted = planOf(exchange)
        const payer = payerOf(exchange)
        const { allowances } = allotted
        if (allowances.length === 0) {
          allotted.allowed.value++
          return go(exchange, allotted, payer, none)
        }
        const wants: Want[] = []
        for (let at = 0; at < allowances.length; at++)
          wants.push((allowances[at] as (typeof allowances)[number]).want(payer.key))
        const taken = store.take(wants)
        if (!(taken instanceof Promise)) {
          admit(exchange, allotted, wants, taken)
          return go(exchange, allotted, payer, wants)
        }
        return taken.then((found) => {
          admit(exchange, allotted, wants, found)
          return go(exchange, allotted, payer, wants)
        })
      }
    }
  },
})

const none: readonly Want[] = []

/** Tells what is left, and refuses where that is nothing. */
function admit(
  exchange: Exchange,
  { name, allowances, policy, allowed: admitted, refused }: Allotted,
  wants: readonly Want[],
  taken: readonly Taken[],
): void {
  tell(exchange, "ratelimit-policy", policy)
  tell(exchange, "ratelimit", remainingLine(allowances, taken))
  let longest = -1
  for (let at = 0; at < taken.length; at++) {
    const { allowed, retryAfter } = taken[at] as Taken
    if (allowed || wants[at]?.always) continue
    if (longest < 0 || retryAfter > (taken[longest] as Taken).retryAfter) longest = at
  }
  if (longest < 0) return void admitted.value++
  refused.value++
  const { limit, per, name: limitName } = allowances[longest] as (typeof allowances)[number]
  const { remaining, reset, retryAfter } = taken[longest] as Taken
  throw new GatewayError(
    "quota_exceeded",
    `The plan "${name}" has ${limit.limit} ${limit.meter} ${typeof limit.per === "number" ? "in any" : "per"} ${per}, and they are used up.`,
    {
      headers: { "retry-after": String(Math.max(1, Math.ceil(retryAfter / 1000))) },
      members: {
        plan: name,
        meter: limit.meter,
        limit: limit.limit,
        used: limit.limit - remaining,
        per,
        reset: Math.ceil(reset / 1000),
        "violated-policies": [limitName],
      },
    },
  )
}

/** Adds to a header that every answer gets; others may have something to say in it as well. */
function tell(exchange: Exchange, name: string, line: string): void {
  const { answerHeaders } = exchange
  for (let at = 0; at < answerHeaders.length; at++) {
    const entry = answerHeaders[at] as [string, string]
    if (entry[0] !== name) continue
    // In its place: the pair may be another's.
    answerHeaders[at] = [name, `${entry[1]}, ${line}`]
    return
  }
  answerHeaders.push([name, line])
}
