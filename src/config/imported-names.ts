import { dirname } from "node:path"

import { readText, realPath } from "./files.ts"
import type { Place } from "./issue.ts"

/** A name that a file takes from another module. */
export interface ImportedName {
  /** As the other module has it: `default` for a default. */
  readonly name: string
  /** The module as it is written, and the file that it means. */
  readonly path: string
  readonly target: string | undefined
  readonly place: Place
}

const clause = /\b(import|export)\s+(?:type\s+)?([^"'`;]*?)\s*\bfrom\s*["']([^"']+)["']/g
const braced = /(?<=[{,]\s*)(?:type\s+)?([\w$]+)(?=\s*(?:,|\}|as\s))/g

/** Every name that a file imports or hands on, in order, and where it stands. */
export function importedNames(file: string): ImportedName[] {
  const source = withoutComments(readText(file) ?? "")
  return [...source.matchAll(clause)].flatMap(({ index, 0: whole, 1: keyword, 2: names = "", 3: path = "" }) => {
    const target = targetOf(path, file)
    const start = index + whole.indexOf(names, keyword?.length)
    const taken = (name: string, at: number, length: number): ImportedName => ({
      name,
      path,
      target,
      place: placeAt(file, source, start + at, length),
    })
    const standard = keyword === "import" ? /^[\w$]+/.exec(names) : null
    return [
      ...(standard ? [taken("default", 0, standard[0].length)] : []),
      ...[...names.matchAll(braced)].map((one) => {
        const [all, name = ""] = one
        return taken(name, one.index + all.length - name.length, name.length)
      }),
    ]
  })
}

/** The same text with spaces in place of its comments. */
export const withoutComments = (source: string): string =>
  source.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, (comment) => comment.replace(/[^\n]/g, " "))

function targetOf(path: string, file: string): string | undefined {
  try {
    return Bun.resolveSync(path, dirname(realPath(file)))
  } catch {
    return undefined
  }
}

function placeAt(file: string, source: string, at: number, length: number): Place {
  const before = source.slice(0, at).split("\n")
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1, length }
}
