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

interface Checked {
  aggregate: ReadonlyMap<string, { call?: Call; needs?: readonly string[]; required?: boolean } & Partial<Call>>
}

interface Call {
  service: string
  method: string
  path: string
  search: string
}

/** The parts of an aggregate as a tree: each below that one of its needs which is called last. */
export function partsOf(written: unknown, options: unknown): ExplainedPart[] {
  const { aggregate } = options as Checked
  const needsOf = (name: string): readonly string[] => aggregate.get(name)?.needs ?? []
  const stepOf = (name: string): number => Math.max(0, ...needsOf(name).map((need) => stepOf(need) + 1))
  const parentOf = (name: string): string | undefined =>
    needsOf(name).toSorted((one, other) => stepOf(other) - stepOf(one))[0]

  const below = (parent: string | undefined): ExplainedPart[] =>
    [...aggregate].flatMap(([name, part]): ExplainedPart[] => {
      if (parentOf(name) !== parent) return []
      const { service, method, path, search } = part.call ?? part
      const own = at(written, [name])
      const fallback = disclosed(at(own, ["fallback"]), "fallback")
      return [
        {
          name,
          call: `${service} ${method} ${path}${search}`,
          needs: needsOf(name),
          required: fallback === undefined && part.required !== false,
          fallback,
          timeout: disclosed(at(own, ["timeout"])),
          next: below(name),
        },
      ]
    })
  return below(undefined)
}
