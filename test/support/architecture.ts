import { posix } from "node:path"

import { type SourceFacts, sourceFacts } from "./source-facts.ts"

/** The staircase: imports go down it. What is on one line shares a floor. */
const staircase: readonly (readonly string[])[] = [
  ["core", "http", "formats"],
  ["policies", "targets", "services", "mocks", "observe", "stores", "openapi"],
  ["config"],
  ["gateway"],
  ["server", "dashboard"],
  ["cli"],
  ["main.ts", "index.ts"],
]

/** Doors between rooms of one floor: the messages that core speaks of are described in http. */
const doors: Record<string, readonly string[]> = { core: ["http"], "main.ts": ["index.ts"] }

/** Folders that say nothing about what is in them. */
const emptyNames = ["utils", "helpers", "common", "misc", "shared", "types", "interfaces"]

const longest = 300

export const rules = [
  "every file can be read",
  "imports go down the staircase",
  "imports name a file that exists, with its ending",
  "files do not import each other in a circle",
  "files are short, or say why not",
  "folders have telling names",
  "only the server imports Elysia",
  "every part stands on its shelf",
  "types are told, not switched off",
  "nothing is left for later",
] as const

/** A place where the house is not as it should be. */
export interface Violation {
  rule: (typeof rules)[number]
  message: string
}

type Report = (rule: Violation["rule"], message: string) => void

interface Source extends SourceFacts {
  path: string
  code: string
  /** Files of ours that it imports. */
  uses: { path: string; line: number }[]
}

/** Finds what breaks the rules of the house in a tree of files: path from the root, with /, to content. */
export function violations(files: ReadonlyMap<string, string>): Violation[] {
  const found: Violation[] = []
  const report: Report = (rule, message) => found.push({ rule, message })
  const sources = [...files].filter(([path]) => path.endsWith(".ts")).map(([path, code]) => read(path, code))
  const inSrc = sources.filter(({ path }) => path.startsWith("src/"))

  for (const source of sources) {
    if (source.broken !== undefined) report("every file can be read", `${source.path}: ${source.broken}`)
    checkTypes(source, report)
    checkLeftovers(source, report)
  }
  for (const source of inSrc) {
    checkFloors(source, report)
    checkExistence(source, files, report)
    checkLength(source, report)
    checkElysia(source, report)
    checkShelf(source, inSrc, report)
  }
  checkFolders([...files.keys()], report)
  checkCircles(inSrc, report)
  return found
}

function read(path: string, code: string): Source {
  const facts = sourceFacts(code)
  const uses = facts.imports
    .filter(({ specifier }) => specifier.startsWith("."))
    .map(({ specifier, line }) => ({ path: posix.join(posix.dirname(path), specifier), line }))
  return { ...facts, path, code, uses }
}

function checkFloors({ path, uses, imports }: Source, report: Report): void {
  const rule = "imports go down the staircase"
  const from = roomOf(path)
  if (floorOf(from) < 0) return report(rule, `${path}: "${from}" is not a room of the house: src/README.md names them`)
  for (const { path: to, line } of uses) {
    const room = roomOf(to)
    if (to === "package.json" || room === from || doors[from]?.includes(room)) continue
    if (!to.startsWith("src/")) report(rule, `${path}:${line} imports ${to}, which is not in src`)
    else if (floorOf(room) === floorOf(from))
      report(rule, `${path}:${line} imports ${to}: "${room}" is on the same floor`)
    else if (floorOf(room) > floorOf(from) || floorOf(room) < 0) {
      report(rule, `${path}:${line} imports ${to}: "${room}" is above "${from}"`)
    }
  }
  for (const { specifier, line } of imports) {
    if (specifier === "bellhop")
      report(rule, `${path}:${line} imports "bellhop", which is for configs: import the file`)
  }
}

function roomOf(path: string): string {
  return path.split("/")[1] ?? path
}

function floorOf(room: string): number {
  return staircase.findIndex((floor) => floor.includes(room))
}

