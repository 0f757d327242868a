import { existsSync, readFileSync } from "node:fs"
import { relative } from "node:path"

import { typeFiles, writeTypes } from "../../config/types.ts"
import { defineCommand } from "../command.ts"
import { configPlace } from "../config-place.ts"
import { exitCodes } from "../exit-codes.ts"
import { config } from "../flags.ts"
import { style } from "../style.ts"

/** Keeps what the editor knows about the config in step with this executable. */
export const types = defineCommand({
  name: "types",
  about: "Writes .bellhop/, from which the editor knows what a config may say.",
  args: [],
  flags: {
    check: { type: "boolean", about: "Writes nothing; ends with 5 when the files are out of date." },
    config,
  },
  examples: [
    ["bellhop types", "after an update, or in a fresh clone"],
    ["bellhop types --check", "in a build that should fail when they are out of date"],
  ],
  run({ flags, cwd, color, out, err }) {
    const paint = style(color)
    const { file, root, name } = configPlace(cwd, flags.config)
    if (!existsSync(file)) {
      err(`${paint.red("error")} Cannot find the config "${file}". Run "bellhop init" to write one.\n`)
      return exitCodes.invalidConfig
    }
    if (!flags.check) {
      const written = writeTypes(root, name)
      for (const path of written) out(`${paint.green("wrote")} ${relative(cwd, path)}\n`)
      if (written.length === 0) out(".bellhop/ is up to date\n")
      return exitCodes.ok
    }
    const old = [...typeFiles(root, name)].filter(([path, content]) => !holds(path, content))
    for (const [path] of old) err(`${paint.red("out of date")} ${relative(cwd, path)}\n`)
    if (old.length > 0) err('Run "bellhop types" to write them again.\n')
    else out(".bellhop/ is up to date\n")
    return old.length > 0 ? exitCodes.contract : exitCodes.ok
  },
})

const holds = (path: string, content: string): boolean => existsSync(path) && readFileSync(path, "utf8") === content
