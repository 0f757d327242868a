/** True for a value that has fields of its own: what JSON calls an object. */
export const hasFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Gives an object a field, whatever its name: `__proto__` is plain data here, and not where an assignment would lead. */
export function put(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__")
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true })
  else object[name] = value
}

/** The field of a value, or the item of a list, that is its own; undefined for everything that it only inherits. */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined
  if (Array.isArray(value)) return /^\d+$/.test(name) ? (value[Number(name)] as unknown) : undefined
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
}

/** What is found by going from field to field. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  let found = value
  for (const name of path) found = fieldOf(found, name)
  return found
}
