import { nearest } from "../core/suggest.ts"
import { decoded, type MockSegment } from "./segments.ts"

/** What the name of a mock file says. */
export interface MockName {
  readonly service: string
  /** `ANY` answers every method that has no file of its own. */
  readonly method: string
  readonly segments: readonly MockSegment[]
  readonly variant: string
  readonly status: number | undefined
  readonly extension: string
}

/** Why a name cannot be understood. */
export interface NameProblem {
  readonly message: string
  readonly fix: string
}

/** The variant that answers when a request asks for none. */
export const standardVariant = "default"

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "ANY"])

// Says what is wrong, and the parts of the name that would be right.
type NameReport = (message: string, ...name: string[]) => NameProblem

const noMethod = "No method"

/** True for folders that hold no mocks: helpers, recordings, what tools keep for themselves. */
export const isIgnoredFolder = (name: string): boolean =>
  name.startsWith("_") || (name.startsWith(".") && name !== ".well-known")

// Helpers, dot-files, what editors leave behind, explanations.
const isIgnoredFile = (name: string): boolean =>
  /^[_.]|^README\.md$|^4913$|^Thumbs\.db$|^#.*#$|~$|\.(?:swp|swx|swo|tmp|bak|orig)$|___jb_(?:tmp|old)___$/i.test(name)

/** Reads `cart/items/[id](sold-out).GET.410.json`, a path below `mocks/`; undefined when the file is no mock at all. */
export function parseMockName(file: string): MockName | NameProblem | undefined {
  const steps = file.split("/")
  const last = steps.pop() as string
  if (isIgnoredFile(last) || steps.some(isIgnoredFolder)) return undefined
  const [service, ...folders] = steps
  const words = last.split(".")
  const renamed = (name: readonly string[]): string => `Rename it to "${["mocks", ...steps, name.join(".")].join("/")}"`
  const problem: NameReport = (message, ...name) => ({
    message: `${message} in the name of mock "mocks/${file}".`,
    fix: `${renamed(name)}${message === noMethod ? ", or move it to mocks/ itself when only a route names it" : ""}.`,
  })
  // Files beside the services' folders are there for routes with `mock: "mocks/…"`.
  if (service === undefined)
    return words.some((word) => methods.has(word))
      ? { message: `Mock "mocks/${file}" is in no service's folder.`, fix: `Move it to "mocks/<service>/${last}".` }
      : undefined
  if (words.length > 1 && methods.has(words.at(-1) as string)) return problem("No extension", last, "json")
  if (words.length === 1) return problem(noMethod, last, "GET", "json")

  const extension = words.pop()?.toLowerCase() as string
  const code = words.length > 1 && /^\d+$/.test(words.at(-1) as string) ? words.pop() : undefined
  const status = code === undefined ? undefined : Number(code)
  const after = code === undefined ? [extension] : [code, extension]
  const method = words.at(-1) as string
  if (!methods.has(method)) return methodProblem(words, after, problem)
  words.pop()
  const base = words.join(".")
  if (base === "") return problem("No path", "index", method, ...after)
  if (status !== undefined && !(status >= 200 && status <= 599 && code?.length === 3))
    return problem(`Status "${code}" is not one from 200 to 599`, base, method, extension)
  const before = words.length > 1 ? (words.at(-1) as string) : ""
  if (/^[1-5]\d\d$/.test(before) && status === undefined)
    return problem(`Status "${before}" stands before the method`, ...words.slice(0, -1), method, before, extension)
  if (methods.has(before)) return problem("Two methods", ...words.slice(0, -1), "ANY", ...after)

  const [, path = "", variant = standardVariant] = /^(.*?)(?:\(([^()]*)\))?$/s.exec(base) ?? []
  if (path === "") return problem("No path", `index${base}`, method, ...after)
  if (!/^[\w.-]+$/.test(variant))
    return problem(
      `Variant "${variant}" is not made of letters, digits, ".", "_" and "-"`,
      `${path}(${tamed(variant)})`,
      method,
      ...after,
    )
  const segments = readSegments(path === "index" ? folders : [...folders, path])
  if (typeof segments === "string")
    return {
      message: `${segments} in the name of mock "mocks/${file}".`,
      fix: "Write [id] for one segment, [...rest] for the end of a path.",
    }
  return { service, method, segments, variant, status, extension }
}

function methodProblem(words: string[], after: string[], problem: NameReport): NameProblem {
  const word = words.at(-1) as string
  const upper = word.toUpperCase()
  const base = words.slice(0, -1)
  if (base.length > 0 && methods.has(upper))
    return problem(`Method "${word}" is not in capitals`, ...base, upper, ...after)
  if (base.length > 0 && /^[A-Z]+$/.test(word))
    return problem(`Unknown method "${word}"`, ...base, nearest(word, methods) ?? "ANY", ...after)
  return problem(noMethod, ...words, "GET", ...after)
}

const tamed = (variant: string): string => variant.replace(/[^\w.-]+/g, "-").replace(/^-|-$/g, "") || standardVariant

function readSegments(texts: readonly string[]): MockSegment[] | string {
  const segments: MockSegment[] = []
  const names = new Set<string>()
  for (const [index, text] of texts.entries()) {
    const [, dots, name] = /^\[(\.\.\.)?([A-Za-z_]\w*)\]$/.exec(text) ?? []
    if (name === undefined) {
      if (/[[\]]/.test(text)) return `"${text}" is no parameter`
      segments.push({ text: decoded(text) })
      continue
    }
    if (names.has(name)) return `Parameter "${name}" stands twice`
    names.add(name)
    if (dots && index < texts.length - 1) return `"${text}" stands before the end of the path`
    segments.push(dots ? { rest: name } : { param: name })
  }
  return segments
}

/** The name of the file that would answer a pattern: what `parseMockName` reads back. */
export function mockFileName(service: string, method: string, segments: readonly MockSegment[]): string {
  const names = segments.map((segment) =>
    "param" in segment ? `[${segment.param}]` : "rest" in segment ? `[...${segment.rest}]` : fileText(segment.text),
  )
  const last = names.at(-1)
  if (last === undefined || last === "") names.splice(-1, 1, "index")
  else if (last === "index") names.splice(-1, 1, "%69ndex")
  else if (last.startsWith(".")) names.splice(-1, 1, `%2E${last.slice(1)}`)
  return ["mocks", service, ...names].join("/") + `.${methods.has(method) ? method : "ANY"}.json`
}

// Escaped is what a name may not hold on some disk, what would be read as its grammar, and what would be ignored.
const fileText = (text: string): string =>
  text
    .toWellFormed()
    .replace(
      /[\p{Cc}"#%()*/:<>?[\\\]|~]|^_|^\.(?!well-known$)|\.$|\.(?=(?:[1-5]\d\d|[A-Z]+)$)/gu,
      (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
    )
