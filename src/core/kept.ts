/** Values that outlive a reload, found again by name: counters, caches, connections. */
export class Kept {
  readonly #values = new Map<string, { value: unknown; dispose: (() => void) | undefined }>()

  /** What one config asks for; nothing is dropped before that config is settled. */
  generation(): { keep: Keep; settle: () => void } {
    const asked = new Set<string>()
    return {
      keep: (name, make, dispose) => {
        asked.add(name)
        const found = this.#values.get(name)
        if (found) return found.value as never
        const value = make()
        this.#values.set(name, { value, dispose: dispose && (() => dispose(value)) })
        return value
      },
      // A config that was refused never settles, so what the served one keeps is left alone.
      settle: () => {
        for (const [name, { dispose }] of this.#values) {
          if (asked.has(name)) continue
          this.#values.delete(name)
          dispose?.()
        }
      },
    }
  }
}

/** Asks for a value that outlives a reload; made once, under this name. */
export type Keep = <T>(name: string, make: () => T, dispose?: (value: T) => void) => T
