import { Secret } from "./secret.ts"
import { nearest } from "./suggest.ts"

/** Where a value stands in the config, from the root down. */
export type Path = readonly (string | number)[]

/** Something wrong with a value of the config, before it has a place in a file. */
export interface Problem {
  /** The stable code under which `bellhop explain` tells more. */
  code: `E${number}`
  path: Path
  on?: "key" | "value" | undefined
  message: string
  fix?: string | undefined
}

/** Takes the problems that a schema finds; parsing goes on after each. */
export type Report = (problem: Problem) => void

/** One description of a value: it checks it, types it for the editor and documents it. */
export interface Schema<T> {
  /** What the value is for: hover text in the editor, a row of the reference. */
  readonly about: string
  /** What is expected, in words: "a duration such as "30s"". */
  readonly expected: string
  readonly optional: boolean
  /** What an absent value means, as a user would write it. */
  readonly standard?: string | undefined
  /** The fields of an object schema, for the reference. */
  readonly fields?: Readonly<Record<string, Schema<unknown>>> | undefined
  /** TypeScript text of what a user may write. */
  types(indent: string): string
  /** The value made ready for use. After a reported problem the result is not to be used. */
  parse(value: unknown, path: Path, report: Report): T
  /** True when a value has the outer shape of this schema: how `either` finds the meant one. */
  accepts(value: unknown): boolean
}

/** The type of the values that a schema lets through. */
export type Of<S> = S extends Schema<infer T> ? T : never

const failed = undefined as never

/** Makes a schema out of its own words and a parser. */
export function schema<T>(made: {
  expected: string
  types: string | ((indent: string) => string)
  accepts: (value: unknown) => boolean
  parse?: (value: unknown, path: Path, report: Report) => T
  fields?: Readonly<Record<string, Schema<unknown>>>
}): Schema<T> {
  const { types, accepts, expected } = made
  return {
    about: "",
    expected,
    optional: false,
    fields: made.fields,
    types: typeof types === "string" ? () => types : types,
    accepts,
    parse(value, path, report) {
      if (!accepts(value)) {
        report({ code: "E203", path, message: `Expected ${expected}, got ${shown(value)}.` })
        return failed
      }
      return made.parse ? made.parse(value, path, report) : (value as T)
    },
  }
}

/** The same schema with its one-sentence documentation. */
export const about = <T>(text: string, of: Schema<T>): Schema<T> => ({ ...of, about: text })

/** The same schema, printed into the editor's types under another name. */
export const printed = <T>(types: string, of: Schema<T>): Schema<T> => ({ ...of, types: () => types })

/** A value that may be left out; with a standard, that is what stands in. */
export function optional<T>(of: Schema<T>): Schema<T | undefined>
export function optional<T>(of: Schema<T>, standard: string | number | boolean): Schema<T>
export function optional<T>(of: Schema<T>, standard?: string | number | boolean): Schema<T | undefined> {
  return {
    ...of,
    optional: true,
    standard: standard === undefined ? undefined : JSON.stringify(standard),
    parse: (value, path, report) => {
      const given = value === undefined ? standard : value
      return given === undefined ? undefined : of.parse(given, path, report)
    },
  }
}

/** An object with exactly these fields. */
export function object<F extends Record<string, Schema<unknown>>>(fields: F): Schema<{ [K in keyof F]: Of<F[K]> }> {
  const known = new Map(Object.entries(fields))
  return schema({
    expected: `an object with ${list([...known.keys()].map((name) => `"${name}"`))}`,
    fields,
    types: (indent) => `{\n${printFields(fields, `${indent}  `)}${indent}}`,
    accepts: isObject,
    parse(value, path, report) {
      const given = value as Record<string, unknown>
      for (const key of Object.keys(given)) if (!known.has(key)) report(unknownOption(key, path, known.keys()))
      const made: Record<string, unknown> = {}
      for (const [name, field] of known) {
        const item = Object.hasOwn(given, name) ? given[name] : undefined
        if (item === undefined && !field.optional) report(missingOption(name, path, field))
        else made[name] = field.parse(item, [...path, name], report)
      }
      return made as { [K in keyof F]: Of<F[K]> }
    },
  })
}

