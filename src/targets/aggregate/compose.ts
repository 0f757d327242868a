import { GatewayError } from "../../core/errors.ts"
import { put } from "./fields.ts"
import { answersOf, type Frame } from "./frame.ts"
import type { Merge } from "./merge-option.ts"
import { type Given, mergeAll } from "./merge.ts"
import { type Outcome, skipped } from "./outcome.ts"
import type { Respond } from "./part-options.ts"
import type { Plan, Step } from "./plan.ts"
import type { Ended } from "./run-parts.ts"
import type { Scope } from "./scope.ts"

/** How an aggregate makes one value out of its parts. */
export interface Composing {
  readonly response: Respond | undefined
  readonly merge: Merge | undefined
}

/** Makes one value out of what the parts got. */
export type Compose = (ended: Ended, frame: Frame, scope: Scope) => unknown

/** By a function of the config, by merging the fields of all parts, or by their names. */
export function composer(plan: Plan, { response, merge }: Composing): Compose {
  if (response) return responding(plan, response)
  const join = merge === undefined ? byName : (given: readonly Given[]) => mergeAll(given, merge)
  if (merge === undefined && !plan.steps.some(({ shape }) => shape)) return plainly(plan)
  const isShaped = plan.steps.some(({ shape }) => shape)
  return ({ outcomes }, frame, scope) => {
    const shown = plan.declared.filter(({ index, as }) => as !== false && outcomes[index] !== skipped)
    const valueOf = ({ index }: Step): unknown => outcomes[index]?.value
    if (!isShaped) return join(shown.map((step) => [String(step.as), valueOf(step)]))
    const shapes = shown.map(async (step): Promise<Given> => {
      const outcome = outcomes[step.index]
      return [String(step.as), outcome && (await shaped(step, outcome, frame, scope))]
    })
    return Promise.all(shapes).then(join)
  }
}

/** What parts got, as they got it. */
function plainly({ declared }: Plan): Compose {
  const shown = declared.filter(({ as }) => as !== false)
  return ({ outcomes }) => {
    const made: Record<string, unknown> = {}
    for (const { index, as } of shown) if (outcomes[index] !== skipped) put(made, as as string, outcomes[index]?.value)
    return made
  }
}

// Declared order, never arrival order: the same answers give the same bytes.
function byName(given: readonly Given[]): Record<string, unknown> {
  const made: Record<string, unknown> = {}
  for (const [name, value] of given) put(made, name, value)
  return made
}

/** What the answer has of a part. */
export async function shaped(step: Step, outcome: Outcome, frame: Frame, scope: Scope): Promise<unknown> {
  // Nothing is there to be shaped.
  if (!step.shape || outcome.told === "failed") return outcome.value
  return step.shape(outcome, frame, scope)
}

function responding(plan: Plan, response: Respond): Compose {
  return async (_ended, frame, scope) => {
    const { run } = frame
    try {
      const made = response(answersOf(plan.declared, frame), run.request)
      return made instanceof Promise ? ((await scope.unlessOver(made)) as unknown) : made
    } catch (error) {
      if (error === scope.reason) throw error
      run.log.error(`The function "response" threw (exchange ${run.exchange.id}).`, error)
      throw new GatewayError("internal", "The answer could not be made of its parts.")
    }
  }
}
