/** A JSON Schema (2020-12), as OpenAPI 3.1 uses it. */
export type JsonSchema = Record<string, unknown>

const typeOrder = ["object", "array", "string", "integer", "number", "boolean", "null"] as const

// Mocks are files that anybody may have written: recursion ends before the stack does.
const deepest = 64

const formats: readonly [string, RegExp][] = [
  ["date-time", /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/],
  ["uuid", /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i],
  ["email", /^[\w.+-]+@[a-z\d-]+(?:\.[a-z\d-]+)+$/i],
  ["uri", /^https?:\/\/[^\s/]\S*$/i],
]

/** The JSON value that a body has on the wire, or undefined when it has none (a cycle, a bigint, a function). */
export function jsonValue(body: unknown): unknown {
  try {
    const text = JSON.stringify(body) as string | undefined
    return text === undefined ? undefined : (JSON.parse(text) as unknown)
  } catch {
    return undefined
  }
}

/** The narrowest schema that all these JSON values fit. */
export function inferSchema(values: readonly unknown[], depth = 0): JsonSchema {
  if (depth > deepest) return {}
  const types = new Set(values.map(typeOf))
  if (types.has("number")) types.delete("integer")
  const known = typeOrder.filter((type) => types.has(type))
  return {
    ...(known.length === 0 ? {} : { type: known.length === 1 ? known[0] : known }),
    ...formatOf(values.filter((value) => typeof value === "string")),
    ...itemsOf(values.filter(Array.isArray), depth),
    ...propertiesOf(values.filter(isObject), depth),
  }
}

function typeOf(value: unknown): string {
  if (value === null) return "null"
  if (Array.isArray(value)) return "array"
  return typeof value === "number" && Number.isSafeInteger(value) ? "integer" : typeof value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function formatOf(strings: readonly string[]): JsonSchema {
  if (strings.length === 0 || strings.some((value) => value.length > 2048)) return {}
  const format = formats.find(([, pattern]) => strings.every((value) => pattern.test(value)))
  return format === undefined ? {} : { format: format[0] }
}

function itemsOf(arrays: readonly unknown[][], depth: number): JsonSchema {
  return arrays.length === 0 ? {} : { items: inferSchema(arrays.flat(1), depth + 1) }
}

function propertiesOf(objects: readonly Record<string, unknown>[], depth: number): JsonSchema {
  if (objects.length === 0) return {}
  const properties = new Map<string, unknown[]>()
  for (const object of objects) {
    for (const [key, value] of Object.entries(object)) {
      const seen = properties.get(key)
      if (seen === undefined) properties.set(key, [value])
      else seen.push(value)
    }
  }
  const required = [...properties].filter(([, seen]) => seen.length === objects.length).map(([key]) => key)
  return {
    // fromEntries defines a key `__proto__` where an assignment would set the prototype.
    properties: Object.fromEntries([...properties].map(([key, seen]) => [key, inferSchema(seen, depth + 1)])),
    ...(required.length === 0 ? {} : { required }),
  }
}
