import { existsSync } from "node:fs"
import { dirname } from "node:path"

import { plugin } from "bun"

import { allRan, exec, gatherCommands } from "../core/exec.ts"
import type { Log } from "../core/log.ts"
import { env, file, useSurroundings } from "../core/secret.ts"
import { durationText } from "../core/units.ts"
import { realPath } from "./files.ts"
import type { Issue } from "./issue.ts"
import { loadIssues, neverSettled } from "./load-issues.ts"

/** A config value with the module state behind it. */
export interface Loaded {
  readonly value: unknown
  /** Imports another file into the same module state: a mock, for instance. */
  importModule(file: string): Promise<unknown>
  /** Stops everything the config's modules began: timers, sockets, servers. */
  dispose(): void
}

// The module that configs import has no file: the types are on disk, the values are in here.
plugin({
  name: "bellhop",
  setup(build) {
    const exports = { defineGateway: (config: unknown) => config, env, file, exec }
    build.module("bellhop", () => ({ exports, loader: "object" }))
  },
})

/** Loads a config with module state of its own; what goes wrong comes back as issues. */
export async function load(
  entry: string,
  options: {
    log: Log
    environment: Record<string, string | undefined>
    limit?: number
    /** Gives the config up while it is loaded; there is then neither a config nor an issue. */
    signal?: AbortSignal | undefined
  },
): Promise<Loaded | Issue[]> {
  const { log, environment, limit = 10_000, signal } = options
  if (!existsSync(entry))
    return [
      {
        code: "E109",
        severity: "error",
        message: `Cannot find the config "${entry}".`,
        fix: "Run bellhop init to write one, or give its place with --config FILE.",
      },
    ]
  useSurroundings(environment, dirname(entry))
  const commands = gatherCommands()
  const own: unknown = Object.create(process, { env: { value: environment, enumerable: true, writable: true } })
  const graph = new Bun.ModuleGraph({
    globals: { process: own },
    onError: (error) => log.error("The config's own code failed after it was loaded.", error),
  })
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = Symbol("late")
  let giveUp: (() => void) | undefined
  // The runtime remembers where a link led: after a ConfigMap is swapped it would load the old one again.
  try {
    const waiting = new Promise<typeof late>((resolve) => {
      giveUp = () => resolve(late)
      timer = setTimeout(giveUp, limit)
      signal?.addEventListener("abort", giveUp)
    })
    const loaded: unknown = await Promise.race([graph.import(realPath(entry)), waiting])
    if (loaded === late) {
      graph.dispose()
      return signal?.aborted ? [] : [neverSettled(entry, durationText(limit))]
    }
    if (typeof loaded !== "object" || loaded === null || !("default" in loaded)) {
      graph.dispose()
      return [
        {
          code: "E106",
          severity: "error",
          message: "The config has no default export.",
          fix: "Write export default defineGateway({ … }).",
          place: { file: entry, line: 1, column: 1, length: 1 },
        },
      ]
    }
    await allRan(commands, signal)
    if (signal?.aborted) {
      graph.dispose()
      return []
    }
    return {
      value: loaded.default,
      importModule: (path) => graph.import(realPath(path)),
      dispose: () => graph.dispose(),
    }
  } catch (error) {
    graph.dispose()
    return loadIssues(error, entry)
  } finally {
    clearTimeout(timer)
    if (giveUp) signal?.removeEventListener("abort", giveUp)
    for (const command of commands) command.stop()
  }
}
