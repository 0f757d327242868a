import manifest from "../../../package.json" with { type: "json" }
import type { Live } from "../live.ts"
import type { Reloaded } from "../reload.ts"
import { serviceStatuses } from "../service-metrics.ts"

/** What only whoever serves knows of the gateway. */
export interface Told {
  readonly mode: "dev" | "start"
  /** The file of the config. */
  readonly config: string
  /** Where clients reach it. */
  readonly url: string | undefined
  /** The path of its documentation. */
  readonly docs: string | undefined
  /** The last reload that was worth a word, and when it was. */
  readonly reload: { readonly at: number; readonly reloaded: Reloaded } | undefined
}

/** What this executable is called where it names itself. */
export const creator = { name: manifest.name, version: manifest.version }

/** How the gateway does, at a glance. */
export function statusAnswer(
  live: Live,
  inFlight: number,
  told: Told,
  issues: (reloaded: Reloaded) => unknown,
): Response {
  const { mode, config, url, docs, reload } = told
  const recorder = live.now?.built.observing.recorder
  return Response.json({
    ...creator,
    pid: process.pid,
    mode,
    config,
    url: url ?? null,
    docs: url !== undefined && docs !== undefined ? url + docs : null,
    state: live.stopping ? "stopping" : live.now ? "ready" : "waiting",
    started: new Date(Date.now() - performance.now()).toISOString(),
    generation: live.now?.number ?? 0,
    routes: live.now?.built.gateway.routes.length ?? 0,
    inFlight,
    memory: process.memoryUsage.rss(),
    reload: reload && {
      at: new Date(reload.at).toISOString(),
      outcome: reload.reloaded.outcome,
      issues: issues(reload.reloaded),
    },
    services: serviceStatuses(live),
    recorder: recorder ? recorder.state : null,
  })
}
