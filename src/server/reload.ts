import { dirname, join } from "node:path"

import { envFiles } from "../config/env-files.ts"
import { filesOf } from "../config/files.ts"
import { fingerprint } from "../config/fingerprint.ts"
import type { Issue } from "../config/issue.ts"
import { build, type BuildOptions } from "../gateway/build.ts"
import type { Metrics } from "../observe/metrics.ts"
import { type Changes, changesBetween } from "./changes.ts"
import type { Generation, Live } from "./live.ts"

/** What a reload came to. */
export type Reloaded =
  | { outcome: "applied"; generation: Generation; changes: Changes | undefined; issues: readonly Issue[]; took: number }
  | { outcome: "refused"; serving: number; issues: readonly Issue[]; took: number }
  | { outcome: "unchanged"; serving: number }

/** Reloads one at a time; a change during a reload is never lost. */
export interface Reloader {
  /** Reloads if anything changed; when asked for, a refused config is tried again. Calls while one is under way share the one after it. */
  reload(asked: boolean): Promise<Reloaded>
  /** The files to watch, as of the last reload. */
  files(): readonly string[]
}

/** What happens between a good config and its being served: listeners move here, and may refuse. */
export type BeforeSwap = (built: NonNullable<Awaited<ReturnType<typeof build>>["built"]>) => void

/** Makes the reloader of a config. */
export function reloader(live: Live, options: BuildOptions, metrics: Metrics, beforeSwap: BeforeSwap): Reloader {
  const root = dirname(options.entry)
  let served = ""
  let refused = ""
  let files: readonly string[] = [options.entry, ...envFiles(root)]
  let running: Promise<Reloaded> | undefined
  let queued: Promise<Reloaded> | undefined
  let askedFor = false

  const mark = (): string => fingerprint([...filesOf(options.entry), ...envFiles(root)], join(root, "mocks"))

  async function once(asked: boolean): Promise<Reloaded> {
    const started = performance.now()
    for (;;) {
      const before = mark()
      const serving = live.now?.number ?? 0
      if (before === served || (before === refused && !asked)) return { outcome: "unchanged", serving }
      const outcome = await build(options)
      files = [...new Set([...files.filter((file) => file === options.entry), ...envFiles(root), ...outcome.files])]
      // Something was saved meanwhile: what was read may be half old, half new.
      if (mark() !== before) {
        outcome.built?.dispose()
        continue
      }
      const took = performance.now() - started
      const { built, issues } = outcome
      if (!built) {
        refused = before
        return { outcome: "refused", serving, issues, took }
      }
      const previous = live.now?.built.gateway
      try {
        beforeSwap(built)
      } catch (error) {
        built.dispose()
        if (!previous) throw error
        refused = before
        const message = error instanceof Error ? error.message : String(error)
        return { outcome: "refused", serving, issues: [{ code: "E702", severity: "error", message }], took }
      }
      const generation = live.swap(built)
      served = before
      const changes = previous && changesBetween(previous, built.gateway)
      return { outcome: "applied", generation, changes, issues, took }
    }
  }

  async function counted(asked: boolean): Promise<Reloaded> {
    const result = await once(asked)
    metrics.reloaded(result.outcome)
    return result
  }

  function reload(asked: boolean): Promise<Reloaded> {
    askedFor ||= asked
    if (queued) return queued
    if (running) {
      queued = running.then(start, start)
      return queued
    }
    return start()
  }

  function start(): Promise<Reloaded> {
    queued = undefined
    const asked = askedFor
    askedFor = false
    const mine = counted(asked).finally(() => {
      if (running === mine) running = undefined
    })
    running = mine
    return mine
  }

  return { reload, files: () => files }
}
