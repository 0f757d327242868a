import type { UsageOf } from "../core/usage.ts"

/** What was used of one meter in one hour, by somebody through some route. */
export interface UsageRow {
  /** When the hour began, such as "2026-11-21T14:00Z". */
  readonly hour: string
  readonly subject: string | null
  readonly identity: string | null
  readonly key: string | null
  readonly tenant: string | null
  readonly route: string
  readonly plan: string | null
  readonly meter: string
  readonly amount: number
}

/** What every key of the account begins with. */
export const usagePrefix = "usage "

// Names from outside may be as long as a token.
const longest = 200

const short = (text: string | undefined): string | null =>
  text === undefined ? null : text.length <= longest ? text : `${text.slice(0, 64)}… ${sha256(text)}`

const sha256 = (text: string): string => new Bun.CryptoHasher("sha256").update(text).digest("hex")

/** The hour of a time, as keys have it: they sort as times do. */
export const hourOf = (time: number): string => new Date(time).toISOString().slice(0, 13)

/** The line of an account, as keys have it. */
export const lineOf = ({ subject, identity, key, tenant, route, plan }: UsageOf): string =>
  JSON.stringify([subject, identity, key, tenant, route, plan].map((one) => short(one)))

/** The key of a counter. */
export const keyOf = (hour: string, line: string, meter: string): string => `${usagePrefix}${hour} ${meter} ${line}`

/** The row that a counter stands for. */
export function rowOf(counterKey: string, amount: number): UsageRow {
  const rest = counterKey.slice(usagePrefix.length)
  const hour = rest.slice(0, 13)
  const end = rest.indexOf(" ", 14)
  const [subject, identity, key, tenant, route, plan] = JSON.parse(rest.slice(end + 1)) as (string | null)[]
  return {
    hour: `${hour}:00Z`,
    subject: subject ?? null,
    identity: identity ?? null,
    key: key ?? null,
    tenant: tenant ?? null,
    route: route ?? "",
    plan: plan ?? null,
    meter: rest.slice(14, end),
    amount,
  }
}

/** The key of the counter that a row comes from. */
export function counterOf({ hour, subject, identity, key, tenant, route, plan, meter }: UsageRow): string {
  return keyOf(hour.slice(0, 13), JSON.stringify([subject, identity, key, tenant, route, plan]), meter)
}
