import { hasFields, put } from "./fields.ts"

type Fields = Record<string, unknown>

/** Makes what the answer has of a part out of its value; leaves the value itself as it is. */
export type Shape = (value: unknown) => unknown

/** Paths that have their beginnings in common, as a tree; true where one ends. */
interface Paths extends Map<string, Paths | true> {}

/** What `pick`, `omit` and `rename` make of a value, in this order; undefined where there is none of them. */
export function shapeOf(options: {
  readonly pick: readonly string[] | undefined
  readonly omit: readonly string[] | undefined
  readonly rename: ReadonlyMap<string, string> | undefined
}): Shape | undefined {
  const { pick, omit, rename } = options
  const shapes: Shape[] = []
  if (pick) shapes.push(eachItem(picked, treeOf(pick)))
  if (omit) shapes.push(eachItem(omitted, treeOf(omit)))
  if (rename) for (const [path, name] of rename) shapes.push(renaming(path.split("."), name))
  return shapes.length === 0 ? undefined : (value) => shapes.reduce((made, shape) => shape(made), value)
}

/** Of a list, every item is shaped; what has no fields stays as it is. */
function eachItem<A>(shape: (value: Fields, by: A) => unknown, by: A): Shape {
  const apply: Shape = (value) =>
    Array.isArray(value) ? value.map(apply) : hasFields(value) ? shape(value, by) : value
  return apply
}

function treeOf(paths: readonly string[]): Paths {
  const tree: Paths = new Map()
  for (const path of paths) {
    let at = tree
    const steps = path.split(".")
    const last = steps.pop() ?? ""
    for (const step of steps) {
      const below = at.get(step)
      if (below === true) break
      const next: Paths = below ?? new Map()
      at.set(step, next)
      at = next
    }
    // All of a field is more than some of it, whatever comes first.
    if (steps.every((_, depth) => reach(tree, steps.slice(0, depth + 1)) !== true)) at.set(last, true)
  }
  return tree
}

function reach(tree: Paths, steps: readonly string[]): Paths | true | undefined {
  let at: Paths | true | undefined = tree
  for (const step of steps) at = at === true ? true : at?.get(step)
  return at
}

// The order of the fields stays that of the service.
function picked(value: Fields, tree: Paths): Fields {
  const made: Fields = {}
  for (const name of Object.keys(value)) {
    const below = tree.get(name)
    if (below === undefined) continue
    const item = value[name]
    if (below === true) put(made, name, item)
    // What has no fields has none of those that were picked.
    else if (typeof item === "object" && item !== null) put(made, name, eachItem(picked, below)(item))
  }
  return made
}

function omitted(value: Fields, tree: Paths): Fields {
  const made: Fields = {}
  for (const name of Object.keys(value)) {
    const below = tree.get(name)
    if (below !== true) put(made, name, below ? eachItem(omitted, below)(value[name]) : value[name])
  }
  return made
}

function renaming(path: readonly string[], name: string): Shape {
  const [first = "", ...rest] = path
  if (rest.length === 0) return eachItem(renamed, { from: first, to: name })
  const below = renaming(rest, name)
  return eachItem((value: Fields) => {
    if (!Object.hasOwn(value, first)) return value
    const made = { ...value }
    put(made, first, below(value[first]))
    return made
  }, undefined)
}

// The new name stands where the old one stood; a field that had it already gives way.
function renamed(value: Fields, { from, to }: { from: string; to: string }): Fields {
  if (!Object.hasOwn(value, from)) return value
  const made: Fields = {}
  for (const name of Object.keys(value))
    if (name === from) put(made, to, value[name])
    else if (name !== to) put(made, name, value[name])
  return made
}
