import { readFile, stat } from "node:fs/promises"
import { dirname, resolve } from "node:path"

import type { Issue } from "./issue.ts"
import { typeMessage } from "./type-message.ts"

/** How a type check is run. */
export interface TypeCheckOptions {
  /** Gives the check up; the result is then empty. */
  signal?: AbortSignal | undefined
  /** The executable that holds the type checker: this one unless said otherwise. */
  executable?: string | undefined
}

// An update puts another file in the place of the one that runs; this leads to the running one for as long as it runs.
const itself = process.platform === "linux" ? "/proc/self/exe" : process.execPath

/** Type checks the project in a folder, or of a tsconfig file, with the checker inside the executable. */
export async function typeCheck(project: string, options: TypeCheckOptions = {}): Promise<Issue[]> {
  const { signal, executable = itself } = options
  const path = resolve(project)
  try {
    // The checker names files relative to its working directory.
    const cwd = (await stat(path)).isDirectory() ? path : dirname(path)
    if (signal?.aborted) return []
    const flags = ["--no-script", "--no-pretty", "--all", "--noErrorTruncation"]
    const child = Bun.spawn([executable, "check", "-p", path, ...flags], {
      cwd,
      env: { ...process.env, BUN_BE_BUN: "1", NO_COLOR: "1" },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      ...(signal ? { signal } : {}),
    })
    const [output, trouble] = await Promise.all([textOf(child.stdout), textOf(child.stderr), child.exited])
    if (signal?.aborted) return []
    const issues = await readIssues(output, cwd)
    if (child.exitCode === 0 || (child.exitCode === 1 && issues.length > 0)) return issues
    const ending = child.signalCode ? `was ended by ${child.signalCode}` : `ended with code ${child.exitCode}`
    return [...issues, failed(`it ${ending}`, lastLine(trouble) ?? lastLine(output))]
  } catch (error) {
    return signal?.aborted ? [] : [failed(error instanceof Error ? error.message : String(error))]
  }
}

function textOf(stream: ReadableStream): Promise<string> {
  return new Response(stream).text()
}

function failed(reason: string, detail?: string): Issue {
  const message = `Cannot check types: ${reason}${detail ? ` ("${detail}")` : ""}.`
  return { code: "E901", message, fix: "Run bellhop doctor to see what the type checker needs.", severity: "error" }
}

function lastLine(text: string): string | undefined {
  return text.trim().split("\n").at(-1) || undefined
}

async function readIssues(output: string, cwd: string): Promise<Issue[]> {
  const sources = new Map<string, Promise<string[]>>()
  const linesOf = (file: string): Promise<string[]> => {
    const known = sources.get(file) ?? readFile(file, "utf8").then(toLines, () => [])
    sources.set(file, known)
    return known
  }
  const found: Promise<Issue>[] = []
  for (const [head, ...continued] of entries(output)) {
    const [, name, line, column, code, words = ""] =
      /^(?:(.+)\((\d+),(\d+)\): )?error (TS\d+): (.*)$/.exec(head ?? "") ?? []
    if (code === undefined) continue
    const message = `${code}: ${typeMessage([words, ...continued].join("\n"))}`
    // Declarations inside the checker itself are no files.
    const file = name === undefined || name.includes("://") ? undefined : resolve(cwd, name)
    found.push(issueAt(message, file, Number(line), Number(column), linesOf))
  }
  return Promise.all(found)
}

/** The lines of the output grouped: each error with the indented lines that explain it further. */
function entries(output: string): string[][] {
  const groups: string[][] = []
  for (const line of output.split(/\r?\n/)) {
    const last = groups.at(-1)
    if (/^\s+\S/.test(line) && last) last.push(line)
    else if (line !== "") groups.push([line])
  }
  return groups
}

async function issueAt(
  message: string,
  file: string | undefined,
  line: number,
  column: number,
  linesOf: (file: string) => Promise<string[]>,
): Promise<Issue> {
  if (file === undefined) return { code: "E901", message, severity: "error" }
  const text = (await linesOf(file))[line - 1] ?? ""
  return {
    code: "E901",
    message,
    severity: "error",
    place: { file, line, column, length: tokenLength(text, column - 1) },
  }
}

const token =
  /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|[\p{ID_Start}$_#][\p{ID_Continue}$\u200c\u200d]*|\d[\w.]*/uy

// The checker tells only where a mistake begins.
function tokenLength(line: string, index: number): number {
  token.lastIndex = index
  return token.exec(line)?.[0].length ?? 1
}

function toLines(source: string): string[] {
  return source.replace(/^\uFEFF/, "").split(/\r\n|[\n\r\u2028\u2029]/)
}
