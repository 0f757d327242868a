import type { Caller } from "./call-service.ts"
import type { OfParts } from "./called.ts"
import type { Frame, Named } from "./frame.ts"
import type { MeasurePart } from "./measured.ts"
import type { Kind } from "./order.ts"
import type { Outcome } from "./outcome.ts"
import type { Work } from "./schedule.ts"
import type { Scope } from "./scope.ts"

/** What the answer has of a part, made of what the part got. */
export type Shaping = (outcome: Outcome, frame: Frame, scope: Scope) => unknown

/** A part as it is run: everything about it that does not depend on a request. */
export interface Step extends Named {
  /** Its place among the parts of the config. */
  readonly declared: number
  /** Its name as a header may hold it. */
  readonly label: string
  /** Its name in the answer; false when it has no place there. */
  readonly as: string | false
  readonly kind: Kind
  readonly required: boolean
  /** What it does can be undone. */
  readonly undoable: boolean
  /** The steps before it, by index: see `Work`. */
  readonly waits: readonly number[]
  readonly holds: readonly number[]
  readonly next: readonly number[]
  readonly support: readonly number[]
  /** The parts that its functions are told of, in declared order. */
  readonly needs: readonly Named[]
  /** Headers of its answer that the client gets, in lower case. */
  readonly pass: readonly string[]
  readonly when: OfParts | undefined
  readonly get: Caller
  readonly shape: Shaping | undefined
  readonly measure: MeasurePart
}

/** The parts of an aggregate, ready to be run. */
export interface Plan {
  /** By index: of two that fail, the one with the lower index decides. */
  readonly steps: readonly Step[]
  /** The same in the order of the config. */
  readonly declared: readonly Step[]
  /** The same as work to be done: what waits for what. */
  readonly work: Work
  /** Whether the client's body has to be read before. */
  readonly readsBody: boolean
  /** Whether a part may change something. */
  readonly changes: boolean
  /** Whether the client gets headers of parts. */
  readonly passes: boolean
}
