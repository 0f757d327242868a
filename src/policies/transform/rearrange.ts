import { type Fields, hasFields, put, refill } from "./fields.ts"
import { type FieldPath, parted, type Spot, spotOf } from "./paths.ts"

/** Gives fields other names, where they stand; a field that had the new name before makes way. */
export function rename(rules: ReadonlyMap<FieldPath, string>): (value: unknown) => unknown {
  const names = [...rules.values()]
  return changing([...rules.keys()], (fields, field) => {
    const entries = Object.entries(fields)
    const renamed = new Map<string, unknown>()
    for (const [key] of entries) {
      const end = field(key)?.ends[0]
      if (end !== undefined) renamed.set(names[end] ?? key, undefined)
    }
    if (renamed.size === 0) return
    const kept = entries.flatMap(([key, item]): [string, unknown][] => {
      const end = field(key)?.ends[0]
      if (end !== undefined) return [[names[end] ?? key, item]]
      return renamed.has(key) ? [] : [[key, item]]
    })
    refill(fields, kept)
  })
}

/** Lets the fields of an object move up into the object around it, whose own fields stay, and the items of a list of lists. */
export function flatten(paths: readonly FieldPath[]): (value: unknown) => unknown {
  return changing(paths, (fields, field) => {
    const entries = Object.entries(fields)
    if (!entries.some(([key]) => field(key)?.ends.length)) return
    const own = new Set(entries.flatMap(([key, item]) => (isMoved(key, item) ? [] : [key])))
    refill(
      fields,
      entries.flatMap(([key, item]): [string, unknown][] => {
        if (!field(key)?.ends.length) return [[key, item]]
        if (Array.isArray(item)) return [[key, (item as unknown[]).flat()]]
        return hasFields(item) ? Object.entries(item).filter(([name]) => !own.has(name)) : [[key, item]]
      }),
    )
    function isMoved(key: string, item: unknown): boolean {
      return hasFields(item) && (field(key)?.ends.length ?? 0) > 0
    }
  })
}

/** Puts fields of an object into an object of their own, which stands among the others. */
export function group(rules: ReadonlyMap<FieldPath, readonly string[]>): (value: unknown) => unknown {
  const made = [...rules].map(([path, names]) => ({ into: parted(path)[1], names }))
  const start = spotOf([...rules.keys()].map((path) => parted(path)[0]))
  return (value) => {
    grouped(value, start, start.ends)
    return value
  }

  function grouped(value: unknown, spot: Spot | undefined, ends: readonly number[]): void {
    // A path to a list means all the items in it.
    if (Array.isArray(value))
      for (const [index, item] of value.entries()) {
        const at = spot?.item(index)
        grouped(item, at, [...ends, ...(at?.ends ?? [])])
      }
    if (!hasFields(value)) return
    if (spot)
      for (const [key, item] of Object.entries(value)) {
        const at = spot.field(key)
        if (at) grouped(item, at, at.ends)
      }
    for (const end of ends) gather(value, made[end]?.into ?? "", made[end]?.names ?? [])
  }
}

function gather(fields: Fields, into: string, names: readonly string[]): void {
  const there = names.filter((name) => Object.hasOwn(fields, name))
  if (there.length === 0) return
  const moved = there.map((name) => [name, fields[name]] as const)
  for (const name of there) delete fields[name]
  const before = Object.hasOwn(fields, into) ? fields[into] : undefined
  const target = hasFields(before) ? before : {}
  for (const [name, item] of moved) put(target, name, item)
  put(fields, into, target)
}

/** Walks a value, the inner objects first, and lets each object be changed that a path leads into. */
function changing(
  paths: readonly FieldPath[],
  change: (fields: Fields, field: Spot["field"]) => void,
): (value: unknown) => unknown {
  const start = spotOf(paths)
  return (value) => {
    walk(value, start)
    return value
  }

  function walk(value: unknown, spot: Spot): void {
    if (Array.isArray(value))
      for (const [index, item] of value.entries()) {
        const at = spot.item(index)
        if (at) walk(item, at)
      }
    if (!hasFields(value)) return
    for (const [key, item] of Object.entries(value)) {
      const at = spot.field(key)
      if (at) walk(item, at)
    }
    change(value, spot.field)
  }
}
