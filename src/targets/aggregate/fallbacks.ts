import type { Handler } from "../../core/handler.ts"
import type { Tools } from "../../core/part.ts"
import { ask, type Asking, type Outgoing } from "./ask.ts"
import { type FallbackFunction, guarded, misshapen } from "./called.ts"
import type { PartError, PartFailure } from "./failure.ts"
import { answersOf, type Frame, type Named } from "./frame.ts"
import { callKey, lastGood } from "./last-good.ts"
import { type Outcome, stoodIn } from "./outcome.ts"
import type { PartOptions } from "./part-options.ts"
import { type Answered, readAnswer } from "./read-answer.ts"
import { readValue } from "./read-value.ts"
import type { Scope } from "./scope.ts"

/** What stands in when a call failed; undefined when nothing does. */
export type Fallback = (
  failure: PartFailure,
  outgoing: Outgoing | undefined,
  frame: Frame,
  scope: Scope,
) => Promise<Outcome | undefined>

/** The fallbacks of a part, in the order in which they are tried. */
export function fallbacksOf(
  part: string,
  options: Pick<PartOptions, "fallbackLast" | "fallbackMock" | "fallback">,
  service: string | undefined,
  needs: readonly Named[],
  tools: Tools,
): Fallback[] {
  const { fallbackLast, fallbackMock, fallback } = options
  const made: Fallback[] = []
  if (fallbackLast !== undefined && service !== undefined) made.push(last(service, fallbackLast, tools))
  if (fallbackMock !== undefined && service !== undefined)
    made.push(mocked(part, fallbackMock === true ? tools.mocks(service, "fallback") : tools.mock(fallbackMock)))
  if (typeof fallback === "function") made.push(computed(part, fallback as FallbackFunction, needs))
  else if (fallback !== undefined) made.push(async (failure) => stoodIn(fallback, "fallback", failure))
  return made
}

function last(service: string, maxAge: number, tools: Tools): Fallback {
  const answers = lastGood(tools.keep)
  return async (failure, outgoing, { run }) => {
    const found = outgoing && answers.get(callKey(service, outgoing, run), maxAge)
    return found === undefined ? undefined : stoodIn(found, "last", failure)
  }
}

function mocked(part: string, mock: Handler): Fallback {
  const read = readAnswer(part, false)
  const asking: Asking<Answered> = { part, timeout: undefined, changes: false, read }
  return async (failure, outgoing, { run }, scope) => {
    if (!outgoing) return undefined
    try {
      const { value } = await ask(mock, outgoing, asking, run, scope)
      return stoodIn(value, "mock", failure)
    } catch (error) {
      if (scope.reason) throw scope.reason
      const why = error instanceof Error ? error.message : String(error)
      run.log.warn(`The mock that stands in for part "${part}" gave nothing: ${why} (exchange ${run.exchange.id})`)
      return undefined
    }
  }
}

function computed(part: string, fallback: FallbackFunction, needs: readonly Named[]): Fallback {
  const of = { part, option: "fallback" }
  return async (failure, _outgoing, frame, scope) => {
    const { run, item, index } = frame
    try {
      const value = await guarded(of, frame, scope, () =>
        fallback(errorOf(failure), answersOf(needs, frame), run.request, item, index),
      )
      if (value === undefined) throw misshapen(of, frame, "gave undefined: it has to give a value, or null")
      return stoodIn(value, "fallback", failure)
    } catch {
      // What went wrong is in the log; the part has no other value than none.
      return undefined
    }
  }
}

function errorOf({ status, code, message, answer }: PartFailure): PartError {
  const told = { status, code, message }
  if (!answer || answer.bytes.byteLength === 0) return told
  try {
    return { ...told, body: readValue(answer.bytes, answer.type) }
  } catch {
    return told
  }
}
