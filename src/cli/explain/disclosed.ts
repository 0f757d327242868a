import { Secret } from "../../core/secret.ts"

// Values that somebody wrote into the config although they belong into env(): not even then are they shown.
const sensitive =
  /(?:secret|token|password|passphrase|credential)s?$|^(?:keys?|users|authorization|proxy-authorization|cookie|x-api-key)$/i

/** A value of the config as anybody may see it: JSON, with secrets by their names and functions as such. */
export function disclosed(value: unknown, key = ""): unknown {
  if (value instanceof Secret) return value.from
  if (typeof value === "function") return "[function]"
  if (value === undefined || value === null) return value
  if (sensitive.test(key) && value !== true && value !== false) return "[hidden]"
  if (Array.isArray(value)) return value.map((item) => disclosed(item))
  if (typeof value !== "object") return typeof value === "bigint" ? String(value) : value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, disclosed(item, name)]))
}

/** A disclosed value as it would be written in the config, on one line. */
export function literal(value: unknown): string {
  if (typeof value === "string")
    return /^(?:(?:env|file)\(".*"\)|exec\(\[".*\]\)|\[(?:function|hidden)\])$/.test(value)
      ? value
      : JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`
  if (typeof value !== "object" || value === null) return String(value)
  const entries = Object.entries(value).map(([name, item]) => `${key(name)}: ${literal(item)}`)
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`
}

const key = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name))

/** What stands at a path in a value. */
export function at(value: unknown, path: readonly (string | number)[]): unknown {
  let found = value
  for (const step of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, step)) return undefined
    found = Reflect.get(found, step)
  }
  return found
}
