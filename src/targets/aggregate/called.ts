import { type PartError, PartFailure } from "./failure.ts"
import { type Answers, answersOf, type Frame, type Named } from "./frame.ts"
import type { AggregateRequest } from "./run.ts"
import type { Scope } from "./scope.ts"

/** A function of the config that makes something of what is known. */
export type OfParts = (parts: Answers, request: AggregateRequest, item?: unknown, index?: number) => unknown

/** A function of the config that stands in for an answer. */
export type FallbackFunction = (
  error: PartError,
  parts: Answers,
  request: AggregateRequest,
  item?: unknown,
  index?: number,
) => unknown

/** A function of the config, and where it stands. */
export interface Function {
  readonly part: string
  /** The option: `body`, `when`. */
  readonly option: string
  /** The parts that it is told of. */
  readonly needs: readonly Named[]
}

/** Calls a function of the config; what it throws goes to the log, and is a failure of the part. */
export const called = (of: Function, run: OfParts, frame: Frame, scope: Scope): Promise<unknown> =>
  guarded(of, frame, scope, () => run(answersOf(of.needs, frame), frame.run.request, frame.item, frame.index))

/** Does what the config's own code does, which may fail or never end. */
export async function guarded(
  { part, option }: Pick<Function, "part" | "option">,
  { run }: Frame,
  scope: Scope,
  work: () => unknown,
): Promise<unknown> {
  if (scope.reason) throw scope.reason
  try {
    const made = work()
    return made instanceof Promise ? await scope.unlessOver(made) : made
  } catch (error) {
    if (error === scope.reason) throw error
    run.log.error(`The function "${option}" of part "${part}" threw (exchange ${run.exchange.id}).`, error)
    throw new PartFailure(part, "internal", `failed: its function "${option}" threw`, { status: 500 })
  }
}

/** What is wrong with what a function of the config gave: said in the log, and a failure of the part. */
export function misshapen(
  { part, option }: Pick<Function, "part" | "option">,
  { run }: Frame,
  why: string,
): PartFailure {
  run.log.error(`The function "${option}" of part "${part}" ${why} (exchange ${run.exchange.id}).`)
  return new PartFailure(part, "internal", `failed: its function "${option}" gave nothing usable`, { status: 500 })
}
