/** How an upstream does: what checks and answers told about it. Outlives a reload. */
export class UpstreamState {
  /** What the last health checks say; true until one says otherwise. */
  healthy = true
  /** Until when it is left alone after failures, in milliseconds of the monotonic clock. */
  ejectedUntil = 0
  /** Peak-sensitive average of the time until answers begin, in milliseconds; 0 while unknown. */
  latency = 0
  /** Since when it takes requests (again): slow start counts from here. */
  upSince = Number.NEGATIVE_INFINITY
  readonly #listeners = new Set<() => void>()
  #latencyAt = 0

  /** Whether it may be asked now. */
  isUp(now = performance.now()): boolean {
    return this.healthy && this.ejectedUntil <= now
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
    const weight = Math.exp((this.#latencyAt - now) / 10_000)
    this.latency = took > this.latency ? took : this.latency * weight + took * (1 - weight)
    this.#latencyAt = now
  }
}
