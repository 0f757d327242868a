import { dirname, join } from "node:path"

import { envFiles } from "../config/env-files.ts"
import { filesOf } from "../config/files.ts"
import { changedSince, fingerprint } from "../config/fingerprint.ts"
import type { Issue } from "../config/issue.ts"
import { build, type BuildOptions } from "../gateway/build.ts"
import type { Metrics } from "../observe/metrics.ts"
import { type Changes, changesBetween } from "./changes.ts"
import type { Generation, Live } from "./live.ts"

/** What a reload came to. */
export type Reloaded =
  | { outcome: "applied"; generation: Generation; changes: Changes | undefined; issues: readonly Issue[]; took: number }
  | { outcome: "refused"; serving: number; issues: readonly Issue[]; took: number }
  | { outcome: "unchanged"; serving: number; mended: boolean }

/** Reloads one at a time; a change during a reload is never lost. */
export interface Reloader {
  /** Reloads if anything changed; when asked for, a refused config is tried again. Calls while one is under way share the one after it. */
  reload(asked: boolean): Promise<Reloaded>
  /** The files to watch, as of the last reload. */
  files(): readonly string[]
}

/** What happens between a good config and its being served: listeners move here, and may refuse. */
export type BeforeSwap = (built: NonNullable<Awaited<ReturnType<typeof build>>["built"]>) => void

// A file that never stops changing, such as one that the config itself writes, may not put off the rest for ever.
const restless = 2000

/** Makes the reloader of a config. */
export function reloader(live: Live, options: BuildOptions, metrics: Metrics, beforeSwap: BeforeSwap): Reloader {
  const root = dirname(options.entry)
  let served = ""
  let refused = ""
  let files: readonly string[] = [options.entry, ...envFiles(root)]
  let besides: readonly string[] = []
  let running: Promise<Reloaded> | undefined
  let queued: Promise<Reloaded> | undefined
  let askedFor = false

  const named = (): string => fingerprint([...filesOf(options.entry), ...envFiles(root)], join(root, "mocks"))

  async function once(asked: boolean): Promise<Reloaded> {
    const started = performance.now()
    for (;;) {
      const began = Date.now()
      const before = named()
      const around = fingerprint(besides)
      const serving = live.now?.number ?? 0
      if (before + around === served) {
        const mended = refused !== ""
        refused = ""
        return { outcome: "unchanged", serving, mended }
      }
      if (before + around === refused && !asked) return { outcome: "unchanged", serving, mended: false }
      const outcome = await build(options)
      const added = outcome.besides.filter((file) => !besides.includes(file))
      const stirred = fingerprint(besides) !== around
      besides = outcome.besides
      files = [options.entry, ...envFiles(root), ...outcome.files, ...besides]
      const state = before + fingerprint(besides)
      // Something was saved meanwhile: what was read may be half old, half new.
      const unsettled = named() !== before || stirred || changedSince(added, began)
      if (unsettled && performance.now() - started < restless) {
        outcome.built?.dispose()
        continue
      }
      const took = performance.now() - started
      const { built, issues } = outcome
      if (!built) {
        refused = state
        return { outcome: "refused", serving, issues, took }
      }
      const previous = live.now?.built.gateway
      try {
        beforeSwap(built)
      } catch (error) {
        built.dispose()
        if (!previous) throw error
        refused = state
        const message = error instanceof Error ? error.message : String(error)
        return { outcome: "refused", serving, issues: [{ code: "E702", severity: "error", message }], took }
      }
      const generation = live.swap(built)
      served = state
      refused = ""
      const changes = previous && changesBetween(previous, built.gateway)
      return { outcome: "applied", generation, changes, issues, took }
    }
  }

  async function counted(asked: boolean): Promise<Reloaded> {
    const result = await once(asked)
    // Looking without a change is no reload.
    if (asked || result.outcome !== "unchanged" || result.mended) metrics.reloaded(result.outcome)
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
