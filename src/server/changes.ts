import type { Gateway } from "../gateway/compile.ts"

/** How many of something came, changed and went. */
export interface Change {
  added: number
  changed: number
  removed: number
}

/** What differs between two configs, for the one line that a reload prints. */
export interface Changes {
  routes: Change
  services: Change
}

/** Compares two gateways by their options; functions count as changed when their text did. */
export function changesBetween(before: Gateway, after: Gateway): Changes {
  return {
    routes: compare(
      new Map(before.routes.map((route) => [route.key, written(route.choices)])),
      new Map(after.routes.map((route) => [route.key, written(route.choices)])),
    ),
    services: compare(
      new Map([...before.config.services].map(([name, options]) => [name, written(options)])),
      new Map([...after.config.services].map(([name, options]) => [name, written(options)])),
    ),
  }
}

function compare(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Change {
  const change = { added: 0, changed: 0, removed: 0 }
  for (const [key, value] of after) {
    const old = before.get(key)
    if (old === undefined) change.added++
    else if (old !== value) change.changed++
  }
  for (const key of before.keys()) if (!after.has(key)) change.removed++
  return change
}

/** A part of a config as text, to see whether it changed; functions are their source. */
export const written = (value: unknown): string =>
  JSON.stringify(value, (key, item: unknown) => {
    if (item instanceof Map) return [...item]
    if (typeof item === "function") return String(item)
    // A part is the same whatever config names it; its options follow beside it.
    return key === "part" && typeof item === "object" && item !== null && "name" in item ? item.name : item
  })
