import { mkdirSync, renameSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"

/** Saves a file as careful editors do: whole, in one step. */
export function save(folder: string, file: string, content: string): void {
  const path = join(folder, file)
  const aside = join(dirname(path), `.${basename(path)}.saving`)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(aside, content)
  renameSync(aside, path)
}

/** A config whose `GET /n` answers with this number. */
export const numbered = (n: number | string, more = "", routes = ""): string => `import { defineGateway } from "bellhop"

export default defineGateway({
  listen: { port: 0 },
  admin: { port: 0 },
  ${more}
  routes: {
    "GET /n": { reply: { body: "${n}" } },
    ${routes}
  },
})
`

/** What a path answers, as text. */
export async function answer(url: string, path = "/n"): Promise<string> {
  const response = await fetch(url.replace("localhost", "127.0.0.1") + path)
  return response.text()
}

// Stands in a source right before the place that a message has to name.
const here = "⟦"

/** A source without its mark, and the place of the mark. */
export function marked(source: string): { text: string; line: number; column: number } | undefined {
  const at = source.indexOf(here)
  if (at < 0) return undefined
  const before = source.slice(0, at).split("\n")
  return { text: source.replace(here, ""), line: before.length, column: (before.at(-1) ?? "").length + 1 }
}
