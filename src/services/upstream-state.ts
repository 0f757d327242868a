/** In this time, in milliseconds, what is known of the latency fades to a third. */
const fading = 10_000

// By then hardly anything is left of it.
const forgottenAfter = 6 * fading

// How a failure counts: a second at least, a minute at most.
const failure = { least: 1_000, most: 60_000 }

// Said by servers that have no time, and by proxies in front of them; not by an application about one request.
const overloaded = new Set([429, 502, 503, 504])

/** How an upstream does: what checks and answers told about it. Outlives a reload. */
export class UpstreamState {
  /** What the last health checks say; true until one says otherwise. */
  healthy = true
  /** Until when it is left alone after failures, in milliseconds of the monotonic clock. */
  ejectedUntil = Number.NEGATIVE_INFINITY
  /** Peak-sensitive average of the time until answers begin, in milliseconds; 0 while unknown. */
  latency = 0
  /** Since when it is known, or checks say (again) that it is healthy. */
  upSince = performance.now()
  #latencyAt = Number.NEGATIVE_INFINITY
  readonly #listeners = new Set<() => void>()

  /** Whether it may be asked now. */
  isUp(now = performance.now()): boolean {
    return this.healthy && this.ejectedUntil <= now
  }

  /** When it came up, after whatever kept it down: slow start counts from here. */
  get startedAt(): number {
    return Math.max(this.upSince, this.ejectedUntil)
  }

  /** Tells whoever keeps a list of those that are up. */
  changed(): void {
    for (const listener of this.#listeners) listener()
  }

  /** Calls back when it went up or down; returns how to stop that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** An answer began after this many milliseconds: rises at once, falls slowly (half in about seven seconds). */
  measured(took: number, now: number): void {
    const weight = Math.exp((this.#latencyAt - now) / fading)
    this.latency = took > this.latency ? took : this.latency * weight + took * (1 - weight)
    this.#latencyAt = now
  }

  /** It answered, after this many milliseconds; an answer that it has no time for is none. */
  answered(status: number, took: number, now: number): void {
    if (overloaded.has(status)) this.failed(now)
    else this.measured(took, now)
  }

  /** It refused or gave no answer: each time it counts as twice as slow, or quick refusals would pass for speed. */
  failed(now: number): void {
    const twice = 2 * (this.expectedLatency(now) ?? 0)
    this.measured(Math.min(Math.max(twice, failure.least), failure.most), now)
  }

  /** Milliseconds until an answer is likely to begin; less with time, so that the slow are tried again. Undefined: unknown. */
  expectedLatency(now: number): number | undefined {
    const age = now - this.#latencyAt
    return age > forgottenAfter ? undefined : this.latency * Math.exp(-age / fading)
  }
}
