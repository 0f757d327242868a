/** What JSON calls an object. */
export type Fields = Record<string, unknown>

/** True for a value that has fields. */
export const hasFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Gives an object a field, whatever its name: `__proto__` is plain data here, and not where an assignment would lead. */
export function put(fields: Fields, name: string, value: unknown): void {
  if (name === "__proto__")
    Object.defineProperty(fields, name, { value, writable: true, enumerable: true, configurable: true })
  else fields[name] = value
}

/** The field of an object, or the item of a list, that is its own; undefined where there is none. */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined
  if (Array.isArray(value)) return /^\d+$/.test(name) ? (value[Number(name)] as unknown) : undefined
  return Object.hasOwn(value, name) ? (value as Fields)[name] : undefined
}

/** What is found by going from field to field. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  let found = value
  for (const name of path) found = fieldOf(found, name)
  return found
}

/** Gives an object other fields, in this order. */
export function refill(fields: Fields, entries: Iterable<readonly [name: string, value: unknown]>): void {
  const ready = [...entries]
  for (const name of Object.keys(fields)) delete fields[name]
  for (const [name, value] of ready) put(fields, name, value)
}
