import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs"
import { join } from "node:path"

/** A text that differs when any of the files, or anything in the folder, differs. */
export function fingerprint(files: readonly string[], folder?: string): string {
  const hash = new Bun.CryptoHasher("blake2b256")
  for (const file of files) {
    hash.update(`\n${file}\n`)
    try {
      hash.update(realpathSync(file))
      hash.update(readFileSync(file))
    } catch {
      hash.update("absent")
    }
  }
  if (folder !== undefined) for (const line of listing(folder)) hash.update(line)
  return hash.digest("hex")
}

// The clock of a file system runs up to a tick behind.
const tick = 20

/** Whether any of the files was changed at or after this time. */
export function changedSince(files: readonly string[], time: number): boolean {
  return files.some((file) => {
    try {
      return statSync(file).ctimeMs >= time - tick
    } catch {
      return false
    }
  })
}

// Mocks may be many and large: their names, sizes and times tell enough.
function listing(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .sort()
      .map((name) => {
        const { mtimeMs, size, ino } = statSync(join(folder, name))
        return `\n${name} ${mtimeMs} ${size} ${ino}`
      })
  } catch {
    return []
  }
}