// An import that leads nowhere would hide from all other rules.
function checkExistence({ path, uses }: Source, files: ReadonlyMap<string, string>, report: Report): void {
  for (const { path: to, line } of uses) {
    if (files.has(to) || !to.startsWith("src/")) continue
    report("imports name a file that exists, with its ending", `${path}:${line} imports ${to}`)
  }
}

function checkLength({ path, code }: Source, report: Report): void {
  const lines = code.trimEnd().split("\n").length
  if (lines <= longest || /^\/\/ long:[ \t]*\S/.test(code)) return
  report(
    "files are short, or say why not",
    `${path} has ${lines} lines, more than ${longest}: split it, or begin it with "// long: <reason>"`,
  )
}

function checkFolders(paths: readonly string[], report: Report): void {
  const folders = new Set(
    paths.flatMap((path) =>
      path
        .split("/")
        .slice(0, -1)
        .map((_, i, all) => all.slice(0, i + 1).join("/")),
    ),
  )
  for (const folder of folders) {
    if (!emptyNames.includes(posix.basename(folder))) continue
    report("folders have telling names", `${folder}/ says nothing: name it after what is in it`)
  }
}

function checkElysia({ path, imports }: Source, report: Report): void {
  if (roomOf(path) === "server") return
  for (const { specifier, line } of imports) {
    if (!/^(elysia|@elysiajs)(\/|$)/.test(specifier)) continue
    report("only the server imports Elysia", `${path}:${line} imports "${specifier}"`)
  }
}

/** A part that its shelf does not list cannot be named in a config, and nothing else would tell. */
function checkShelf({ path, parts }: Source, sources: readonly Source[], report: Report): void {
  const main = camelCase(posix.basename(path, ".ts"))
  if (posix.basename(path) === "index.ts" || !parts.includes(main)) return
  const shelf = shelfOf(posix.dirname(path), sources)
  const rule = "every part stands on its shelf"
  if (!shelf) report(rule, `${path} exports the part "${main}", but no index.ts beside or above it is a shelf`)
  else if (!shelf.uses.some((use) => use.path === path))
    report(rule, `${path} exports the part "${main}", but ${shelf.path} does not list it`)
}

function shelfOf(folder: string, sources: readonly Source[]): Source | undefined {
  if (!folder.startsWith("src/")) return undefined
  return sources.find(({ path }) => path === `${folder}/index.ts`) ?? shelfOf(posix.dirname(folder), sources)
}

function camelCase(kebab: string): string {
  return kebab.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

function checkTypes({ path, anys, comments }: Source, report: Report): void {
  const rule = "types are told, not switched off"
  for (const line of anys) report(rule, `${path}:${line} uses the type any: use unknown, or the type it is`)
  // A test of the types has to say where it expects an error.
  const off = path.startsWith("src/") ? /^@ts-(ignore|nocheck|expect-error)/ : /^@ts-(ignore|nocheck)/
  for (const { text, line } of comments) if (off.test(text)) report(rule, `${path}:${line} says "${text}"`)
}

function checkLeftovers({ path, comments }: Source, report: Report): void {
  for (const { text, line } of comments) {
    const mark = /\b(TODO|FIXME)\b/.exec(text)?.[0]
    if (mark) report("nothing is left for later", `${path}:${line} says ${mark}: do it, or leave it out`)
  }
}

/** Each circle is told once, by the shortest way around from its first file. */
function checkCircles(sources: readonly Source[], report: Report): void {
  const graph = new Map(sources.map(({ path, uses }) => [path, uses.map((use) => use.path)]))
  const told = new Set<string>()
  for (const start of [...graph.keys()].sort()) {
    if (told.has(start)) continue
    const circle = wayBack(start, graph)
    if (!circle) continue
    for (const path of circle) told.add(path)
    report("files do not import each other in a circle", circle.join(" → "))
  }
}

function wayBack(start: string, graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const ways: string[][] = [[start]]
  const seen = new Set<string>()
  for (const way of ways) {
    for (const next of graph.get(way.at(-1) ?? start) ?? []) {
      if (next === start) return [...way, start]
      if (seen.has(next)) continue
      seen.add(next)
      ways.push([...way, next])
    }
  }
  return undefined
}
