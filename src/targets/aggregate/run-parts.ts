import { called } from "./called.ts"
import { failureOf, type PartFailure } from "./failure.ts"
import type { Frame } from "./frame.ts"
import { type Outcome, skipped, stoodIn } from "./outcome.ts"
import type { Plan, Step } from "./plan.ts"
import { schedule } from "./schedule.ts"
import type { Scope } from "./scope.ts"
import { seen } from "./seen.ts"

/** How a run ended: what became of each part, by its index, and why there is no answer if there is none. */
export interface Ended {
  readonly outcomes: readonly (Outcome | undefined)[]
  /** The failure that decides, and of which part it is. */
  readonly failed: { readonly step: Step; readonly failure: PartFailure } | undefined
  /** Why nobody wants the answer any more. */
  readonly reason: Error | undefined
}

/**
 * Calls all parts, each as soon as what it waits for is there; `settled` is told what became of each part in the order in
 * which that happens, until one fails that is required. Never rejects.
 */
export async function runParts(
  plan: Plan,
  frame: Frame,
  scope: Scope,
  settled?: (step: Step, outcome: Outcome) => void,
): Promise<Ended> {
  const at = (index: number): Step => plan.steps[index] as Step
  const started: number[] = []
  const { outcomes, failure } = await schedule<Outcome>(
    plan.work,
    (index, own) => {
      started[index] = performance.now()
      const step = at(index)
      if (own.span) return seen(own.span.child("part", step.name), own, () => runStep(step, frame, own))
      // Each promise less is felt where three parts are as many requests.
      return step.required && !step.when ? step.get(frame, own) : runStep(step, frame, own)
    },
    scope,
    (index, outcome) => {
      frame.values[index] = outcome.value
      if (outcome === skipped) return
      const took = performance.now() - (started[index] ?? 0)
      outcome.took = took
      at(index).measure(took, outcome)
    },
    settled && ((index, outcome) => settled(at(index), outcome)),
  )
  if (!failure) return { outcomes, failed: undefined, reason: undefined }
  const { index, error } = failure
  if (index === undefined) return { outcomes, failed: undefined, reason: error as Error }
  const step = at(index)
  step.measure(performance.now() - (started[index] ?? 0), undefined)
  return { outcomes, failed: { step, failure: failureOf(step.name, error) }, reason: undefined }
}

async function runStep(step: Step, frame: Frame, scope: Scope): Promise<Outcome> {
  const { name, when, needs } = step
  try {
    if (when && !(await called({ part: name, option: "when", needs }, when, frame, scope))) return skipped
    return await step.get(frame, scope)
  } catch (error) {
    if (step.required || scope.reason) throw error
    return stoodIn(null, "failed", failureOf(name, error))
  }
}

/** What was done and can be undone, in the order in which it was. */
export const doneOf = ({ outcomes }: Ended) => outcomes.flatMap((outcome) => outcome?.undo ?? [])

/** The failures that led to the one that decides: its own, and those that something stood in for. */
export function failuresOf({ outcomes, failed }: Ended, plan: Plan): PartFailure[] {
  if (!failed) return []
  const { step, failure } = failed
  const before = new Set(step.needs.map(({ index }) => index))
  return plan.declared.flatMap((one) =>
    one === step ? [failure] : before.has(one.index) ? (outcomes[one.index]?.failure ?? []) : [],
  )
}
