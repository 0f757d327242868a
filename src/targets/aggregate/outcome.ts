import { HeaderList } from "../../http/header-list.ts"
import type { Undo } from "./compensate.ts"
import type { PartFailure } from "./failure.ts"

/** What a part, or one call of it, came to. */
export interface Outcome {
  /** As the service answered it, or what stands in; undefined where the part was skipped. */
  readonly value: unknown
  /** As the answer tells clients: `200`, `fallback`, `skipped`, `200*5`. */
  readonly told: string
  /** Nothing stands in, nothing is left out. */
  readonly complete: boolean
  /** Nothing was asked to change. */
  readonly safe: boolean
  /** The headers of the answers that it is made of. */
  readonly heads: readonly HeaderList[]
  /** How to undo what was done for it, in the order in which it was done. */
  readonly undo: readonly Undo[]
  /** The failure that something stands in for. */
  readonly failure: PartFailure | undefined
  /** How long it took, in milliseconds. */
  took: number
}

const nothing: readonly never[] = []

/** Of a part that was not called because its `when` said no. */
export const skipped: Outcome = {
  value: undefined,
  told: "skipped",
  complete: true,
  safe: true,
  // What says nothing about how long it is good for: whether the part is skipped may be another matter next time.
  heads: [new HeaderList()],
  undo: nothing,
  failure: undefined,
  took: 0,
}

/** Of something that stands in for a part that failed. */
export const stoodIn = (value: unknown, told: string, failure: PartFailure): Outcome => ({
  value,
  told,
  complete: false,
  safe: true,
  heads: nothing,
  undo: nothing,
  failure,
  took: 0,
})
