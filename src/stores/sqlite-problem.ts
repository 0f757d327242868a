import { Database } from "bun:sqlite"
import { accessSync, constants, statSync } from "node:fs"
import { dirname } from "node:path"

import { contentOf, isBusy } from "./sqlite-file.ts"

/** Why a file cannot be used as a store, as far as that can be seen without making it. */
export function problemOf(file: string): { message: string; fix: string } | undefined {
  const said = (reason: string, fix: string) => ({ message: `Cannot use the store "${file}": ${reason}.`, fix })
  try {
    const there = nearest(file)
    if (there !== file) {
      if (!statSync(there).isDirectory()) return said(`"${there}" is not a folder`, "Give another path.")
      accessSync(there, constants.W_OK | constants.X_OK)
      return undefined
    }
    if (!statSync(file).isFile()) return said("it is not a file", "Give the path of a file.")
    accessSync(file, constants.R_OK | constants.W_OK)
    accessSync(dirname(file), constants.W_OK)
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error)
    return said(`this user may not write there (${reason})`, "Let this user write there, or give another path.")
  }
  if (statSync(file).size === 0) return undefined
  let database: Database | undefined
  try {
    // One that may only read would leave behind what SQLite puts beside the file.
    database = new Database(file, { readwrite: true, create: false, strict: true })
    const found = contentOf(database)
    return typeof found === "string" ? undefined : said(found.wrong, "Give another path.")
  } catch (error) {
    if (isBusy(error)) return undefined
    const reason = error instanceof Error ? error.message : String(error)
    return said(reason, "Put a good copy in its place, or move it away to begin with nothing.")
  } finally {
    database?.close()
  }
}

/** The file, or the lowest folder above it that is there. */
function nearest(file: string): string {
  for (let at = file; ; at = dirname(at)) {
    try {
      statSync(at)
      return at
    } catch (error) {
      // No folder may lie on the way either, such as a file in its place.
      const isAbsent =
        error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")
      if (!isAbsent || at === dirname(at)) throw error
    }
  }
}
