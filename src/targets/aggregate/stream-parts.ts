import { failing } from "./answer.ts"
import { shaped } from "./compose.ts"
import type { Frame } from "./frame.ts"
import { type Outcome, skipped } from "./outcome.ts"
import type { Plan, Step } from "./plan.ts"
import { type Ended, runParts } from "./run-parts.ts"

/** Takes what the answer has of a part that has a place there. */
export type TakePart = (name: string, outcome: Outcome, value: unknown) => void

/**
 * Runs an aggregate and hands over each part as soon as what the answer has of it is there. Fails as the whole does, when
 * everything is undone that was done for it.
 */
export async function streamParts(plan: Plan, frame: Frame, take: TakePart): Promise<Ended> {
  const { run } = frame
  const taken: Promise<void>[] = []
  const errors: unknown[] = []
  let failed = false

  const hand = async (step: Step, name: string, outcome: Outcome): Promise<void> => {
    try {
      const value = outcome === skipped ? undefined : await shaped(step, outcome, frame, run.scope)
      if (!failed) take(name, outcome, value)
    } catch (error) {
      errors.push(error)
      run.scope.end(error instanceof Error ? error : new Error("A part could not be sent."))
    }
  }

  const ended = await runParts(plan, frame, run.scope, (step, outcome) => {
    if (step.as !== false) taken.push(hand(step, step.as, outcome))
  })
  try {
    failed = ended.failed !== undefined || ended.reason !== undefined
    if (!failed) await Promise.all(taken)
    if (failed || errors.length > 0) throw errors[0] ?? ended.reason
    return ended
  } catch (error) {
    throw await failing(ended, plan, run, error)
  } finally {
    run.settled()
  }
}
