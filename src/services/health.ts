import type { Log } from "../core/log.ts"
import { longestTimer } from "./ask.ts"
import { checkHealth } from "./health-check.ts"
import type { HealthOptions } from "./health-options.ts"
import type { UpstreamState } from "./upstream-state.ts"
import type { Upstream } from "./upstream.ts"

/** The health checks of a service. */
export interface HealthChecks {
  /** Checks these from now on; gives how to end it. */
  begin(upstreams: readonly Upstream[]): () => void
  /** From now on these are the upstreams. */
  cover(upstreams: readonly Upstream[]): void
}

// The checks of many upstreams begin one after the other.
const stagger = 10

/** Asks each upstream again and again how it does; without options, all of them count as well. */
export function healthChecks(
  service: string,
  options: HealthOptions | undefined,
  log: Log,
  check: typeof checkHealth = checkHealth,
): HealthChecks {
  const running = new Map<UpstreamState, () => void>()
  let begun = false

  function cover(upstreams: readonly Upstream[]): void {
    if (!begun) return
    const wanted = new Map(upstreams.map((one) => [one.state, one]))
    for (const [state, stop] of running)
      if (!wanted.has(state)) {
        stop()
        running.delete(state)
      }
    const added = [...wanted.values()].filter(({ state }) => !running.has(state))
    for (const [place, one] of added.entries())
      running.set(
        one.state,
        options ? follow(one, options, { service, log, check, delay: place * stagger }) : forget(one),
      )
  }

  return {
    cover,
    begin(upstreams) {
      begun = true
      cover(upstreams)
      return () => {
        begun = false
        for (const stop of running.values()) stop()
        running.clear()
      }
    },
  }
}

/** What an earlier config found out by checks holds no longer when nobody checks it any more. */
function forget({ state, health }: Upstream): () => void {
  health.forget()
  if (!state.healthy) turn(state, true)
  return () => undefined
}

interface Following {
  readonly service: string
  readonly log: Log
  readonly check: typeof checkHealth
  /** Until the first check. */
  readonly delay: number
}

function follow(upstream: Upstream, options: HealthOptions, { service, log, check, delay }: Following): () => void {
  const { state, health, label } = upstream
  const { interval, jitter, first } = options
  const stopped = new AbortController()
  let timer: ReturnType<typeof setTimeout>

  async function next(): Promise<void> {
    const started = performance.now()
    // A check that a reload cuts short is made again at once.
    health.nextAt = started
    const reason = await check(upstream, options, stopped.signal)
    if (stopped.signal.aborted) return
    judge(reason)
    health.nextAt = started + interval * (1 + ((Math.random() * 2 - 1) * jitter) / 100)
    later(health.nextAt - performance.now())
  }

  function judge(reason: string | undefined): void {
    const decides = health.fresh && first === "check" ? 1 : reason === undefined ? options.healthy : options.unhealthy
    health.told(reason)
    const well = reason === undefined
    if (well === state.healthy || health.inRow < decides) return
    const checks = `${health.inRow} check${health.inRow === 1 ? "" : "s"}`
    turn(state, well)
    health.since = new Date()
    if (well) log.info(`service "${service}": ${label} is up (${checks})`)
    else log.warn(`service "${service}": ${label} is down: ${reason} (${checks})`)
  }

  function later(wait: number): void {
    timer = setTimeout(() => void next(), Math.min(Math.max(0, wait), longestTimer))
  }

  health.checkedBy(JSON.stringify([options, [...(options.headers ?? [])]]))
  if (first === "check" && health.fresh) {
    health.reason = "not checked yet"
    if (state.healthy) turn(state, false)
  }
  later(health.nextAt === undefined ? delay % interval : health.nextAt - performance.now())
  return () => {
    stopped.abort()
    clearTimeout(timer)
  }
}

function turn(state: UpstreamState, well: boolean): void {
  state.healthy = well
  if (well) state.upSince = performance.now()
  state.changed()
}
