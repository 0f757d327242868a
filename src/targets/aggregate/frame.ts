import { put } from "./fields.ts"
import type { Run } from "./run.ts"

/** What is known at one place of a run: the client's request, the parts that are there, the item of the list. */
export interface Frame {
  readonly run: Run
  /** The answers of the parts by their index; undefined while there is none. */
  readonly values: unknown[]
  /** Where this is an aggregate inside a part: what is known around it. */
  readonly outer: Frame | undefined
  /** What a part with `forEach` is called for now. */
  readonly item: unknown
  readonly index: number | undefined
  /** Tells the calls of a list apart: `[3]`, inside another list `[3][0]`. */
  readonly at: string
}

/** The answers of the parts that came before, by name. */
export type Answers = Readonly<Record<string, unknown>>

/** The name of a part, and where its value is. */
export interface Named {
  readonly name: string
  readonly index: number
}

/** The answers of these parts by name, in this order. */
export function answersOf(parts: readonly Named[], { values }: Frame): Answers {
  const made: Record<string, unknown> = {}
  for (const { name, index } of parts) put(made, name, values[index])
  return made
}
