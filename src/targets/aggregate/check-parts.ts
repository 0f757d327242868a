import type { Known } from "../../core/part.ts"
import { list, missingOption, type Path, type Report } from "../../core/schema.ts"
import { checkService } from "../../core/service-name.ts"
import { nearest } from "../../core/suggest.ts"
import { checkMentions } from "./check-mentions.ts"
import { checkUse } from "./check-use.ts"
import { namesTaken } from "./names-taken.ts"
import { allNeedsOf, needsOf } from "./needs.ts"
import { type Part, partFields } from "./part-options.ts"
import { reserved } from "./source.ts"

/** What is around an aggregate while it is checked. */
export interface Around {
  readonly known: Known
  /** The parts around the one that it is in, if it is in one. */
  readonly outer: readonly string[]
  /** Whether there is an item that its calls are for. */
  readonly hasItem: boolean
}

type Parts = ReadonlyMap<string, Part>

/** Finds parts that call nobody, names that point nowhere, needs that run in a circle, and options without effect. */
export function checkParts(parts: Parts, around: Around, path: Path, report: Report): void {
  if (parts.size === 0)
    report({
      code: "E205",
      path,
      message: "An aggregate without parts.",
      fix: 'Add a part such as cart: "cart GET /cart".',
    })
  for (const [name, part] of parts) {
    // A part that could not be read has its problem already.
    if (!part) continue
    const at = [...path, name]
    checkName(name, at, report)
    checkAim(part, around.known, at, report)
    const hasItem = around.hasItem || part.forEach !== undefined
    checkMentions(name, part, parts, { ...around, hasItem }, at, report)
    checkNeeds(name, part, parts, at, report)
    checkTold(name, part, parts, at, report)
    checkUse(name, part, around.outer.length > 0, at, report)
    if (part.aggregate)
      checkParts(
        part.aggregate,
        { known: around.known, outer: [...parts.keys(), ...around.outer], hasItem },
        [...at, "aggregate"],
        report,
      )
  }
  checkCircle(parts, path, report)
}

function checkName(name: string, path: Path, report: Report): void {
  if (reserved.has(name))
    report({
      code: "E204",
      path,
      on: "key",
      message: `A part cannot be called "${name}": ":${name}" stands for something of the request.`,
      fix: `Give it another name; as: "${name}" calls it so in the answer.`,
    })
  else if (name === "")
    report({ code: "E204", path, on: "key", message: "A part without a name.", fix: "Give it one." })
}

const aims = ["call", "request", "aggregate"] as const

/** A part has one thing that it is there for. */
function checkAim(part: Part, known: Known, path: Path, report: Report): void {
  const [first, second] = aims.filter((aim) => part[aim] !== undefined)
  if (first === undefined && part.service === undefined) report(missingOption("call", path, need("call")))
  if (first !== undefined && second !== undefined)
    report({
      code: "E306",
      path: [...path, second],
      on: "key",
      message: `"${second}" has no effect beside "${first}": a part is one of them.`,
      fix: "Keep one, or make it two parts.",
    })
  if (part.request && part.service === undefined) report(missingOption("service", path, need("service")))
  if (part.service !== undefined && first === undefined) report(missingOption("request", path, need("request")))
  else if (part.service !== undefined && !part.request)
    report({
      code: "E306",
      path: [...path, "service"],
      on: "key",
      message: `"service" has no effect beside "${first}".`,
      fix: 'Remove it, or write "request".',
    })
  if (part.call?.service) checkService(part.call.service, known, part.short ? path : [...path, "call"], report)
  if (part.service) checkService(part.service, known, [...path, "service"], report)
  if (part.compensate?.call?.service) checkService(part.compensate.call.service, known, [...path, "compensate"], report)
}

const need = (name: string) => partFields[name] as NonNullable<(typeof partFields)[string]>

function checkNeeds(name: string, part: Part, parts: Parts, path: Path, report: Report): void {
  part.needs?.forEach((other, index) => {
    if (parts.has(other) && other !== name) return
    const others = [...parts.keys()].filter((one) => one !== name)
    const meant = nearest(other, others)
    report({
      code: "E302",
      path: [...path, "needs", index],
      message:
        other === name
          ? `Part "${name}" needs itself.`
          : `Unknown part "${other}".${meant ? ` Did you mean "${meant}"?` : ""}`,
      fix: others.length > 0 ? `Other parts: ${list(others, "and")}.` : "Remove it: there is no other part.",
    })
  })
}

/** Functions are told of what is there for sure: what they take besides would always be undefined. */
function checkTold(name: string, part: Part, parts: Parts, path: Path, report: Report): void {
  // A need that is misspelt is the one that seems to be missing: told once is enough.
  if (part.needs?.some((need) => !parts.has(need))) return
  const told = allNeedsOf(name, parts)
  const check = (run: unknown, at: readonly string[], known: ReadonlySet<string>): void => {
    if (typeof run !== "function") return
    for (const taken of namesTaken(run as () => unknown)) {
      if (!parts.has(taken) || known.has(taken)) continue
      report({
        code: "E302",
        path: [...path, ...at],
        message: `"${at.at(-1)}" of part "${name}" is told nothing of part "${taken}", which "${name}" does not need.`,
        fix: taken === name ? `Take "${taken}" out.` : `Write "${taken}" among its needs.`,
      })
    }
  }
  for (const option of ["request", "when", "body"] as const) check(part[option], [option], told)
  check(part.forEach?.items, ["forEach", "items"], told)
  check(part.compensate?.body, ["compensate", "body"], new Set([...told, name]))
}

function checkCircle(parts: Parts, path: Path, report: Report): void {
  const circle = findCircle(parts)
  const [first] = circle ?? []
  if (!circle || first === undefined) return
  const part = parts.get(first)
  const places = part?.needs ? ["needs"] : part?.short ? [] : part?.aggregate ? ["aggregate"] : ["call"]
  report({
    code: "E303",
    path: [...path, first, ...places],
    message: `Parts need each other in a circle: ${[...circle, first].map((name) => `"${name}"`).join(" → ")}.`,
    fix: "Take one of these needs out; a part that another one names in its call is needed by it.",
  })
}

function findCircle(parts: Parts): string[] | undefined {
  const done = new Set<string>()
  const visit = (name: string, trail: string[]): string[] | undefined => {
    const start = trail.indexOf(name)
    if (start >= 0) return trail.slice(start)
    const part = parts.get(name)
    if (done.has(name) || !part) return undefined
    done.add(name)
    for (const other of needsOf(name, part, parts)) {
      const found = visit(other, [...trail, name])
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
