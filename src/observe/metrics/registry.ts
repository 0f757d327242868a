import { type Count, durations, Histogram, type Labels, type PartMetrics } from "../../core/metrics.ts"
import type { Family } from "./family.ts"

interface Known {
  readonly type: "counter" | "histogram"
  readonly help: string
  readonly series: Map<string, { readonly labels: Labels; readonly counted: Count | Histogram }>
}

const none: Labels = {}

/** What parts count: found again by name and labels, whichever config asks. */
export class Registry implements PartMetrics {
  readonly #known = new Map<string, Known>()

  counter(name: string, help: string, labels = none): Count {
    return this.#find("counter", name, help, labels, () => ({ value: 0 })) as Count
  }

  histogram(name: string, help: string, labels = none, bounds = durations): Histogram {
    return this.#find("histogram", name, help, labels, () => new Histogram(bounds)) as Histogram
  }

  families(): Family[] {
    return Array.from(this.#known, ([name, { type, help, series }]) => ({
      name,
      type,
      help,
      samples: Array.from(
        series.values(),
        ({ labels, counted }) => [labels, counted instanceof Histogram ? counted : counted.value] as const,
      ),
    }))
  }

  #find(type: Known["type"], name: string, help: string, labels: Labels, make: () => Count | Histogram) {
    const known: Known = this.#known.get(name) ?? { type, help, series: new Map() }
    if (known.type !== type) throw new Error(`"${name}" is a ${known.type} and cannot be a ${type} as well.`)
    this.#known.set(name, known)
    const key = JSON.stringify(Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1)))
    const found = known.series.get(key) ?? { labels, counted: make() }
    known.series.set(key, found)
    return found.counted
  }
}
