import { type Follow, follow, isFunction } from "./follow.ts"
import type { Place } from "./issue.ts"
import { type ObjectLiteral, sourceModules, type Spot } from "./source-module.ts"

type Path = readonly (string | number)[]

/** A key that is written twice in one object literal, so that the first value is lost. */
export interface DuplicateKey {
  path: (string | number)[]
  place: Place
  first: Place
}

/** Tells where in the source files the values of a config are written. */
export interface Places {
  /**
   * The place of the key or the value at a path, or of the deepest thing on the way to it that could be found.
   * Asked for neither, it is the value, or the key of a value that goes over several lines.
   */
  find(path: Path, on?: "key" | "value"): Place | undefined
  /** All keys that are written twice in one object literal of the config. */
  duplicates(): DuplicateKey[]
}

interface Reached {
  depth: number
  key?: Spot | undefined
  value: Spot
}

const stepsToFind = 20_000
const stepsToVisitAll = 500_000

/** Makes the map from paths in the config with entry file `entry` to places in its sources; parses only when asked. */
export function places(entry: string, read: (file: string) => string | undefined): Places {
  const modules = sourceModules(read)

  function find(path: Path, on?: "key" | "value"): Place | undefined {
    try {
      const module = modules.open(entry)
      if (!module) return undefined
      const start = modules.exported(module, "default")
      if (!start) return { file: module.file, line: 1, column: 1, length: 1 }
      const source = follow(modules, stepsToFind)
      const reached = walk(source, path, { depth: 0, value: start })
      const { key } = reached
      if (key && (on === "key" || lacksKey(source, path, reached))) return placeOf(key)
      const value = source.origin(reached.value)
      const { start: begin, end } = value.node.loc ?? {}
      return placeOf(key && on === undefined && begin?.line !== end?.line ? key : value)
    } catch {
      return undefined
    }
  }

  function duplicates(): DuplicateKey[] {
    const found: DuplicateKey[] = []
    try {
      const module = modules.open(entry)
      const start = module && modules.exported(module, "default")
      if (start) collect(follow(modules, stepsToVisitAll), start, [], found, new Set())
    } catch {
      // What was found before the trouble is still true.
    }
    return found
  }

  return { find, duplicates }
}

function walk(source: Follow, path: Path, from: Reached): Reached {
  const [key, ...rest] = path
  if (key === undefined) return from
  let best = from
  for (const spot of source.alternatives(from.value)) {
    for (const member of source.members(spot, String(key))) {
      const reached = walk(source, rest, { depth: from.depth + 1, key: member.key, value: member.value })
      if (reached.depth > best.depth) best = reached
    }
  }
  return best
}

// Where an option is missing, the name of the thing it is missing from says more than its opening brace.
function lacksKey(source: Follow, path: Path, reached: Reached): boolean {
  if (reached.depth === path.length) return false
  return source.alternatives(reached.value).some(({ node }) => /^(Object|Array)Expression$/.test(node.type))
}

function collect(
  source: Follow,
  spot: Spot,
  path: (string | number)[],
  found: DuplicateKey[],
  seen: Set<unknown>,
): void {
  for (const value of source.alternatives(spot)) {
    const { node } = value
    if (seen.has(node)) continue
    seen.add(node)
    if (node.type === "ObjectExpression") {
      found.push(...repeated(source, value, node, path))
      for (const property of node.properties) {
        if (property.type === "SpreadElement") collect(source, { ...value, node: property.argument }, path, found, seen)
        else if (property.type === "ObjectProperty") {
          const name = source.nameOf(property, value)
          if (name !== undefined) collect(source, { ...value, node: property.value }, [...path, name], found, seen)
        }
      }
    } else if (node.type === "ArrayExpression") {
      node.elements.forEach((element, index) => {
        if (element?.type === "SpreadElement") collect(source, { ...value, node: element.argument }, path, found, seen)
        else if (element) collect(source, { ...value, node: element }, [...path, index], found, seen)
      })
    } else if (path.length === 0 && isFunction(node)) {
      for (const result of source.returned(value)) collect(source, result, path, found, seen)
    }
  }
}

function repeated(source: Follow, spot: Spot, object: ObjectLiteral, path: (string | number)[]): DuplicateKey[] {
  const firsts = new Map<string, Place>()
  const found: DuplicateKey[] = []
  for (const property of object.properties) {
    if (property.type === "SpreadElement") continue
    // A getter and a setter of one name belong together.
    if (property.type === "ObjectMethod" && property.kind !== "method") continue
    const name = source.nameOf(property, spot)
    const place = placeOf({ ...spot, node: property.key as Spot["node"] })
    if (name === undefined) continue
    const first = firsts.get(name)
    if (first) found.push({ path: [...path, name], place, first })
    else firsts.set(name, place)
  }
  return found
}

function placeOf({ module, node }: Spot): Place {
  const start = node.start ?? 0
  const [firstLine = ""] = module.source.slice(start, node.end ?? start).split(/[\n\r\u2028\u2029]/, 1)
  const { line, column } = node.loc?.start ?? { line: 1, column: 0 }
  return { file: module.file, line, column: column + 1, length: Math.max(1, firstLine.trimEnd().length) }
}
