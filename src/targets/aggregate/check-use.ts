import { list, type Path, type Report } from "../../core/schema.ts"
import { isIdempotent } from "./call.ts"
import { checkCollisions } from "./check-collisions.ts"
import type { Composing } from "./compose.ts"
import { kindOf } from "./kind.ts"
import type { Part } from "./part-options.ts"

type Option = keyof Part & string

const ofServices: readonly Option[] = [
  ...(["body", "retry", "schema", "pass", "compensate", "early", "fallbackLast", "fallbackMock"] as const),
]
const ofAnswers: readonly Option[] = ["pick", "omit", "rename", "map", "as"]

// The gateway frames the answer by itself, and what is said of one answer does not hold for all of them together.
const notPassed =
  /^(content-.*|cache-control|age|expires|etag|last-modified|accept-ranges|vary|date|connection|keep-alive|te|trailer|transfer-encoding|upgrade|x-bellhop-.*)$/i

/** Finds options of a part that can have no effect, or contradict each other; `isInner`: its aggregate is itself a part. */
export function checkUse(name: string, part: Part, isInner: boolean, path: Path, report: Report): void {
  const useless = (option: Option, why: string, fix = "Remove it."): void =>
    report({
      code: "E306",
      path: [...path, option],
      on: "key",
      message: `"${option}" has no effect on part "${name}": ${why}.`,
      fix,
    })
  const has = (option: Option): boolean => part[option] !== undefined && part[option] !== false
  if (part.aggregate) {
    for (const option of ofServices) if (has(option)) useless(option, "it calls no service by itself")
    checkAnswer(part, part.aggregate, path, report)
  } else
    for (const option of ["response", "merge"] as const)
      if (has(option)) useless(option, "it has no aggregate of its own")
  if (isInner && !part.aggregate && has("pass"))
    useless("pass", "its aggregate is a part of another one, and hands on a value only")
  if (part.body && part.request) useless("body", '"request" makes the whole request', "Give the body there.")
  const method = part.call?.method
  if (part.retry !== undefined && method !== undefined && !isIdempotent(method))
    useless("retry", `${method} may not be sent twice`)
  if (part.early && kindOf({ ...part, early: false }) === "safe") useless("early", "it changes nothing")
  if (part.compensate?.retry !== undefined && !isIdempotent(part.compensate.call.method))
    report({
      code: "E306",
      path: [...path, "compensate", "retry"],
      on: "key",
      message: `"retry" has no effect: ${part.compensate.call.method} may not be sent twice.`,
      fix: "Remove it.",
    })
  if (typeof part.forEach?.items === "function" && part.forEach.limit === undefined)
    report({
      code: "E202",
      path: [...path, "forEach"],
      message: 'Missing option "limit": a function may make a list of any length.',
      fix: "Say how many items are too many: limit: 100.",
    })
  checkValues(part, path, report)
}

function checkValues(part: Part, path: Path, report: Report): void {
  part.pass?.forEach((name, index) => {
    if (notPassed.test(name))
      report({
        code: "E204",
        path: [...path, "pass", index],
        message: `The header "${name}" of a part says nothing about the whole answer.`,
        fix: "Remove it: the gateway sees to it by itself.",
      })
  })
  const wrong = typeof part.fallback === "function" ? undefined : part.schema?.fits(part.fallback ?? null)
  if (part.fallback !== undefined && wrong !== undefined)
    report({
      code: "E204",
      path: [...path, "fallback"],
      message: `The fallback is not what the schema of this part says: ${wrong}.`,
      fix: "Correct one of them.",
    })
  const renamed = [...(part.rename ?? [])]
  renamed.forEach(([from, to], index) => {
    const other = renamed.slice(0, index).find((one) => newPath(one) === newPath([from, to]))
    if (other)
      report({
        code: "E204",
        path: [...path, "rename", from],
        message: `"${other[0]}" and "${from}" get one name: "${to}".`,
        fix: "Give them different names.",
      })
  })
}

const newPath = ([from, to]: readonly [string, string]): string => [...from.split(".").slice(0, -1), to].join(".")

/** Finds ways to put parts together that exclude each other, and fields that would be lost. */
export function checkAnswer(
  { response, merge }: Composing,
  parts: ReadonlyMap<string, Part>,
  path: Path,
  report: Report,
): void {
  if (response && merge !== undefined)
    report({
      code: "E306",
      path: [...path, "merge"],
      on: "key",
      message: '"merge" has no effect beside "response", which makes the whole answer.',
      fix: "Remove one of them.",
    })
  if (response) {
    for (const [name, part] of parts)
      for (const option of part ? ofAnswers : [])
        if (part[option] !== undefined)
          report({
            code: "E306",
            path: [...path, "aggregate", name, option],
            on: "key",
            message: `"${option}" has no effect beside "response", which is told the whole answer of part "${name}".`,
            fix: "Do it there, or remove one of them.",
          })
  } else {
    checkNames(parts, path, report)
    if (merge !== undefined) checkCollisions(parts, merge, path, report)
  }
}

function checkNames(parts: ReadonlyMap<string, Part>, path: Path, report: Report): void {
  const owners = new Map<string, string>()
  for (const [name, part] of parts) {
    const as = part?.as ?? name
    const owner = as === false ? undefined : owners.get(as)
    if (owner !== undefined)
      report({
        code: "E204",
        path: [...path, "aggregate", name, ...(part?.as === undefined ? [] : ["as"])],
        message: `Parts "${owner}" and "${name}" have one name in the answer: "${as}".`,
        fix: "Give one of them another name.",
      })
    else if (as !== false) owners.set(as, name)
  }
  if (parts.size > 0 && owners.size === 0)
    report({
      code: "E205",
      path: [...path, "aggregate"],
      message: `None of ${list([...parts.keys()].map((name) => `"${name}"`))} is in the answer, which would always be empty.`,
      fix: "Let one of them have a name, or make the answer with response.",
    })
}
