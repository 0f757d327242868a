import { watch } from "node:fs"
import { readFile, stat } from "node:fs/promises"
import { dirname, resolve } from "node:path"

import { about, object } from "../../core/schema.ts"
import { text } from "../../core/values.ts"
import { defineSource } from "../source.ts"
import { entriesOf } from "./entries.ts"

// Long enough for a write to be whole.
const quiet = 20
// Some mounts tell of no changes: network shares, folders of the host inside a container, a folder that came later.
const sweep = 1_000
const limit = 1024 * 1024

/** Finds the upstreams in a file. */
export const file = defineSource({
  name: "file",
  about:
    "A JSON or YAML file holds the list: URLs, or objects with `url`, `weight` and `zone`; it is read again when it changes.",
  subject: "path",
  options: object({
    path: about(
      "The file, from the folder of the config; it may be replaced as a whole.",
      text({ expected: 'a file such as "upstreams.json" or "upstreams.yaml"', pattern: /\.(json|ya?ml)$/ }),
    ),
  }),
  create: ({ path }, { root }) => ({
    start(found, failed) {
      const at = resolve(root, path)
      let ended = false
      let timer: ReturnType<typeof setTimeout> | undefined
      // Null until it was looked at: that there is no file is news, once.
      let before: string | null | undefined = null
      let looking = Promise.resolve()

      async function look(): Promise<void> {
        const content = await textOf(at)
        if (ended || content === before) return
        before = content
        try {
          if (content === undefined) throw new Error("there is no such file, it may not be read, or it is too large")
          found(entriesOf(at.endsWith(".json") ? JSON.parse(content) : Bun.YAML.parse(content)))
        } catch (error) {
          failed(error instanceof Error ? oneLine(error.message) : String(error))
        }
      }

      // One after the other, so that what is read first is told first.
      const lookNext = (): void => void (looking = looking.then(look))
      const hint = (): void => {
        clearTimeout(timer)
        timer = setTimeout(lookNext, quiet)
      }
      // The folder is watched, not the file: whoever replaces a file at once puts another one in its place.
      const stop = watched(dirname(at), hint)
      const sweeping = setInterval(lookNext, sweep)
      lookNext()
      return () => {
        ended = true
        stop()
        clearTimeout(timer)
        clearInterval(sweeping)
      }
    },
  }),
})

async function textOf(path: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path)
    return size > limit ? undefined : await readFile(path, "utf8")
  } catch {
    return undefined
  }
}

/** Hears of what happens in a folder; where that cannot be, only the sweep looks. */
function watched(folder: string, hint: () => void): () => void {
  try {
    const watcher = watch(folder, hint)
    watcher.on("error", () => watcher.close())
    return () => watcher.close()
  } catch {
    return () => undefined
  }
}

const oneLine = (message: string): string => message.replace(/\s+/g, " ").replace(/\.$/, "")
