import type { Exchange } from "../../core/exchange.ts"
import type { Known } from "../../core/part.ts"
import { list, type Path, type Report } from "../../core/schema.ts"
import { valueAt } from "./fields.ts"

/** What can be put into a template: the request as the client sent it, and a body. */
export interface Given {
  readonly exchange: Exchange
  /** The client's query. */
  readonly search: string
  readonly body: unknown
}

/** A placeholder: as it is written, where it stands in the config, and where its value comes from. */
export type Hole = { readonly written: string; readonly at: Path } & Source

type Source =
  | { readonly from: "query" | "headers"; readonly name: string }
  /** With `isText`, only where the route has this parameter: "urn:orders" is a text for all others. */
  | { readonly from: "param"; readonly name: string; readonly isText: boolean }
  | { readonly from: "body"; readonly path: readonly string[] }

/** A text, taken apart at its placeholders. */
export type Template = readonly (string | Hole)[]

const step = String.raw`\.[\w$]+(?:-+[\w$]+)*`
const holes = new RegExp(`::|:(?:(query|headers)((?:${step})+)|(body)(?!\\w)((?:${step})*)|([A-Za-z_]\\w*)|(\\*))`, "g")

/**
 * Takes a text apart: `:id` and `:*` of the route, `:query.q`, `:headers.x-user`, and `:body.user.id`. Behind the name
 * of a parameter a dot is only a dot, and `::` is a colon. Right behind a letter or a digit, as in "urn:orders", what the
 * route has no parameter for is text.
 */
export function readTemplate(text: string, at: Path = []): Template {
  const made: (string | Hole)[] = []
  let literal = ""
  let end = 0
  for (const found of text.matchAll(holes)) {
    const [written, word, name = "", body, path = "", param, rest] = found
    literal += text.slice(end, found.index)
    end = found.index + written.length
    if (written === "::") {
      literal += ":"
      continue
    }
    if (literal !== "") made.push(literal)
    literal = ""
    if (word === "query" || word === "headers") made.push({ from: word, name: name.slice(1), written, at })
    else if (body !== undefined) made.push({ from: "body", path: path.split(".").slice(1), written, at })
    else {
      const isText = /\w$/.test(text.slice(0, found.index))
      made.push({ from: "param", name: param ?? rest ?? "", isText, written, at })
    }
  }
  literal += text.slice(end)
  if (literal !== "") made.push(literal)
  return made
}

/** The placeholders of a template. */
export const holesOf = (template: Template): Hole[] => template.filter((piece) => typeof piece !== "string")

/** Makes the value of a template: a placeholder on its own keeps its kind, and is undefined where nothing is there. */
export function filler(template: Template): (given: Given) => unknown {
  const pieces = template.map((piece) => (typeof piece === "string" ? piece : reader(piece)))
  const [only = ""] = pieces
  if (pieces.length < 2) return typeof only === "string" ? () => only : only
  return (given) => pieces.map((piece) => (typeof piece === "string" ? piece : asText(piece(given)))).join("")
}

/** Makes the text of a template; undefined where it is one placeholder for which nothing is there. */
export function textFiller(template: Template): (given: Given) => string | undefined {
  const fill = filler(template)
  return (given) => {
    const value = fill(given)
    return value === undefined || value === null ? undefined : asText(value)
  }
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return ""
  return typeof value === "object" ? JSON.stringify(value) : String(value)
}

function reader(source: Hole): (given: Given) => unknown {
  switch (source.from) {
    case "param":
      return ({ exchange }) => {
        const value = exchange.params.get(source.name)
        if (value === undefined) return source.isText ? source.written : undefined
        return decoded(value)
      }
    case "query":
      return ({ search }) => new URLSearchParams(search).get(source.name) ?? undefined
    case "headers": {
      const name = source.name.toLowerCase()
      return ({ exchange }) => exchange.headers.get(name)
    }
    case "body":
      return ({ body }) => valueAt(body, source.path)
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Reports placeholders for which a route, or this place, has nothing. */
export function checkHoles(found: Iterable<Hole>, known: Known, report: Report, bodies = true): void {
  for (const hole of found) {
    const { from, written, at: path } = hole
    const asText = `Write ":${written}" if it is only text.`
    if (from === "body" && !bodies)
      report({
        code: "E204",
        path,
        message: `"${written}" stands for something of a body, which is not read here.`,
        fix: asText,
      })
    if (from !== "param" || hole.isText || known.params.has(hole.name)) continue
    const has = [...known.params].map((name) => `":${name}"`)
    const fix = has.length > 0 ? `The route has ${list(has, "and")}.` : `Add "${written}" to the path of the route.`
    report({ code: "E307", path, message: `"${written}" is not a parameter of the route.`, fix: `${fix} ${asText}` })
  }
}
