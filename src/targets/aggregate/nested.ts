import type { Caller } from "./call-service.ts"
import { standIn } from "./call-service.ts"
import { misshapen } from "./called.ts"
import { undoAll } from "./compensate.ts"
import type { Compose } from "./compose.ts"
import { failureOf, type PartFailure } from "./failure.ts"
import type { Fallback } from "./fallbacks.ts"
import type { Frame } from "./frame.ts"
import type { Outcome } from "./outcome.ts"
import type { Plan } from "./plan.ts"
import { doneOf, type Ended, runParts } from "./run-parts.ts"
import { clock } from "./run.ts"
import type { Scope } from "./scope.ts"

/** Runs an aggregate inside a part; what it makes of its own parts is the value of this one. */
export function nestedCaller(
  name: string,
  plan: Plan,
  compose: Compose,
  { timeout, fallbacks }: { readonly timeout: number | undefined; readonly fallbacks: Fallback[] },
): Caller {
  const get = async (outer: Frame, scope: Scope): Promise<Outcome> => {
    const frame: Frame = { ...outer, values: Array.from<unknown>({ length: plan.steps.length }), outer }
    const ended = await runParts(plan, frame, scope)
    try {
      if (ended.reason) throw ended.reason
      if (ended.failed) throw ended.failed.failure.as(`${name}.${ended.failed.failure.part}`)
      const value = await compose(ended, frame, scope)
      if (value instanceof Response) throw misshapen({ part: name, option: "response" }, frame, "gave a Response")
      return outcomeOf(name, plan, ended, value ?? null)
    } catch (error) {
      await undoAll(doneOf(ended), frame.run)
      throw error
    }
  }

  return async (frame, scope) => {
    const limit = timeout === undefined ? undefined : limited(frame, scope, timeout)
    try {
      return await get(frame, limit?.scope ?? scope)
    } catch (error) {
      if (scope.reason) throw error
      return await standIn(failureOf(name, error), fallbacks, undefined, frame, scope)
    } finally {
      limit?.settled()
    }
  }
}

function limited({ run }: Frame, outer: Scope, timeout: number): { scope: Scope; settled: () => void } {
  const scope = outer.inner()
  const timer = clock(run.exchange, timeout, scope)
  return { scope, settled: () => timer.settled() }
}

function outcomeOf(name: string, plan: Plan, ended: Ended, value: unknown): Outcome {
  const outcomes = ended.outcomes.filter((outcome) => outcome !== undefined)
  const complete = outcomes.every((one) => one.complete)
  return {
    value,
    told: complete ? "200" : "partial",
    complete,
    safe: outcomes.every((one) => one.safe),
    heads: plan.declared.flatMap(({ index }) => ended.outcomes[index]?.heads ?? []),
    undo: doneOf(ended).map((undo) => ({ part: `${name}.${undo.part}`, run: undo.run })),
    failure: firstFailure(name, plan, ended),
    took: 0,
  }
}

function firstFailure(name: string, plan: Plan, { outcomes }: Ended): PartFailure | undefined {
  const failure = plan.declared.map(({ index }) => outcomes[index]?.failure).find((found) => found)
  return failure?.as(`${name}.${failure.part}`)
}
