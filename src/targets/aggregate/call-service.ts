import type { Tools } from "../../core/part.ts"
import { ask, type Asking, type Outgoing } from "./ask.ts"
import { isSafe } from "./call.ts"
import { compensation } from "./compensation.ts"
import { failureOf, PartFailure } from "./failure.ts"
import { fallbacksOf } from "./fallbacks.ts"
import type { Frame, Named } from "./frame.ts"
import type { Fits } from "./json-schema.ts"
import { callKey, lastGood } from "./last-good.ts"
import type { Outcome } from "./outcome.ts"
import type { Part } from "./part-options.ts"
import { type Answered, readAnswer } from "./read-answer.ts"
import { callRequests, functionRequests, type MakeRequest } from "./requests.ts"
import { retrying } from "./retrying.ts"
import type { Scope } from "./scope.ts"
import type { Names } from "./source.ts"

/** Gets a part what it is there for, once. */
export type Caller = (frame: Frame, scope: Scope) => Promise<Outcome>

const nothing: readonly never[] = []

/** What a part is built out of. */
export interface PartGround {
  readonly name: string
  readonly part: Part
  /** Every part that is there before, in declared order. */
  readonly needs: readonly Named[]
  readonly names: Names
  readonly tools: Tools
}

/** Calls the service of a part: with its retries, its schema, and what stands in for it. */
export function serviceCaller({ name, part, needs, names, tools }: PartGround): Caller {
  const service = part.call?.service ?? part.service ?? ""
  const answer = tools.service(service)
  const requests = requestsOf(name, part, needs, names)
  const fallbacks = fallbacksOf(name, part, service, needs, tools)
  const remembers = part.fallbackLast === undefined ? undefined : lastGood(tools.keep)
  const undoes = part.compensate && compensation(name, part.compensate, needs, names, tools)
  const fits = part.schema?.fits
  const tries = part.retry ?? 0
  const safeCall = part.call && isSafe(part.call.method)
  const read = readAnswer(name, typeof part.fallback === "function")
  const asking: Asking<Answered> = { part: name, timeout: part.timeout, changes: false, read }
  const changing: Asking<Answered> = { ...asking, changes: true }

  return async (frame, scope) => {
    const { run } = frame
    let outgoing: Outgoing | undefined
    try {
      const made = requests(frame, scope)
      const asked = made instanceof Promise ? await made : made
      outgoing = asked
      const safe = safeCall ?? isSafe(asked.method)
      // A function knows only now what it asks for: what changes something waits until it is wanted for sure.
      if (!safe && scope.turn && !part.early) await scope.unlessOver(scope.turn())
      const how = safe ? asking : changing
      const answered =
        tries === 0
          ? await ask(answer, asked, how, run, scope)
          : await retrying(name, asked.method, tries, run.deadline, scope, () => ask(answer, asked, how, run, scope))
      const { value, status, headers } = answered
      if (fits) checkType(name, fits, answered, frame)
      const undo = undoes ? [undoes(frame, value)] : nothing
      remembers?.set(callKey(service, asked, run), answered)
      return { value, told: toldOf(status), complete: true, safe, heads: [headers], undo, failure: undefined, took: 0 }
    } catch (error) {
      if (scope.reason) throw error
      return await standIn(failureOf(name, error), fallbacks, outgoing, frame, scope)
    }
  }
}

const toldOf = (status: number): string => (status === 200 ? "200" : String(status))

/** What stands in for a failed call; the failure itself where nothing does. */
export async function standIn(
  failure: PartFailure,
  fallbacks: ReturnType<typeof fallbacksOf>,
  outgoing: Outgoing | undefined,
  frame: Frame,
  scope: Scope,
): Promise<Outcome> {
  for (const fallback of fallbacks) {
    const found = await fallback(failure, outgoing, frame, scope)
    if (found) return found
  }
  throw failure
}

function requestsOf(name: string, part: Part, needs: readonly Named[], names: Names): MakeRequest {
  if (part.call) return callRequests(name, part.call, names, { make: part.body, needs, clients: true })
  return functionRequests(name, part.request ?? (() => undefined), needs)
}

function checkType(name: string, fits: Fits, { value }: Answered, { run }: Frame): void {
  const wrong = fits(value)
  if (wrong === undefined) return
  run.log.warn(
    `Part "${name}" answered with something else than its schema says: ${wrong} (exchange ${run.exchange.id}).`,
  )
  throw new PartFailure(name, "wrong_type", "answered with a value of the wrong type")
}
