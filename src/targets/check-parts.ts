import type { Known } from "../core/part.ts"
import { list, type Path, type Report } from "../core/schema.ts"
import { checkService } from "../core/service-name.ts"
import { nearest } from "../core/suggest.ts"
import type { Call, PartOptions } from "./aggregate-part.ts"
import { checkParams } from "./names.ts"

type Parts = ReadonlyMap<string, Call | PartOptions>

const needsOf = (part: Call | PartOptions | undefined): readonly string[] =>
  part && "call" in part ? (part.needs ?? []) : []

/** Every part that has to be there before this one: its needs, and theirs. */
export function neededBy(name: string, parts: Parts, found: Set<string> = new Set()): ReadonlySet<string> {
  for (const need of needsOf(parts.get(name))) {
    if (found.has(need)) continue
    found.add(need)
    neededBy(need, parts, found)
  }
  return found
}

/** Finds calls to unknown services, needs that point nowhere and needs that run in a circle. */
export function checkParts(parts: Parts, known: Known, path: Path, report: Report): void {
  if (parts.size === 0)
    report({
      code: "E205",
      path,
      message: "An aggregate without parts.",
      fix: 'Add a part such as cart: "cart GET /cart".',
    })
  for (const [name, part] of parts) {
    if (!part) continue
    const call = "call" in part ? part.call : part
    const at = "call" in part ? [...path, name, "call"] : [...path, name]
    if (call?.service) {
      checkService(call.service, known, at, report)
      checkParams(call.path + call.search, known, at, report)
    }
    needsOf(part).forEach((need, index) => {
      if (parts.has(need) && need !== name) return
      const others = [...parts.keys()].filter((other) => other !== name)
      const meant = nearest(need, others)
      report({
        code: "E302",
        path: [...path, name, "needs", index],
        message:
          need === name
            ? `Part "${name}" needs itself.`
            : `Unknown part "${need}".${meant ? ` Did you mean "${meant}"?` : ""}`,
        fix: others.length > 0 ? `Other parts: ${list(others, "and")}.` : "Remove it: there is no other part.",
      })
    })
  }
  const circle = findCircle(parts)
  const [first] = circle ?? []
  if (circle && first !== undefined)
    report({
      code: "E303",
      path: [...path, first, "needs"],
      message: `Parts need each other in a circle: ${[...circle, first].map((name) => `"${name}"`).join(" → ")}.`,
      fix: "Take one of these needs out.",
    })
}

function findCircle(parts: Parts): string[] | undefined {
  const done = new Set<string>()
  const visit = (name: string, trail: string[]): string[] | undefined => {
    const start = trail.indexOf(name)
    if (start >= 0) return trail.slice(start)
    if (done.has(name)) return undefined
    done.add(name)
    for (const need of needsOf(parts.get(name))) {
      if (need === name || !parts.has(need)) continue
      const found = visit(need, [...trail, name])
      if (found) return found
    }
    return undefined
  }
  for (const name of parts.keys()) {
    const found = visit(name, [])
    if (found) return found
  }
  return undefined
}
