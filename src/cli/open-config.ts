import { readText } from "../config/files.ts"
import { text } from "../config/report.ts"
import { Kept } from "../core/kept.ts"
import { type Log, streamLog } from "../core/log.ts"
import { build, type Built } from "../gateway/build.ts"
import type { Io } from "./command.ts"
import { type ConfigPlace, configPlace } from "./config-place.ts"

/** A config that is valid, for commands that look at it without serving it. */
export interface Opened extends ConfigPlace {
  readonly built: Built
  /** The config as it is written: secrets still have their names, durations their units. */
  readonly value: unknown
}

/** Opens the config of a command line for a look at it; when it is not valid, says why and does not look. */
export async function withConfig<T>(
  io: Io,
  given: string | undefined,
  invalid: T,
  look: (opened: Opened) => T | Promise<T>,
): Promise<T> {
  const place = configPlace(io.cwd, given)
  const log = logOf(io)
  const { built, issues } = await build({ entry: place.file, log, kept: new Kept(), types: false })
  if (!built) {
    io.err(`${text(issues, { root: place.root, read: readText, color: io.color })}\n`)
    return invalid
  }
  try {
    return await look({ ...place, built, value: built.value })
  } finally {
    built.dispose()
  }
}

/** The log of a command that runs once: lines for people, beside the output. */
export const logOf = (io: Io): Log => streamLog(false, (line) => io.err(line))
