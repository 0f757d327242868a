import { readFileSync, realpathSync, statSync } from "node:fs"

import { mockStats } from "../mocks/folder.ts"

/** A text that differs when any of the files, or any mock in the folder, differs. */
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
  // Mocks may be many and large: their names, sizes and times tell enough.
  if (folder !== undefined)
    for (const [file, { mtimeMs, size, ino }] of mockStats(folder)) hash.update(`\n${file} ${mtimeMs} ${size} ${ino}`)
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
