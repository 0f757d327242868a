import { join } from "node:path"
import { parseEnv } from "node:util"

import { readText } from "./files.ts"

/** The files that add to the environment, the stronger first. */
export const envFiles = (root: string): string[] => [join(root, ".env.local"), join(root, ".env")]

/** The environment of a config: the process's own variables, then what .env files add. */
export function environment(
  root: string,
  own: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string | undefined> {
  let made: Record<string, string | undefined> = { ...own }
  for (const file of envFiles(root)) {
    const text = readText(file)
    if (text !== undefined) made = { ...parseEnv(text), ...made }
  }
  return made
}
