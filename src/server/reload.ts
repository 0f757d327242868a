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
const mostRounds = 40

/** Makes the reloader of a config. */
export function reloader(
  live: Live,
  options: BuildOptions,
  metrics: Metrics,
  beforeSwap: BeforeSwap,
  secretChanged: () => void = () => undefined,
): Reloader {
  const root = dirname(options.entry)
  let served = ""
  let refused = ""
  let files: readonly string[] = [options.entry, ...envFiles(root)]
  let besides: readonly string[] = []
  let building: { of: string; giveUp: AbortController } | undefined
  let running: Promise<Reloaded> | undefined
  let queued: Promise<Reloaded> | undefined
  let askedFor = false
  // What the commands of secrets print is on no disk: a number stands for it.
  let secrets = 0

  const named = (): string => fingerprint([...filesOf(options.entry), ...envFiles(root)], join(root, "mocks")) + secrets

  async function once(asked: boolean): Promise<Reloaded> {
    const started = performance.now()
    for (let round = 1; ; round++) {
      const before = named()
      const around = fingerprint(besides)
      const serving = live.now?.number ?? 0
      if (before + around === served) {
        const mended = refused !== ""
        refused = ""
        return { outcome: "unchanged", serving, mended }
      }
      if (before + around === refused && !asked) return { outcome: "unchanged", serving, mended: false }
      const patient = round < mostRounds
      const attempt = await buildFrom(before, around, patient)
      // What was read may be half old, half new.
      if (attempt.settled || (!patient && !attempt.givenUp)) return outcomeOf(attempt, performance.now() - started)
      attempt.built?.dispose()
    }
  }

  /** Builds what is on disk; settled when it still is what was there when building began. */
  async function buildFrom(before: string, around: string, patient: boolean) {
    const began = Date.now()
    const giveUp = new AbortController()
    if (patient) building = { of: before, giveUp }
    const outcome = await build({ ...options, signal: giveUp.signal, secretChanged: renewed })
    building = undefined
    const added = outcome.besides.filter((file) => !besides.includes(file))
    const stirred = fingerprint(besides) !== around || changedSince(added, began)
    besides = outcome.besides
    files = [options.entry, ...envFiles(root), ...outcome.files, ...besides]
    const state = before + fingerprint(besides)
    // Even if the old text is back by now: what was given up was not checked to its end.
    const givenUp = giveUp.signal.aborted
    return { ...outcome, state, givenUp, settled: !givenUp && !stirred && named() === before }
  }

  function renewed(): void {
    secrets++
    secretChanged()
  }

  function outcomeOf(attempt: Awaited<ReturnType<typeof buildFrom>>, took: number): Reloaded {
    const { built, state, issues } = attempt
    const previous = live.now
    const refuse = (reasons: readonly Issue[]): Reloaded => {
      refused = state
      return { outcome: "refused", serving: previous?.number ?? 0, issues: reasons, took }
    }
    if (!built) return refuse(issues)
    try {
      beforeSwap(built)
    } catch (error) {
      built.dispose()
      if (!previous) throw error
      return refuse([
        { code: "E702", severity: "error", message: error instanceof Error ? error.message : String(error) },
      ])
    }
    const before = previous?.built.gateway
    const generation = live.swap(built)
    served = state
    refused = ""
    return { outcome: "applied", generation, changes: before && changesBetween(before, built.gateway), issues, took }
  }

  async function counted(asked: boolean): Promise<Reloaded> {
    const result = await once(asked)
    const took = "took" in result ? result.took : 0
    // Looking without a change is no reload.
    if (asked || result.outcome !== "unchanged" || result.mended) metrics.reloaded(result.outcome, took)
    return result
  }

  function reload(asked: boolean): Promise<Reloaded> {
    askedFor ||= asked
    // Nobody wants what is being built any more; a config that never finishes loading would hold up its own mending.
    if (building && building.of !== named()) building.giveUp.abort()
    if (!running) return start()
    queued ??= running.then(start, start)
    return queued
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
