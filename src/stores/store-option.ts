import { about, isObject, list, optional, type Schema, schema, shown } from "../core/schema.ts"
import { nearest } from "../core/suggest.ts"
import { stores } from "./index.ts"
import type { AnyStore } from "./store-part.ts"

/** A store with the options that a config chose for it. */
export interface ChosenStore {
  readonly part: AnyStore
  readonly options: unknown
}

const names = stores.map(({ name }) => name)

/** A store by its name, or as an object with its name and its options. */
export const storeOption: Schema<ChosenStore> = schema<ChosenStore>({
  expected: `one of ${list(names.map((name) => `"${name}"`))}, or one of these with its options`,
  types: (indent) =>
    [
      ...names.map((name) => JSON.stringify(name)),
      ...stores.map(({ name, options }) => `{ ${name}: ${options.types(indent)} }`),
    ].join(" | "),
  accepts: (value) => typeof value === "string" || isObject(value),
  fields: Object.fromEntries(stores.map((part) => [part.name, about(part.about, optional(part.options))])),
  parse(value, path, report) {
    const given = isObject(value) ? value : { [value as string]: {} }
    const [name = "", ...more] = Object.keys(given)
    const part = stores.find((one) => one.name === name)
    if (part && more.length === 0)
      return { part, options: part.options.parse(given[name], isObject(value) ? [...path, name] : path, report) }
    const meant = nearest(name, names)
    report({
      code: "E204",
      path,
      message: `Expected one store, got ${shown(isObject(value) && part ? value : name)}.${meant && !part ? ` Did you mean "${meant}"?` : ""}`,
      fix: `Use one of ${list(names.map((one) => `"${one}"`))}.`,
    })
    return undefined as never
  },
})
