import { type Fields, hasFields, put } from "./fields.ts"
import { type FieldPath, type Spot, spotOf } from "./paths.ts"

/** What a key is called in paths: in XML the same field may be an attribute, or have a prefix. */
export type NameOf = (key: string) => string

const plainly: NameOf = (key) => key

/** Keeps nothing but these fields; what is around them stays, and so do the items of lists. */
export function pick(paths: readonly FieldPath[]): (value: unknown) => unknown {
  const start = spotOf(paths)
  return (value) => picked(value, start) ?? null
}

function picked(value: unknown, spot: Spot | undefined): unknown {
  if (!spot || typeof value !== "object" || value === null) return undefined
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, index) => {
      const at = spot.item(index)
      return at && at.ends.length > 0 ? item : picked(item, at)
    })
    return items.filter((item) => item !== undefined)
  }
  const made: Fields = {}
  for (const [key, item] of Object.entries(value)) {
    const at = spot.field(key)
    const kept: unknown = at && at.ends.length > 0 ? item : picked(item, at)
    if (kept !== undefined) put(made, key, kept)
  }
  return made
}

/** Takes these fields out of a value; tells whether there were any. */
export function omit(paths: readonly FieldPath[]): (value: unknown, nameOf?: NameOf) => boolean {
  const start = spotOf(paths)
  return (value, nameOf = plainly) => omitted(value, start, nameOf)
}

function omitted(value: unknown, spot: Spot, nameOf: NameOf): boolean {
  if (Array.isArray(value)) return omittedItems(value, spot, nameOf)
  if (!hasFields(value)) return false
  let any = false
  for (const key of Object.keys(value)) {
    const at = spot.field(nameOf(key))
    if (!at) continue
    if (at.ends.length > 0) any = delete value[key]
    else if (typeof value[key] === "object" && omitted(value[key], at, nameOf)) any = true
  }
  return any
}

function omittedItems(items: unknown[], spot: Spot, nameOf: NameOf): boolean {
  let any = false
  let left = 0
  for (const [index, item] of items.entries()) {
    const at = spot.item(index)
    if (at && at.ends.length > 0) {
      any = true
      continue
    }
    if (at && typeof item === "object" && omitted(item, at, nameOf)) any = true
    items[left++] = item
  }
  items.length = left
  return any
}
