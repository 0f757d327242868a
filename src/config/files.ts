import { readFileSync, realpathSync } from "node:fs"
import { dirname, isAbsolute, join, resolve } from "node:path"

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

/**
 * The files that these are made of, themselves first: what they import, and what those import, without packages.
 * What cannot be found is named by the place where it should be.
 */
export function filesOf(entries: string | readonly string[], read = readText): string[] {
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
  for (const entry of [entries].flat()) visit(entry)
  return [...found]
}

/** The names that a file exports by itself. */
export function exportsOf(file: string): string[] {
  const loader = loaderOf(file)
  const source = readText(file)
  if (!loader || source === undefined) return []
  try {
    return transpiler(loader).scan(source).exports
  } catch {
    return []
  }
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

// Of a package only where it should be, if it is not there.
function resolveFile(path: string, from: string): string | undefined {
  if (path === "bellhop") return undefined
  const isPackage = !path.startsWith(".") && !isAbsolute(path)
  // Modules see the real folder of a linked config, so its imports are found from there.
  const folder = dirname(realPath(from))
  const places = isPackage
    ? foldersAbove(folder).map((one) => join(one, "node_modules", path))
    : [resolve(folder, path)]
  const found = resolved(path, folder) ?? resolvedAfresh(path, folder, places)
  if (found === undefined) return places[0]
  return isPackage ? undefined : found
}

function resolved(path: string, folder: string): string | undefined {
  try {
    return Bun.resolveSync(path, folder)
  } catch {
    return undefined
  }
}

// The runtime remembers a folder as it found it, until it misses a file that it was asked for by its whole path.
function resolvedAfresh(path: string, folder: string, places: readonly string[]): string | undefined {
  for (const place of places) resolved(join(place, "package.json"), folder)
  return resolved(path, folder)
}

const foldersAbove = (folder: string): string[] =>
  dirname(folder) === folder ? [folder] : [folder, ...foldersAbove(dirname(folder))]

/** Where a file really is, behind all links; as it is named when it is not there. */
export function realPath(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file
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
