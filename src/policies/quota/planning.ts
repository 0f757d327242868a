import { GatewayError } from "../../core/errors.ts"
import type { Exchange } from "../../core/exchange.ts"
import type { Identity } from "../../core/identity.ts"
import type { Log } from "../../core/log.ts"
import type { Count, PartMetrics } from "../../core/metrics.ts"
import type { Plans } from "../../core/plan.ts"
import { shown } from "../../core/schema.ts"
import { asking, type AuthRequest } from "../auth/asking.ts"
import { type Allowance, allowance, policyLine } from "./allowance.ts"

/** What a plan comes to on one route. */
export interface Allotted {
  /** The name of the plan; undefined where there are no plans. */
  readonly name: string | undefined
  readonly allowances: readonly Allowance[]
  /** What `RateLimit-Policy` says of it. */
  readonly policy: string
  readonly allowed: Count
  readonly refused: Count
}

// Names of plans come from tokens too: they must not fill the log, nor the memory.
const mostWarnings = 100

/** Finds the plan of an exchange; who has none is refused. */
export function planning(
  chosen: string | ((request: AuthRequest, identity: Identity | undefined) => unknown) | undefined,
  ground: { plans: Plans; meters: ReadonlyMap<string, unknown>; zone: string; log: Log; metrics: PartMetrics },
): (exchange: Exchange) => Allotted {
  const { plans, meters, zone, log, metrics } = ground
  const counts = (plan: string) => {
    const count = (outcome: string): Count =>
      metrics.counter("bellhop_quota_total", "Requests that came to a quota, by plan and outcome.", { plan, outcome })
    return { allowed: count("allowed"), refused: count("refused") }
  }
  const allotted = new Map<string, Allotted>()
  for (const [name, limits] of plans) {
    // What this route does not measure cannot be used up by it.
    const here = limits.filter(({ meter }) => meter === "requests" || meter === "bytes" || meters.has(meter))
    const allowances = here.map((limit) => allowance(name, limit, zone))
    allotted.set(name, { name, allowances, policy: policyLine(allowances), ...counts(name) })
  }
  const unknown = new Set<string>()

  function find(name: string): Allotted | undefined {
    const found = allotted.get(name)
    if (found || unknown.has(name) || unknown.size >= mostWarnings) return found
    unknown.add(name)
    log.warn(`A client has the plan ${shown(name)}, which \`plans\` does not have.`)
    return undefined
  }

  // Without plans nobody has limits, and all is counted.
  if (plans.size === 0) {
    const unlimited: Allotted = { name: undefined, allowances: [], policy: "", ...counts("") }
    return () => unlimited
  }
  const standard = typeof chosen === "string" ? allotted.get(chosen) : undefined
  return (exchange) => {
    const { identity } = exchange
    const named = typeof chosen === "function" ? chosen(asking(exchange), identity) : identity?.plan
    const found = typeof named === "string" ? find(named) : undefined
    const plan = found ?? standard
    if (!plan) throw new GatewayError("forbidden", "No plan covers this request.")
    return plan
  }
}
