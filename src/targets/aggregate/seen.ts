import type { Span } from "../../core/span.ts"
import { failureOf } from "./failure.ts"
import type { Outcome } from "./outcome.ts"
import type { Scope } from "./scope.ts"

/** Does the work on a part within a span of its own, which says at its end what came of it. */
export async function seen(span: Span, scope: Scope, work: () => Promise<Outcome>): Promise<Outcome> {
  scope.span = span
  try {
    const outcome = await work()
    span.set("bellhop.part.outcome", outcome.told)
    span.end(0, outcome.failure?.code)
    return outcome
  } catch (error) {
    span.end(0, failureOf(span.name, error).code)
    throw error
  }
}
