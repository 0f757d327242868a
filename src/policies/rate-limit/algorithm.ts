import type { Schema } from "../../core/schema.ts"
import type { LimitRule } from "../../core/store.ts"

/** What an algorithm makes of its options. */
export type Measure =
  /** So many in a while: the store keeps count by this rule. */
  | LimitRule
  /** So many under way at once. */
  | { readonly kind: "places"; readonly limit: number }

/** A way to count that the config can name. */
export interface AlgorithmPart<T> {
  readonly name: string
  readonly about: string
  /** What it is told beside what every limit is told. */
  readonly options: Schema<T>
  create(options: T): Measure
}

/** An algorithm whose options are known to itself only: what the shelf lists. */
export type AnyAlgorithm = AlgorithmPart<unknown>

/** A way to count. */
export const defineAlgorithm = <T>(part: AlgorithmPart<T>): AlgorithmPart<T> => part
