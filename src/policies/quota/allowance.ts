import type { PlanLimit } from "../../core/plan.ts"
import type { LimitRule, Taken, Want } from "../../core/store.ts"
import { durationText } from "../../core/units.ts"
import { endOf } from "./period.ts"

/** One limit of a plan, as a route holds its clients to it. */
export interface Allowance {
  readonly plan: string
  readonly limit: PlanLimit
  /** The limit as headers and answers call it, such as "requests-day". */
  readonly name: string
  /** The time it is for, in words. */
  readonly per: string
  /** What is to be taken before the answer: one request, or nothing but a look whether there is something left. */
  want(payer: string): Want
}

const seconds = { hour: 3600, day: 86_400, week: 604_800, month: undefined, year: undefined } as const

/** Makes a limit of a plan ready to be taken of. */
export function allowance(plan: string, limit: PlanLimit, timeZone: string): Allowance {
  const { meter, per, overage } = limit
  const period = typeof per === "number" ? durationText(per) : per
  const start = `quota ${plan} ${meter} ${period}${typeof per === "string" && timeZone !== "UTC" ? ` ${timeZone}` : ""} `
  const cost = meter === "requests" ? 1 : 0
  const always = overage === "allow"
  let rule: LimitRule =
    typeof per === "number"
      ? { kind: "sliding", limit: limit.limit, window: per }
      : { kind: "until", limit: limit.limit, ends: 0 }
  return {
    plan,
    limit,
    name: `${meter}-${period}`,
    per: period,
    want(payer) {
      if (typeof per === "string" && rule.kind === "until") {
        const now = Date.now()
        if (now >= rule.ends) rule = { kind: "until", limit: limit.limit, ends: endOf(per, timeZone, now) }
      }
      return { key: start + payer, rule, cost, always }
    },
  }
}

/** What `RateLimit-Policy` says of limits. */
export const policyLine = (allowances: readonly Allowance[]): string =>
  allowances
    .map(({ name, limit: { meter, limit, per } }) => {
      const window = typeof per === "number" ? Math.ceil(per / 1000) : seconds[per]
      const unit = meter === "requests" ? "" : `;qu="${meter === "bytes" ? "content-bytes" : meter}"`
      return `"${name}";q=${limit}${unit}${window === undefined ? "" : `;w=${window}`}`
    })
    .join(", ")

/** What `RateLimit` says of them. */
export function remainingLine(allowances: readonly Allowance[], taken: readonly Taken[]): string {
  let line = ""
  for (let at = 0; at < allowances.length; at++) {
    const { name } = allowances[at] as Allowance
    const { remaining, reset } = taken[at] as Taken
    line += `${at === 0 ? "" : ", "}"${name}";r=${remaining};t=${Math.ceil(reset / 1000)}`
  }
  return line
}
