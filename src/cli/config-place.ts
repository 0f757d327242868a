import { basename, dirname, resolve } from "node:path"

/** Where a config is: its file, its folder and its name in there. */
export interface ConfigPlace {
  file: string
  root: string
  name: string
}

/** The config that a command works on: the given one, or the one in the current folder. */
export function configPlace(cwd: string, given: string | undefined): ConfigPlace {
  const file = resolve(cwd, given ?? "gateway.config.ts")
  return { file, root: dirname(file), name: basename(file) }
}
