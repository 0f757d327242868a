import type { Tools } from "../../core/part.ts"
import { type Caller, serviceCaller } from "./call-service.ts"
import { called } from "./called.ts"
import { composer } from "./compose.ts"
import { fallbacksOf } from "./fallbacks.ts"
import { forEach } from "./for-each.ts"
import type { Named } from "./frame.ts"
import { isRequired, isUndoable, kindOf } from "./kind.ts"
import { measuredPart } from "./measured.ts"
import { allNeedsOf, needsOf } from "./needs.ts"
import { nestedCaller } from "./nested.ts"
import { orderOf } from "./order.ts"
import type { Part } from "./part-options.ts"
import type { Plan, Shaping, Step } from "./plan.ts"
import { partReadsBody } from "./reads-body.ts"
import type { Work } from "./schedule.ts"
import { shapeOf } from "./shape.ts"
import type { Names } from "./source.ts"

/** Tools for the calls that one part makes, to undo as well. */
export type ToolsOf = (part: string) => Tools

/** Works out when each part is called, and how: once for a config, so that nothing of it is left for a request. */
export function planOf(parts: ReadonlyMap<string, Part>, toolsOf: ToolsOf, outer?: Names): Plan {
  const names = [...parts.keys()]
  const list = [...parts.values()]
  const indexOf = (name: string): number => names.indexOf(name)
  const nodes = list.map((part, index) => ({
    needs: [...needsOf(names[index] ?? "", part, parts)].map(indexOf),
    kind: kindOf(part),
    required: isRequired(part),
  }))
  const { order, waits, holds, support } = orderOf(nodes)
  const placed = new Map(order.map((declared, index) => [declared, index] as const))
  const place = (declared: readonly number[] | undefined): number[] =>
    (declared ?? []).map((one) => placed.get(one) ?? -1)
  const known: Names = { parts: new Map(order.map((one, index) => [names[one] ?? "", index])), outer }

  const steps = order.map((declared, index): Step => {
    const name = names[declared] ?? ""
    const part = list[declared] as Part
    const far = allNeedsOf(name, parts)
    const needs = names
      .filter((one) => far.has(one))
      .map((one): Named => ({ name: one, index: known.parts.get(one) ?? -1 }))
    return {
      name,
      index,
      declared,
      label: name.toWellFormed().replace(/[^!#$&'*+.^_`|~0-9A-Za-z-]/gu, encodeURIComponent),
      as: part.as ?? name,
      kind: kindOf(part),
      required: isRequired(part),
      undoable: isUndoable(part),
      waits: place(waits[declared]),
      holds: place(holds[declared]),
      next: order.flatMap((other, at) => (waits[other]?.includes(declared) ? [at] : [])),
      support: place(support[declared]),
      needs,
      pass: (part.pass ?? []).map((header) => header.toLowerCase()),
      when: part.when,
      get: callerOf(name, part, needs, known, toolsOf),
      shape: shapingOf(name, part, needs),
      measure: measuredPart(name, toolsOf(name)),
    }
  })
  return {
    steps,
    declared: steps.toSorted((one, other) => one.declared - other.declared),
    readsBody: list.some((part) => partReadsBody(part, known)),
    work: workOf(steps),
    changes: steps.some(({ kind }) => kind !== "safe"),
    passes: steps.some(({ pass }) => pass.length > 0),
  }
}

function workOf(steps: readonly Step[]): Work {
  const at = (index: number): Step => steps[index] as Step
  return {
    size: steps.length,
    atOnce: Number.POSITIVE_INFINITY,
    waits: (index) => at(index).waits,
    holds: (index) => at(index).holds,
    next: (index) => at(index).next,
    support: (index) => at(index).support,
    required: (index) => at(index).required,
    undoable: (index) => at(index).undoable,
  }
}

function callerOf(name: string, part: Part, needs: readonly Named[], names: Names, toolsOf: ToolsOf): Caller {
  const once = part.aggregate
    ? innerCaller(name, part, part.aggregate, needs, names, toolsOf)
    : serviceCaller({ name, part, needs, names, tools: toolsOf(name) })
  return part.forEach ? forEach(name, part.forEach, { needs, names, undoable: isUndoable(part) }, once) : once
}

function innerCaller(
  name: string,
  part: Part,
  parts: ReadonlyMap<string, Part>,
  needs: readonly Named[],
  names: Names,
  toolsOf: ToolsOf,
): Caller {
  const plan = planOf(parts, (inner) => toolsOf(`${name}.${inner}`), names)
  const fallbacks = fallbacksOf(name, part, undefined, needs, toolsOf(name))
  return nestedCaller(name, plan, composer(plan, part), { timeout: part.timeout, fallbacks })
}

function shapingOf(name: string, part: Part, needs: readonly Named[]): Shaping | undefined {
  const shape = shapeOf(part)
  const { map } = part
  if (!map) return shape && (({ value }) => shape(value))
  const of = { part: name, option: "map", needs }
  return ({ value }, frame, scope) =>
    called(of, (parts, request) => map(shape ? shape(value) : value, parts, request), frame, scope)
}
