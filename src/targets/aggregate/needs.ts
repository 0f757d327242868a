import type { Part } from "./part-options.ts"
import { type Names, namesOf, type Source } from "./source.ts"
import { type Hole, holesOf, reference, template } from "./template.ts"

/** A place of a part where something is named, and what. */
export interface Mention {
  /** From the part on: `["call"]`, `["forEach", "items"]`. */
  readonly path: readonly (string | number)[]
  /** The text that it stands in. */
  readonly text: string
  readonly hole: Hole
}

/** Everything that a part names in its calls and lists; `known` are the parts that may be meant. */
export function mentionsOf(part: Part, known: readonly string[]): Mention[] {
  const made: Mention[] = []
  const addCall = (call: Part["call"], path: Mention["path"]): void => {
    if (!call) return
    for (const text of [call.path, call.search])
      for (const hole of holesOf(template(text, known))) made.push({ path, text, hole })
  }
  addCall(part.call, part.short ? [] : ["call"])
  const items = part.forEach?.items
  if (typeof items === "string")
    made.push({ path: ["forEach"], text: items, hole: { source: reference(items, known), written: items } })
  addCall(part.compensate?.call, ["compensate"])
  return made
}

/** The parts whose answers a part needs: those that it says, and those that it names in its calls. */
export function needsOf(name: string, part: Part, parts: ReadonlyMap<string, Part>): Set<string> {
  const found = new Set(part.needs?.filter((need) => need !== name && parts.has(need)))
  const add = (source: Source): void => {
    if (source.from === "part" && source.name !== name && parts.has(source.name)) found.add(source.name)
  }
  const known = [...parts.keys()]
  for (const { hole } of mentionsOf(part, known)) add(hole.source)
  if (part.aggregate) for (const source of outward(part.aggregate, known)) add(source)
  return found
}

/** What an aggregate inside a part takes from around it. */
function outward(parts: ReadonlyMap<string, Part>, outer: readonly string[]): Source[] {
  const known = [...parts.keys()]
  return [...parts.values()].flatMap((part) => {
    const own = mentionsOf(part, [...known, ...outer]).map(({ hole }) => hole.source)
    const inner = part.aggregate ? outward(part.aggregate, [...known, ...outer]) : []
    return [...own, ...inner].filter((source) => source.from !== "part" || !parts.has(source.name))
  })
}

/** Every part that is there before this one: its needs, and theirs. */
export function allNeedsOf(name: string, parts: ReadonlyMap<string, Part>, found = new Set<string>()): Set<string> {
  const part = parts.get(name)
  if (!part) return found
  for (const need of needsOf(name, part, parts)) {
    if (found.has(need)) continue
    found.add(need)
    allNeedsOf(need, parts, found)
  }
  return found
}

/** Whether a part takes something from the client's body that is not a function's own affair. */
export const namesBody = (part: Part, names: Names | undefined): boolean =>
  mentionsOf(part, namesOf(names)).some(({ hole }) => hole.source.from === "body")
