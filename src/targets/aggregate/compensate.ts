import { failureOf } from "./failure.ts"
import type { Run } from "./run.ts"

/** How something that was done for a part is undone. */
export interface Undo {
  /** Which part did it: `reserve`, `items[2]`. */
  readonly part: string
  /** Gives the status of the answer. */
  run(): Promise<number>
}

/** Undoes what was done, the last first, one after the other; what fails is said and leaves the others be. */
export async function undoAll(undos: readonly Undo[], run: Run): Promise<void> {
  for (const undo of undos.toReversed()) {
    const { part } = undo
    try {
      run.compensations.push({ part, status: await undo.run() })
    } catch (error) {
      const { code, status, reason, cause } = failureOf(part, error)
      run.log.error(`Part "${part}" was not undone: its compensation ${reason} (exchange ${run.exchange.id}).`, cause)
      run.compensations.push(code === "error_status" ? { part, status } : { part, error: reason })
    }
  }
}
