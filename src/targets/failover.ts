import { discard } from "../core/discard.ts"
import { isDown } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import type { Handler } from "../core/handler.ts"
import { keepBody } from "../core/keep-body.ts"
import type { Known, Tools } from "../core/part.ts"
import type { Reply } from "../core/reply.ts"
import { about, either, listOf, object, type Of, type Path, type Report, type Schema } from "../core/schema.ts"
import { checkService, serviceName } from "../core/service-name.ts"
import { integer, oneOf } from "../core/values.ts"

type Fault = "down" | number

const listed = listOf<Fault>(either(oneOf("down"), integer(400, 599)))

const faults: Schema<readonly Fault[]> = {
  ...listed,
  optional: true,
  standard: '["down"]',
  parse: (value, path, report) => (value === undefined ? ["down"] : listed.parse(value, path, report)),
}

/** Which service is asked when the one of the route failed, and after what. */
export const failoverOption = either(
  serviceName,
  object({
    service: about("The service that is asked when the first one failed.", serviceName),
    on: about(
      'After what: "down" when the first service cannot be reached, is not available, gives no answer in its time or one that cannot be used; or the status of its answer, from 400 to 599.',
      faults,
    ),
  }),
)

/** A failover as a config writes it. */
export type Failover = Of<typeof failoverOption>

/** The service that stands in. */
export const standIn = (failover: Failover): string => (typeof failover === "string" ? failover : failover.service)

/** Reports a service that is not there, and one that would stand in for itself. */
export function checkFailover(failover: Failover, first: string, known: Known, path: Path, report: Report): void {
  const name = standIn(failover)
  const at = typeof failover === "string" ? path : [...path, "service"]
  if (name === first)
    report({
      code: "E204",
      path: at,
      message: `Service "${name}" cannot stand in for itself.`,
      fix: "Name another service, or remove the failover.",
    })
  else checkService(name, known, at, report)
}

// What is kept of a request body for the second service.
const bodyLimit = 64 * 1024

/** A service with another behind it, which is asked the same when the first one failed. */
export function failingOver(first: Handler, failover: Failover, tools: Tools): Handler {
  const name = standIn(failover)
  const other = tools.service(name)
  const on = new Set<Fault>(typeof failover === "string" ? ["down"] : failover.on)
  const fails = (outcome: Outcome): boolean =>
    "error" in outcome ? on.has("down") && isDown(outcome.error) : on.has(outcome.status)

  return async (exchange) => {
    const kept = exchange.body === null ? undefined : keepBody(exchange.body, bodyLimit)
    const attempt = exchange.derive({
      ...exchange,
      headers: exchange.headers.copy(),
      body: kept ? kept.stream() : null,
    })
    // A cookie that keeps clients at an upstream of the first service says nothing about the other.
    attempt.answerHeaders = exchange.answerHeaders.map(([header, value]) => [header, value])
    const outcome = await tried(first, attempt)
    if (!fails(outcome) || exchange.isOver || kept?.whole === false) {
      kept?.settle()
      if ("error" in outcome) throw outcome.error
      exchange.answerHeaders.splice(0, exchange.answerHeaders.length, ...attempt.answerHeaders)
      return outcome
    }
    if (!("error" in outcome)) discard(outcome)
    exchange.body = kept ? kept.stream() : null
    kept?.settle()
    const reply = await other(exchange)
    reply.headers.set("x-bellhop-failover", name)
    return reply
  }
}

type Outcome = Reply | { readonly error: unknown }

async function tried(first: Handler, attempt: Exchange): Promise<Outcome> {
  try {
    // Its own time may be over before that of the whole exchange is.
    return await attempt.unlessOver(Promise.resolve(first(attempt)))
  } catch (error) {
    return { error }
  } finally {
    attempt.settled()
  }
}
