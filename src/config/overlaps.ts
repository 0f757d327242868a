import type { Report } from "../core/schema.ts"
import { canonicalPath } from "../http/canonical-path.ts"
import { parameterOf, type RouteKey } from "./route-key.ts"
import type { Choice } from "./route.ts"
import { parseSegmentPattern } from "./segment-pattern.ts"

/** A route of a checked config. */
export interface CheckedRoute extends RouteKey {
  readonly key: string
  readonly choices: readonly Choice[]
}

/** A path in which parameters have numbers for names: two routes that match the same have the same. */
export function shapeOf(pattern: string): string {
  let count = 0
  return pattern
    .split("/")
    .map((segment) =>
      segment.startsWith(":")
        ? `:${count++}${normalPattern(segment)}`
        : segment === "*"
          ? "*"
          : canonicalSegment(segment),
    )
    .join("/")
}

/** The pattern of a parameter in the one spelling that stands for all, in its parentheses; nothing where it has none. */
function normalPattern(segment: string): string {
  const { pattern } = parameterOf(segment)
  if (pattern === undefined) return ""
  const read = parseSegmentPattern(pattern)
  return `(${"wrong" in read ? pattern : read.normal})`
}

// Clients escape what is not ASCII, people who write a config do not.
function canonicalSegment(segment: string): string {
  const escaped = segment.toWellFormed().replace(/[^!-~]+/g, encodeURIComponent)
  return canonicalPath(`/${escaped}`)?.slice(1) ?? segment
}

/** Finds routes that answer the same requests as an earlier one, and choices that are never asked. */
export function checkOverlaps(routes: readonly CheckedRoute[], report: Report): void {
  const taken = new Map<string, { key: string; any: boolean }[]>()
  for (const route of routes) {
    checkChoices(route, report)
    const shape = `${route.host ?? ""}${shapeOf(route.pattern)}`
    const before = taken.get(shape) ?? []
    taken.set(shape, before)
    const methods = route.methods.length === 0 ? ["any method"] : route.methods
    for (const method of methods) {
      const other = before.find((one) => one.any === (route.methods.length === 0) && one.key.startsWith(`${method}\n`))
      if (other)
        report({
          code: "E401",
          path: ["routes", route.key],
          on: "key",
          message: `"${route.key}" answers the same requests as "${other.key.slice(method.length + 1)}".`,
          fix: "Keep one of them, or make one route with a list of choices.",
        })
      else before.push({ key: `${method}\n${route.key}`, any: route.methods.length === 0 })
    }
  }
}

function checkChoices(route: CheckedRoute, report: Report): void {
  route.choices.slice(0, -1).forEach((choice, index) => {
    if (
      choice.when &&
      Object.values(choice.when).some((one) => (one instanceof Map ? one.size > 0 : one !== undefined))
    )
      return
    report({
      code: "E402",
      path: route.choices[index + 1]?.path ?? choice.path,
      message: "This choice is never asked: the one before it takes every request.",
      fix: "Give the one before it a when, or put it last.",
    })
  })
}
