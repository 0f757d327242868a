import { fieldOf, type Fields, hasFields, put } from "./fields.ts"
import type { FieldPath } from "./paths.ts"
import type { Given } from "./template.ts"
import type { Filled } from "./values.ts"

/**
 * Gives fields values, and makes the objects that they need around them; `*` stands for what is there. A field for
 * whose value nothing is there stays as it is.
 */
export function set(rules: ReadonlyMap<FieldPath, Filled<unknown>>): (given: Given) => (value: unknown) => unknown {
  return (given) => {
    // Before anything is changed: placeholders stand for the body as it came.
    const ready = [...rules].map(([path, { fill }]) => [path, copyOf(fill(given))] as const)
    return (value) => {
      for (const [path, made] of ready) if (made !== undefined) value = assigned(value, path, 0, () => copyOf(made))
      return value
    }
  }
}

function assigned(value: unknown, path: FieldPath, at: number, make: () => unknown): unknown {
  if (at === path.length) return make()
  const step = path[at]
  if (Array.isArray(value)) {
    const index = typeof step === "string" && /^\d+$/.test(step) ? Number(step) : undefined
    for (const [n, item] of value.entries()) {
      if (index === undefined) value[n] = assigned(item, path, typeof step === "string" ? at : at + 1, make)
      else if (n === index) value[n] = assigned(item, path, at + 1, make)
    }
    return value
  }
  if (typeof step !== "string") {
    if (hasFields(value))
      for (const key of Object.keys(value)) put(value, key, assigned(value[key], path, at + 1, make))
    return value
  }
  const fields: Fields = hasFields(value) ? value : {}
  const made = assigned(fieldOf(fields, step), path, at + 1, make)
  if (made !== undefined) put(fields, step, made)
  return fields
}

const copyOf = (value: unknown): unknown => (typeof value === "object" ? structuredClone(value) : value)
