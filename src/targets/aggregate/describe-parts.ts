import { isRequired } from "./kind.ts"
import { needsOf } from "./needs.ts"
import type { Part } from "./part-options.ts"

/** A part as documentation and explanations tell of it. */
export interface PartFacts {
  readonly name: string
  /** What is called; undefined where a function or an aggregate of its own decides that. */
  readonly call:
    { readonly service: string; readonly method: string; readonly path: string; readonly search: string } | undefined
  /** The service that a function makes requests for. */
  readonly service: string | undefined
  /** The parts of its own aggregate. */
  readonly parts: readonly PartFacts[]
  readonly needs: readonly string[]
  readonly required: boolean
  /** Its name in the answer; false when it has no place there. */
  readonly as: string | false
  /** Its value is a list, of one answer for each item. */
  readonly isList: boolean
  /** What the answer has of it is something else than the service answers. */
  readonly isShaped: boolean
  /** Whether it is always in the answer, if there is one. */
  readonly isConditional: boolean
  readonly schema: unknown
}

/** What there is to tell of the parts of an aggregate. */
export const describeParts = (parts: ReadonlyMap<string, Part>): PartFacts[] =>
  [...parts].map(([name, part]) => ({
    name,
    call: part.call,
    service: part.service,
    parts: part.aggregate ? describeParts(part.aggregate) : [],
    needs: [...needsOf(name, part, parts)],
    required: isRequired(part),
    as: part.as ?? name,
    isList: part.forEach !== undefined,
    isShaped: [part.pick, part.omit, part.rename, part.map, part.response, part.merge].some((one) => one !== undefined),
    isConditional: part.when !== undefined,
    schema: part.schema?.json,
  }))
