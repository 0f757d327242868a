import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"

import { writeTypes } from "../../config/types.ts"
import { defineCommand } from "../command.ts"
import { exitCodes } from "../exit-codes.ts"
import {
  starterConfig,
  type StarterFile,
  starterIgnored,
  starterMocks,
  starterProject,
  starterRequest,
} from "../starter.ts"
import { type Style, style } from "../style.ts"
import { UsageError } from "../usage-error.ts"

/** Writes a config that runs at once. */
export const init = defineCommand({
  name: "init",
  about: "Writes a gateway.config.ts to start from, with mocks that answer at once.",
  args: [{ name: "dir", about: "The folder to write into; made if it is not there.", optional: true }],
  flags: { force: { type: "boolean", about: "Writes the config anew even if there is one." } },
  examples: [
    ["bellhop init", "in this folder; what is there is kept"],
    ["bellhop init shop", "in a new folder"],
  ],
  run({ args, flags, cwd, color, out }) {
    const paint = style(color)
    const root = resolve(cwd, args.dir ?? ".")
    if (existsSync(root) && !statSync(root).isDirectory())
      throw new UsageError(`Cannot write into ${JSON.stringify(args.dir)}: it is a file.`, "Name a folder.")

    const tell = (verb: Verb, path: string, note = ""): void =>
      out(`  ${verbs[verb](paint)} ${relative(cwd, join(root, path)) || path}${note && paint.dim(`  ${note}`)}\n`)
    const add = (file: StarterFile, note?: string): boolean => {
      const isNew = create(root, file)
      tell(isNew ? "wrote" : "kept", file.path, isNew ? "" : note)
      return isNew
    }

    if (flags.force && existsSync(join(root, starterConfig.path))) {
      tell("overwriting", starterConfig.path)
      writeFileSync(join(root, starterConfig.path), starterConfig.text)
    } else if (!add(starterConfig, "--force writes it anew")) {
      finish(root, tell, add)
      out(`\n${paint.bold("Next")}\n  ${paint.cyan("bellhop dev")}\n`)
      return exitCodes.ok
    }
    for (const file of starterMocks) add(file)
    finish(root, tell, add)
    const enter = root === cwd ? "" : `  ${paint.cyan(`cd ${shellWord(relative(cwd, root))}`)}\n`
    out(`\n${paint.bold("Next")}\n${enter}  ${paint.cyan("bellhop dev")}\n  ${paint.cyan(`curl ${starterRequest}`)}\n`)
    return exitCodes.ok
  },
})

type Verb = "wrote" | "kept" | "added to" | "overwriting"
type Tell = (verb: Verb, path: string, note?: string) => void

const verbs: Readonly<Record<Verb, (paint: Style) => string>> = {
  wrote: (paint) => paint.green("wrote      "),
  kept: (paint) => paint.dim("kept       "),
  "added to": (paint) => paint.green("added to   "),
  overwriting: (paint) => paint.yellow("overwriting"),
}

/** What surrounds the config: the project for the editor, its types, and what git leaves alone. */
function finish(root: string, tell: Tell, add: (file: StarterFile, note?: string) => boolean): void {
  const project = join(root, starterProject.path)
  const lacks = existsSync(project) && !readFileSync(project, "utf8").includes(".bellhop/tsconfig.json")
  add(starterProject, lacks ? 'for completion, let it extend "./.bellhop/tsconfig.json"' : "")
  ignore(root, tell)
  if (writeTypes(root).length > 0) tell("wrote", ".bellhop", "types for the editor")
}

function create(root: string, { path, text }: StarterFile): boolean {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  try {
    // Refused by the system if the file is there, so nothing can slip in between a look and the write.
    writeFileSync(file, text, { flag: "wx" })
    return true
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false
    throw error
  }
}

function ignore(root: string, tell: Tell): void {
  const path = ".gitignore"
  if (create(root, { path, text: `${starterIgnored}\n` })) return tell("wrote", path)
  const text = readFileSync(join(root, path), "utf8")
  if (text.split(/\r?\n/).some((line) => /^\/?\.bellhop\/?$/.test(line.trim()))) return tell("kept", path)
  appendFileSync(join(root, path), `${text === "" || text.endsWith("\n") ? "" : "\n"}${starterIgnored}\n`)
  tell("added to", path)
}

const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
