import { discard } from "../../core/discard.ts"
import type { Exchange } from "../../core/exchange.ts"
import type { Handler } from "../../core/handler.ts"
import { keepBody } from "../../core/keep-body.ts"
import type { Reply } from "../../core/reply.ts"
import { about, either, listOf, object, optional, type Schema } from "../../core/schema.ts"
import { duration, size } from "../../core/units.ts"
import { integer, oneOf } from "../../core/values.ts"
import { faultOf, faults, faultWords, isFault } from "../faults.ts"
import { defineGuard } from "../guard.ts"
import { tryOf } from "../try-of.ts"
import { retryAfter } from "./retry-after.ts"
import { retryBudget } from "./retry-budget.ts"

// RFC 9110 section 9.2.2: doing it twice is the same as doing it once.
const idempotent: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])

const chosenMethods = either(oneOf("all"), listOf(oneOf("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH")))

const methods: Schema<"all" | ReadonlySet<string>> = {
  ...chosenMethods,
  optional: true,
  standard: `[${[...idempotent].map((name) => `"${name}"`).join(", ")}]`,
  parse(value, path, report) {
    const given = value === undefined ? undefined : chosenMethods.parse(value, path, report)
    return given === undefined ? idempotent : given === "all" ? given : new Set<string>(given)
  },
}

const backoff = object({
  first: about("Before the second try; twice as long before each one after it.", optional(duration(), "25ms")),
  max: about("At most.", optional(duration(), "1s")),
})

// Whatever the deadline: a service that asks for more time than this has its answer handed on at once.
const longestWait = 30_000

/** Sends a request that failed once more, elsewhere where there is an elsewhere. */
export const retry = defineGuard({
  name: "retry",
  about:
    "Sends a request that failed again, to another upstream if there is one: within a budget, never past the deadline, and never twice where that could do harm.",
  options: object({
    attempts: about("Tries after the first one.", optional(integer(1, 10), 1)),
    on: about(
      `After what a request is sent again. ${faultWords}`,
      faults("connect", "closed", "timeout", 502, 503, 504),
    ),
    methods: about(
      'The methods that may be sent twice; "all" only for a service that recognizes a request that it has seen. Where nothing was sent, any method gets another try.',
      methods,
    ),
    backoff: about("Waits between tries, each of random length up to these.", {
      ...optional(backoff),
      standard: '{ first: "25ms", max: "1s" }',
    }),
    budget: about(
      "Percent of the requests of the last ten seconds that may be sent again, hedges included; ten are always allowed.",
      optional(integer(1, 100), 20),
    ),
    tryTimeout: about("How long one try may take until its answer begins.", optional(duration())),
    bodyLimit: about(
      "Bodies up to this size are kept while they are sent; larger ones are sent once.",
      optional(size(), "64kb"),
    ),
  }),
  create(options, ground) {
    const { attempts, on, methods: allowed, budget: percent, tryTimeout, bodyLimit } = options
    const { first, max } = options.backoff ?? { first: 25, max: 1000 }
    const budget = retryBudget(ground)
    const { service, metrics } = ground
    const count = (outcome: string) =>
      metrics.counter(
        "bellhop_retries_total",
        "Requests that failed and were to be sent again: those that were, and those that the budget did not allow.",
        { service, outcome },
      )
    const [sent, spared] = [count("sent"), count("over_budget")]

    /** How long to wait before the next try; undefined when this outcome is the answer. */
    const waitAfter = (outcome: Tried, tries: number): number | undefined => {
      const asked = "error" in outcome ? undefined : retryAfter(outcome)
      if (asked === undefined) return Math.random() * Math.min(max, first * 2 ** (tries - 1))
      return asked <= longestWait ? asked : undefined
    }

    return {
      around: (next) => async (exchange) => {
        budget.asked(exchange)
        const repeatable = allowed === "all" || allowed.has(exchange.method)
        const kept = repeatable && exchange.body !== null ? keepBody(exchange.body, bodyLimit) : undefined
        try {
          for (let tries = 1; ; tries++) {
            if (kept) exchange.body = kept.stream()
            const outcome = await tried(exchange, next, tryTimeout)
            const harmless = repeatable ? kept?.whole !== false : wasNotSent(outcome)
            const again = tries <= attempts && harmless && !exchange.isOver && isFault(on, outcome) === true
            const wait = again ? waitAfter(outcome, tries) : undefined
            const inTime = wait !== undefined && performance.now() + wait < exchange.deadline
            // A try that sent nothing cost no service anything: the next one is the first that does.
            const allowed = inTime && (wasNotSent(outcome) || budget.take(percent))
            if (inTime) (allowed ? sent : spared).value++
            if (!allowed) {
              if ("error" in outcome) throw outcome.error
              return outcome
            }
            if (exchange.upstream) (exchange.avoid ??= new Set()).add(exchange.upstream)
            if (!("error" in outcome)) discard(outcome)
            await pause(exchange, wait)
          }
        } finally {
          kept?.settle()
        }
      },
    }
  },
})

type Tried = Reply | { readonly error: unknown }

const wasNotSent = (outcome: Tried): boolean => "error" in outcome && faultOf(outcome.error) === "connect"

async function tried(exchange: Exchange, next: Handler, limit: number | undefined): Promise<Tried> {
  const one = limit === undefined ? exchange : tryOf(exchange)
  if (limit !== undefined) one.limit(limit)
  try {
    return await next(one)
  } catch (error) {
    return { error }
  } finally {
    if (one !== exchange) one.settled()
    exchange.upstream = one.upstream
  }
}

/** Waits, unless the exchange is over before. */
function pause(exchange: Exchange, length: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, length)
    exchange.whenOver((reason) => {
      clearTimeout(timer)
      reject(reason)
    })
  })
}
