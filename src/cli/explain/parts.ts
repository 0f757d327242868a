import { describeParts, type PartFacts } from "../../targets/aggregate/describe-parts.ts"
import { at, disclosed } from "./disclosed.ts"

/** A part of an aggregate, with those that wait for it. */
export interface ExplainedPart {
  readonly name: string
  readonly call: string
  readonly needs: readonly string[]
  readonly required: boolean
  /** What stands in when it fails; undefined when nothing does. */
  readonly fallback: unknown
  readonly timeout: unknown
  /** Parts that are called once this one and all else that they need are there. */
  readonly next: readonly ExplainedPart[]
}

/** The parts of an aggregate as a tree: each below that one of its needs which is called last. */
export function partsOf(written: unknown, options: unknown): ExplainedPart[] {
  const { aggregate } = options as { aggregate: Parameters<typeof describeParts>[0] }
  const facts = new Map(describeParts(aggregate).map((part) => [part.name, part]))
  const needsOf = (name: string): readonly string[] => facts.get(name)?.needs ?? []
  const stepOf = (name: string): number => Math.max(0, ...needsOf(name).map((need) => stepOf(need) + 1))
  const parentOf = (name: string): string | undefined =>
    needsOf(name).toSorted((one, other) => stepOf(other) - stepOf(one))[0]

  const below = (parent: string | undefined): ExplainedPart[] =>
    [...facts.values()].flatMap((part): ExplainedPart[] => {
      const { name, needs, required } = part
      if (parentOf(name) !== parent) return []
      const own = at(written, [name])
      return [
        {
          name,
          call: callText(part),
          needs,
          required,
          fallback: disclosed(at(own, ["fallback"]), "fallback"),
          timeout: disclosed(at(own, ["timeout"])),
          next: below(name),
        },
      ]
    })
  return below(undefined)
}

function callText({ call, service, parts }: PartFacts): string {
  if (call) return `${call.service} ${call.method} ${call.path}${call.search}`
  return service === undefined
    ? `aggregate of ${parts.map(({ name }) => name).join(", ")}`
    : `${service}, by a function`
}
