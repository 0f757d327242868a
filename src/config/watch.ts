import { realpathSync } from "node:fs"
import { dirname, join } from "node:path"

import { watch as chokidar } from "chokidar"

/** Tells of changes in the folders of some files, until closed. */
export interface Watch {
  /** Watches the folders of these files as well; those watched before stay watched. */
  cover(files: readonly string[]): void
  close(): Promise<void>
}

// Long enough for an editor's write to be whole, short enough not to be felt.
const quiet = 5

/**
 * Calls back when something in the folders of a config may have changed.
 * Folders are watched, not files: editors replace files, and ConfigMaps replace the links to them.
 */
export function watch(root: string, changed: () => void): Watch {
  let timer: ReturnType<typeof setTimeout> | undefined
  const hint = (): void => {
    clearTimeout(timer)
    timer = setTimeout(changed, quiet)
  }
  const watched = new Set<string>()
  // Only the folder itself: what lies below is covered by name, or belongs to others (node_modules, .git, data).
  const folders = chokidar([], { ignoreInitial: true, depth: 0, atomic: false })
  const mocks = chokidar(join(root, "mocks"), { ignoreInitial: true, atomic: false })
  for (const watcher of [folders, mocks]) watcher.on("raw", hint).on("all", hint).on("error", hint)
  const cover = (files: readonly string[]): void => {
    for (const file of files)
      for (const folder of new Set([dirname(file), dirname(real(file))])) {
        if (watched.has(folder)) continue
        watched.add(folder)
        folders.add(folder)
      }
  }
  return {
    cover,
    async close() {
      clearTimeout(timer)
      await Promise.all([folders.close(), mocks.close()])
    },
  }
}

function real(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}
