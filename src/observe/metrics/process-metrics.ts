import type { PartMetrics } from "../../core/metrics.ts"
import type { Family } from "./family.ts"

const started = Date.now() / 1000

/** How the process does: what it takes of the machine, and how late its event loop is. */
export function processMetrics(): Family[] {
  const { user, system } = process.cpuUsage()
  const memory = process.memoryUsage()
  const one = (name: string, type: "counter" | "gauge", help: string, value: number): Family => ({
    name,
    type,
    help,
    samples: [[{}, value]],
  })
  return [
    one("process_cpu_seconds_total", "counter", "Processor time that was used.", (user + system) / 1e6),
    one("process_start_time_seconds", "gauge", "When the process started, in seconds since 1970.", started),
    one("process_resident_memory_bytes", "gauge", "Memory in use.", memory.rss),
    one("bellhop_heap_bytes", "gauge", "Memory that JavaScript uses.", memory.heapUsed),
  ]
}

// Often enough to see what hurts, rarely enough to cost nothing.
const pace = 100

/** Measures how late the event loop is, until what it gives is called. */
export function measureLag(metrics: PartMetrics): () => void {
  const lag = metrics.histogram("bellhop_event_loop_lag_seconds", "How late the gateway came to what was due.")
  let due = performance.now() + pace
  const timer = setInterval(() => {
    const now = performance.now()
    lag.add(Math.max(0, now - due) / 1000)
    due = now + pace
  }, pace)
  return () => clearInterval(timer)
}
