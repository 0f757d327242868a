import { defineMockFormat, MockFault } from "../format.ts"
import { jsonText } from "../json-text.ts"
import type { MockFunction } from "../request.ts"

const fix = "Export a JSON value or a function of the request: export default (request) => ({ … })."

/** TypeScript or JavaScript that exports a value or a function of the request. */
export const script = defineMockFormat({
  name: "script",
  about: "A module whose default export is a JSON value, or a function of the request that gives one or a `Response`.",
  extensions: ["ts", "js", "mts", "mjs"],
  selfContained: false,
  async load(file, tools) {
    const exported = await defaultExport(file.path, file.name, tools.importModule)
    if (typeof exported === "function") return { run: exported as MockFunction }
    if (exported === undefined) throw new MockFault("E602", `Mock "${file.name}" has no default export.`, { fix })
    let body: string
    try {
      body = jsonText(exported)
    } catch (error) {
      throw new MockFault("E602", `The default export of mock "${file.name}" cannot be sent: ${messageOf(error)}`, {
        fix,
      })
    }
    return { type: "application/json", body: new TextEncoder().encode(body), sample: JSON.parse(body) as unknown }
  },
})

async function defaultExport(
  path: string,
  name: string,
  importModule: (file: string) => Promise<unknown>,
): Promise<unknown> {
  try {
    return ((await importModule(path)) as { default?: unknown } | undefined)?.default
  } catch (error) {
    const first: unknown = error instanceof AggregateError ? error.errors[0] : error
    throw new MockFault("E602", `Mock "${name}" cannot be imported: ${messageOf(first)}`, {
      fix: "Correct the module; it runs once for each reload.",
      ...placeOf(first, path),
    })
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

// Bun puts the place of a syntax error into `position`; that of a throw is the first frame in the file itself.
function placeOf(error: unknown, path: string): { line: number; column: number } | undefined {
  if (!(error instanceof Error)) return undefined
  const position = (error as { position?: { file?: string; line: number; column: number } | null }).position
  if (position && position.file === path) return { line: position.line, column: position.column }
  for (const frame of error.stack?.split("\n") ?? []) {
    const at = frame.indexOf(`${path}:`)
    const [, line, column] = at < 0 ? [] : (/^(\d+):(\d+)/.exec(frame.slice(at + path.length + 1)) ?? [])
    if (line !== undefined) return { line: Number(line), column: Number(column) }
  }
  return undefined
}
