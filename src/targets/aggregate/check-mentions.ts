import type { Known } from "../../core/part.ts"
import { list, type Path, type Report } from "../../core/schema.ts"
import { nearest } from "../../core/suggest.ts"
import { canonicalPath } from "../../http/canonical-path.ts"
import { ascii } from "../path-template.ts"
import { type Mention, mentionsOf } from "./needs.ts"
import type { Part } from "./part-options.ts"
import { reserved } from "./source.ts"
import { holesOf, template } from "./template.ts"

interface Around {
  readonly known: Known
  readonly outer: readonly string[]
  readonly hasItem: boolean
}

/** Finds places of a call that nothing can be put into, and lists that are not there. */
export function checkMentions(
  name: string,
  part: Part,
  parts: ReadonlyMap<string, Part>,
  around: Around,
  path: Path,
  report: Report,
): void {
  const names = [...parts.keys(), ...around.outer]
  checkPatterns(part, path, report)
  for (const mention of mentionsOf(part, names)) {
    const problem = wrong(name, mention, names, part, around)
    if (problem) report({ code: "E307", path: [...path, ...mention.path], ...problem })
  }
  if (part.call) checkFixed(part.call.path, names, part.short ? path : [...path, "call"], report)
  if (part.compensate?.call) checkFixed(part.compensate.call.path, names, [...path, "compensate"], report)
}

type Wrong = { code?: "E204" | "E302"; message: string; fix: string } | undefined

function wrong(
  name: string,
  { path, text, hole }: Mention,
  names: readonly string[],
  part: Part,
  around: Around,
): Wrong {
  const { source, written } = hole
  const { params } = around.known
  const inList = path[0] === "forEach"
  if (source.from === "part" && !names.includes(source.name)) return unknownList(source.name, names)
  if (source.from === "part" && source.name === name && path[0] !== "compensate")
    return { code: "E302", message: `Part "${name}" needs itself.`, fix: `Take "${written}" out of it.` }
  if (source.from === "part" && params.has(source.name) && !inList)
    return {
      code: "E204",
      message: `"${written}" in "${text}" could be the part or the parameter of the route: both are called "${source.name}".`,
      fix: `Rename the part; as: "${source.name}" calls it so in the answer.`,
    }
  if (source.from !== "param" && source.from !== "part" && params.has(source.from) && !inList)
    return {
      code: "E204",
      message: `"${written}" in "${text}" could be of the request or the parameter ":${source.from}" of the route.`,
      fix: "Give the parameter of the route another name.",
    }
  if (source.from === "item" && (!around.hasItem || (inList && !around.outer.length)))
    return { message: `"${written}" in "${text}": there is an item only in a part with forEach.`, fix: "Add forEach." }
  if ((source.from === "query" || source.from === "headers") && (source.name === "" || inList)) {
    const kind = source.from === "query" ? "parameter of the query" : "header"
    return inList
      ? { code: "E204", message: `"${written}" is no list.`, fix: 'Name a list in an answer, such as "cart.items".' }
      : {
          message: `"${written}" in "${text}" names no ${kind}.`,
          fix: `Write ":${source.from}." with a name behind it.`,
        }
  }
  if (source.from === "param" && !params.has(source.name)) return unknownParam(source.name, text, names, params, part)
  return undefined
}

function unknownList(name: string, names: readonly string[]): Wrong {
  const meant = nearest(name, [...names, "body"])
  return {
    code: "E302",
    message: `Unknown part "${name}".${meant ? ` Did you mean "${meant}"?` : ""}`,
    fix: names.length > 0 ? `Parts: ${list(names, "and")}; "body" is the client's.` : 'Name a list in "body".',
  }
}

function unknownParam(
  name: string,
  text: string,
  parts: readonly string[],
  params: ReadonlySet<string>,
  part: Part,
): Wrong {
  const written = name === "*" ? "*" : `:${name}`
  const has = [...params].map((param) => (param === "*" ? "*" : `:${param}`))
  const words = [...parts, ...reserved].filter((word) => word !== "item" || part.forEach)
  const meant = nearest(name, words)
  return {
    message: `"${written}" in "${text}" is not a parameter of the route${parts.length > 0 ? ", nor a part" : ""}.${meant ? ` Did you mean ":${meant}"?` : ""}`,
    fix: has.length > 0 ? `The route has ${list(has, "and")}.` : `Add ${written} to the path of the route.`,
  }
}

// Letters that no path may hold tell that this is a pattern, and not text behind a parameter.
const pattern = /(:[A-Za-z_]\w*)\([^/()]*[\\[{|^][^/]*/

function checkPatterns(part: Part, path: Path, report: Report): void {
  const [patterned, named] = pattern.exec(part.call?.path ?? "") ?? []
  if (patterned !== undefined)
    report({
      code: "E204",
      path: part.short ? path : [...path, "call"],
      message: `"${patterned}" has a pattern, which only the path of a route may have.`,
      fix: `Write "${named}".`,
    })
}

function checkFixed(text: string, names: readonly string[], path: Path, report: Report): void {
  if (pattern.test(text) || holesOf(template(text, names)).length > 0) return
  if (canonicalPath(ascii(text), true) === undefined)
    report({
      code: "E204",
      path,
      message: `The path "${text}" is not valid.`,
      fix: "Write it without dot segments, and escape what a path may not hold.",
    })
}
