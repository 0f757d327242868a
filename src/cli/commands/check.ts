import { readText } from "../../config/files.ts"
import { json as plain, text } from "../../config/report.ts"
import { Kept } from "../../core/kept.ts"
import { build } from "../../gateway/build.ts"
import { defineCommand } from "../command.ts"
import { configPlace } from "../config-place.ts"
import { exitCodes } from "../exit-codes.ts"
import { config, json } from "../flags.ts"
import { logOf } from "../open-config.ts"
import { style } from "../style.ts"

/** Says everything that is wrong with a config, without serving it. */
export const check = defineCommand({
  name: "check",
  about: "Checks the config: types, options, names, routes, mocks; all mistakes at once.",
  args: [],
  flags: {
    config,
    json,
    types: { type: "boolean", about: "Skips the type check.", negatable: true },
  },
  examples: [
    ["bellhop check", "says what is wrong and how to mend it, or that all is fine"],
    ["bellhop check --json", "the same for an editor or a build"],
  ],
  async run(input) {
    const { flags, cwd, color, out } = input
    const started = performance.now()
    const { file, root, name } = configPlace(cwd, flags.config)
    const { built, issues } = await build({ entry: file, log: logOf(input), kept: new Kept(), types: flags.types })
    const ms = Math.round(performance.now() - started)
    const counts = { services: built?.gateway.services.size ?? 0, routes: built?.gateway.routes.length ?? 0 }
    built?.dispose()
    const code = built ? exitCodes.ok : exitCodes.invalidConfig
    if (flags.json) {
      const found = { ok: built !== undefined, config: file, ...(built ? counts : {}), ms, issues: plain(issues, root) }
      out(`${JSON.stringify(found, null, 2)}\n`)
      return code
    }
    if (issues.length > 0) out(`${text(issues, { root, read: readText, color })}\n`)
    if (!built) return code
    const paint = style(color)
    const size = `${counted(counts.services, "service")}, ${counted(counts.routes, "route")}`
    out(`${issues.length > 0 ? "\n" : ""}${paint.green(`${name} is fine`)}: ${size} ${paint.dim(`(${ms} ms)`)}\n`)
    return code
  },
})

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`
