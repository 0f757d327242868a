import type { Report } from "../core/schema.ts"
import type { CheckedRoute } from "./overlaps.ts"
import { parameterOf } from "./route-key.ts"
import { covers, parseSegmentPattern, type SegmentPattern } from "./segment-pattern.ts"

type Segment = string | SegmentPattern

interface Candidate {
  readonly route: CheckedRoute
  readonly segments: readonly Segment[]
}

/** Finds routes that are never asked because the pattern of an earlier one takes all that theirs would. */
export function checkHidden(routes: readonly CheckedRoute[], report: Report): void {
  const before: Candidate[] = []
  for (const route of routes) {
    const segments = segmentsOf(route.pattern)
    if (segments.every((segment) => typeof segment === "string")) continue
    const first = before.find((other) => hides(other, { route, segments }, before))
    if (first)
      report({
        code: "E402",
        path: ["routes", route.key],
        on: "key",
        message: `"${route.key}" is never asked: "${first.route.key}" stands before it and takes all of its requests.`,
        fix: "Put the narrower one first, or remove it.",
      })
    before.push({ route, segments })
  }
}

const segmentsOf = (pattern: string): Segment[] => pattern.slice(1).split("/").map(segmentOf)

function segmentOf(segment: string): Segment {
  if (!segment.startsWith(":")) return segment
  const { pattern } = parameterOf(segment)
  const read = pattern === undefined ? undefined : parseSegmentPattern(pattern)
  return read && !("wrong" in read) ? read : ":"
}

function hides(wide: Candidate, narrow: Candidate, before: readonly Candidate[]): boolean {
  const [{ route, segments }, { route: other, segments: those }] = [wide, narrow]
  const { methods } = other
  const takesMethods =
    route.methods.length === 0 || (methods.length > 0 && methods.every((method) => route.methods.includes(method)))
  if (!takesMethods || route.host !== other.host || segments.length !== those.length) return false
  const at = segments.findIndex((segment, index) => !same(segment, those[index]))
  if (at < 0 || !segments.every((segment, index) => takesAll(segment, those[index]))) return false
  // Where an even earlier route has the narrower pattern at this place, that one is tried first there.
  return !before
    .slice(0, before.indexOf(wide))
    .some(({ segments: early }) => those.slice(0, at + 1).every((segment, index) => same(segment, early[index])))
}

const same = (one: Segment | undefined, other: Segment | undefined): boolean =>
  typeof one === "object" && typeof other === "object" ? one.normal === other.normal : one === other

const takesAll = (wide: Segment, narrow: Segment | undefined): boolean =>
  typeof wide === "object" && typeof narrow === "object" ? covers(wide, narrow) || same(wide, narrow) : wide === narrow
