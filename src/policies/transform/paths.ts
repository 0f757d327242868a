import { type Schema, schema, shown } from "../../core/schema.ts"

const any = Symbol("*")
const deep = Symbol("**")

/** The way to fields of a value: names from the outside in, `*` for any one, `**` for any number of them. */
export type FieldPath = readonly (string | typeof any | typeof deep)[]

/** Reads a path as a config writes it; a backslash takes a dot or a star as a letter. */
export function readPath(text: string): FieldPath {
  return text
    .split(/(?<!\\)\./)
    .map((step) => (step === "*" ? any : step === "**" ? deep : step.replace(/\\([.*\\])/g, "$1")))
}

/** The last name in a path: nothing is found by it in a text that does not hold this name. */
export const lastName = (path: FieldPath): string | undefined => path.findLast((step) => typeof step === "string")

/** The path of what is around the fields of a path, and the last of its names. */
export const parted = (path: FieldPath): [around: FieldPath, name: string] => [
  path.slice(0, -1),
  String(path.at(-1) ?? ""),
]

/**
 * A path in a config. "fields" need a name at some place, "named" are to end with one, and "plain" ones have no `**`
 * besides.
 */
export const fieldPath = (kind: "fields" | "named" | "plain" = "fields"): Schema<FieldPath> => {
  const expected =
    kind === "plain"
      ? 'a path such as "customer.name" or "items.*.price"'
      : 'a path such as "customer.name", "items.*.cost" or "**.secret"'
  return schema({
    expected,
    types: "string",
    accepts: (value) => typeof value === "string",
    parse(value, path, report) {
      const read = readPath(value as string)
      const wrong = read.includes("")
        ? "has an empty name in it"
        : read.at(-1) === deep || (kind === "named" && read.at(-1) === any)
          ? "does not end with a name"
          : kind === "plain" && read.includes(deep)
            ? 'has "**" in it, which could be anywhere'
            : kind === "fields" && lastName(read) === undefined
              ? "has no name in it"
              : undefined
      if (wrong)
        report({
          code: "E204",
          path,
          message: `Expected ${expected}: ${shown(value)} ${wrong}.`,
          fix: 'Write the names from the outside in, with dots between; a dot in a name is "\\\\.".',
        })
      return read
    },
  })
}

/** What some paths say about one place of a value. */
export interface Spot {
  /** The paths that lead here, by their index. */
  readonly ends: readonly number[]
  /** What they say about a field; undefined where none of them leads on. */
  field(name: string): Spot | undefined
  /** What they say about an item of a list. */
  item(index: number): Spot | undefined
}

// How far each of the paths is followed at a place: its index, and how many of its steps are behind.
type Position = readonly [path: number, step: number]

/**
 * The place where paths begin. Lists are passed through: a name leads to the fields of all items, as `*` leads to the
 * items themselves and a number to one of them.
 */
export function spotOf(paths: readonly FieldPath[]): Spot {
  const spots = new Map<string, Spot>()
  const numbers = paths.some((path) => path.some((step) => typeof step === "string" && isIndex(step)))
  return spot(paths.map((_, path) => [path, 0])) as Spot

  function spot(positions: readonly Position[]): Spot | undefined {
    // Any number of names may be none.
    const all = positions.flatMap(([path, step]): Position[] =>
      paths[path]?.[step] === deep
        ? [
            [path, step],
            [path, step + 1],
          ]
        : [[path, step]],
    )
    if (all.length === 0) return undefined
    const key = [...new Set(all.map(String))].join(" ")
    const found = spots.get(key)
    if (found) return found
    const made = build(all)
    spots.set(key, made)
    return made
  }

  function build(positions: readonly Position[]): Spot {
    const steps = positions.map(([path, step]) => paths[path]?.[step])
    const names = new Set(steps.filter((step) => typeof step === "string"))
    // Names are the sender's: only those that a path has are remembered.
    const known = new Map<string, Spot | undefined>()
    const on = once(() => spot(ahead(positions, undefined)))
    const through = once(() => spot(inList(positions, undefined)))
    return {
      ends: [...new Set(positions.flatMap(([path, step]) => (step === paths[path]?.length ? [path] : [])))],
      field(name) {
        if (!names.has(name)) return on()
        if (!known.has(name)) known.set(name, spot(ahead(positions, name)))
        return known.get(name)
      },
      item: (index) => (numbers && names.has(String(index)) ? spot(inList(positions, String(index))) : through()),
    }
  }

  function ahead(positions: readonly Position[], name: string | undefined): Position[] {
    return positions.flatMap(([path, step]): Position[] => {
      const next = paths[path]?.[step]
      if (next === deep) return [[path, step]]
      return next === any || (next !== undefined && next === name) ? [[path, step + 1]] : []
    })
  }

  function inList(positions: readonly Position[], index: string | undefined): Position[] {
    return positions.flatMap(([path, step]): Position[] => {
      const next = paths[path]?.[step]
      if (next === any || (next !== undefined && next === index)) return [[path, step + 1]]
      return next === undefined || (typeof next === "string" && isIndex(next)) ? [] : [[path, step]]
    })
  }
}

const isIndex = (name: string): boolean => /^\d+$/.test(name)

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => (made ??= { value: make() }).value
}