/** The problem of a key that nobody reads. */
export function unknownOption(key: string, path: Path, known: Iterable<string>): Problem {
  const names = [...known]
  const meant = nearest(key, names)
  return {
    code: "E201",
    path: [...path, key],
    on: "key",
    message: `Unknown option "${key}".${meant ? ` Did you mean "${meant}"?` : ""}`,
    fix: meant ? `Write "${meant}".` : `Use one of ${list(names.map((name) => `"${name}"`))}.`,
  }
}

/** The problem of a key that has to be there. */
export const missingOption = (key: string, path: Path, field: Schema<unknown>): Problem => ({
  code: "E202",
  path,
  message: `Missing option "${key}".`,
  fix: `Add "${key}": ${field.expected}.`,
})

/** The lines of an object type, each field under its documentation. */
export function printFields(fields: Readonly<Record<string, Schema<unknown>>>, indent: string): string {
  let text = ""
  for (const [name, field] of Object.entries(fields)) {
    const standard = field.standard === undefined ? "" : ` Default: \`${field.standard}\`.`
    if (field.about) text += `${indent}/** ${field.about}${standard} */\n`
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)
    text += `${indent}${key}${field.optional ? "?" : ""}: ${field.types(indent)}\n`
  }
  return text
}

/** A value given by name: any key that `named` lets through, one schema for all values. */
export const record = <T>(of: Schema<T>, named?: Schema<string>): Schema<ReadonlyMap<string, T>> =>
  schema({
    expected: "an object",
    types: (indent) => `{ readonly [name: string]: ${of.types(indent)} }`,
    accepts: isObject,
    parse: (value, path, report) =>
      new Map(
        Object.entries(value as object).map(([key, item]) => {
          const at = [...path, key]
          named?.parse(key, at, (problem) => report({ ...problem, on: "key" }))
          return [key, of.parse(item, at, report)] as const
        }),
      ),
  })

/** A list of at least one value. */
export const listOf = <T>(of: Schema<T>): Schema<readonly T[]> =>
  schema({
    expected: `a list, each ${of.expected}`,
    types: (indent) => `readonly (${of.types(indent)})[]`,
    accepts: Array.isArray,
    parse(value, path, report) {
      const items = value as readonly unknown[]
      if (items.length === 0)
        report({ code: "E205", path, message: "Empty list.", fix: "Give at least one value or remove the option." })
      // Unlike map(), this does not pass over the holes of a list.
      return Array.from(items, (item, index) => of.parse(item, [...path, index], report))
    },
  })

/** One of several schemas, told apart by the outer shape of the value. */
export function either<A, B>(first: Schema<A>, second: Schema<B>): Schema<A | B>
export function either<A, B, C>(first: Schema<A>, second: Schema<B>, third: Schema<C>): Schema<A | B | C>
export function either(...choices: Schema<unknown>[]): Schema<unknown> {
  return schema({
    expected: choices.map((choice) => choice.expected).join(", or "),
    types: (indent) => choices.map((choice) => choice.types(indent)).join(" | "),
    fields: choices.find((choice) => choice.fields)?.fields ?? {},
    accepts: (value) => choices.some((choice) => choice.accepts(value)),
    parse: (value, path, report) => choices.find((choice) => choice.accepts(value))?.parse(value, path, report),
  })
}

/** True for what a user writes as `{ … }`; a Map or a promise would be read as an object without keys. */
export function isObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** A value as a message quotes it: short, and never a secret. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value)
  if (typeof value === "function") return "a function"
  if (Array.isArray(value)) return "a list"
  if (value === null || typeof value !== "object") return String(value)
  if (value instanceof Secret) return value.from
  return isObject(value) ? "an object" : `an instance of ${value.constructor?.name ?? "a class"}`
}

/** Words as a person lists them. */
export const list = (words: readonly string[], last = "or"): string =>
  words.length < 2 ? (words[0] ?? "nothing") : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`
