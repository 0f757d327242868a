import { readFileSync, realpathSync } from "node:fs"
import { dirname, isAbsolute } from "node:path"

const loaders = {
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".tsx": "tsx",
  ".js": "js",
  ".mjs": "js",
  ".cjs": "js",
  ".jsx": "jsx",
} as const

const loaderOf = (file: string) => Object.entries(loaders).find(([extension]) => file.endsWith(extension))?.[1]

const transpilers = new Map<string, Bun.Transpiler>()

function transpiler(loader: "ts" | "tsx" | "js" | "jsx"): Bun.Transpiler {
  const found = transpilers.get(loader) ?? new Bun.Transpiler({ loader })
  transpilers.set(loader, found)
  return found
}

/** The files that a config is made of, itself first: what it imports, and what those import, without packages. */
export function filesOf(entry: string, read = readText): string[] {
  const found = new Set<string>()
  const visit = (file: string): void => {
    if (found.has(file)) return
    found.add(file)
    const loader = loaderOf(file)
    const source = loader && read(file)
    if (!loader || source === undefined) return
    for (const path of importsOf(source, loader)) {
      const target = resolveFile(path, file)
      if (target !== undefined) visit(target)
    }
  }
  visit(entry)
  return [...found]
}

function importsOf(source: string, loader: "ts" | "tsx" | "js" | "jsx"): string[] {
  try {
    return transpiler(loader)
      .scanImports(source)
      .map((one) => one.path)
  } catch {
    // A file that does not parse is watched all the same; loading it says what is wrong.
    return [...source.matchAll(/from\s*["']([^"']+)["']/g)].map(([, path]) => path ?? "")
  }
}

function resolveFile(path: string, from: string): string | undefined {
  if (!path.startsWith(".") && !isAbsolute(path)) return undefined
  try {
    // Modules see the real folder of a linked config, so its imports are found from there.
    return Bun.resolveSync(path, dirname(realpathSync(from)))
  } catch {
    return undefined
  }
}

/** The text of a file; undefined when it cannot be read. */
export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return undefined
  }
}
