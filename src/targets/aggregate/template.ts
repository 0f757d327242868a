import { reserved, type Source } from "./source.ts"

/** A place in a call where a value goes. */
export interface Hole {
  readonly source: Source
  /** As it stands in the config: `:cart.id`. */
  readonly written: string
}

/** A path or a query, taken apart at its holes. */
export type Template = readonly (string | Hole)[]

const step = String.raw`\.[\w$]+(?:-+[\w$]+)*`
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`)

/**
 * Takes a path or a query apart: `:id` and `*` of the route, `:query.q`, `:headers.x-user`, `:body.user.id`, `:item.id`,
 * and `:cart.id` where `parts` has a "cart". Behind the name of a parameter a dot is only a dot.
 */
export function template(text: string, parts: readonly string[]): Template {
  // The longest name first: "user-id" is not the part "user".
  const names = [...parts, ...reserved].toSorted((one, other) => other.length - one.length).map(escaped)
  const hole = new RegExp(`:(?:(${names.join("|")})(?!\\w)((?:${step})*)|([A-Za-z_]\\w*))|(\\*)`, "g")
  const made: (string | Hole)[] = []
  let end = 0
  for (const found of text.matchAll(hole)) {
    const [written, name, path = "", param, rest] = found
    if (found.index > end) made.push(text.slice(end, found.index))
    end = found.index + written.length
    const source: Source =
      name === undefined
        ? { from: "param", name: param ?? rest ?? "" }
        : sourceOf(name, path.split(".").slice(1), parts)
    made.push({ source, written })
  }
  if (end < text.length) made.push(text.slice(end))
  return made
}

/** Takes the name of a list apart: `cart.items`, `body.ids`. */
export function reference(text: string, parts: readonly string[]): Source {
  const [name = "", ...path] = text.split(".")
  const longest = parts
    .filter((part) => text === part || text.startsWith(`${part}.`))
    .toSorted((one, other) => other.length - one.length)[0]
  return longest === undefined
    ? sourceOf(name, path, parts)
    : sourceOf(longest, text.slice(longest.length).split(".").slice(1), parts)
}

function sourceOf(name: string, path: readonly string[], parts: readonly string[]): Source {
  if (parts.includes(name) || !reserved.has(name)) return { from: "part", name, path }
  if (name === "body" || name === "item") return { from: name, path }
  return { from: name as "query" | "headers", name: path.join(".") }
}

/** The holes of a template. */
export const holesOf = (made: Template): Hole[] => made.filter((piece) => typeof piece !== "string")
