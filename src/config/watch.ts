import { dirname, join } from "node:path"

import { type FSWatcher, watch as chokidar } from "chokidar"

import { realPath } from "./files.ts"

/** Tells of changes in the folders of some files, until closed. */
export interface Watch {
  /** Watches the folders of these files as well; those watched before stay watched. */
  cover(files: readonly string[]): void
  close(): Promise<void>
}

// Long enough for an editor's write to be whole, short enough not to be felt.
const quiet = 5
// A program that writes beside the config without a pause must not put a save off for ever.
const longest = 50
// Some mounts tell of no changes at all: network shares, folders of the host inside a container.
const sweep = 1000

/**
 * Calls back when something in the folders of a config may have changed; whether it did is for the caller to see.
 * Folders are watched, not files: editors replace files, and ConfigMaps replace the links to them.
 */
export function watch(root: string, changed: () => void): Watch {
  let timer: ReturnType<typeof setTimeout> | undefined
  let since = 0
  const hint = (): void => {
    const now = performance.now()
    if (timer === undefined) since = now
    else if (now - since > longest) return
    clearTimeout(timer)
    timer = setTimeout(() => {
      timer = undefined
      changed()
    }, quiet)
  }
  const sweeping = setInterval(changed, sweep)
  const watchers: FSWatcher[] = []
  const follow = (paths: string[], depth?: number): void => {
    const options = { ignoreInitial: true, atomic: false, ...(depth === undefined ? {} : { depth }) }
    // What is saved before a folder is watched is only seen by looking once it is.
    watchers.push(chokidar(paths, options).on("raw", hint).on("all", hint).on("error", hint).on("ready", hint))
  }
  follow([join(root, "mocks")])
  const watched = new Set<string>()
  return {
    cover(files) {
      const folders = new Set(files.flatMap((file) => [dirname(file), dirname(realPath(file))]))
      const added = [...folders.difference(watched)]
      for (const folder of added) watched.add(folder)
      // Only the folder itself: what lies below is covered by name, or belongs to others (node_modules, .git, data).
      if (added.length > 0) follow(added, 0)
    },
    async close() {
      clearInterval(sweeping)
      clearTimeout(timer)
      await Promise.all(watchers.map((watcher) => watcher.close()))
    },
  }
}
