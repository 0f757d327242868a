import { list, shown } from "../core/schema.ts"
import { duration } from "../core/units.ts"
import type { UsageRow } from "./usage-rows.ts"

/** What usage can be grouped by, with the value that a row has there. */
export const usageGroups = {
  month: ({ hour }: UsageRow) => hour.slice(0, 7),
  day: ({ hour }: UsageRow) => hour.slice(0, 10),
  hour: ({ hour }: UsageRow) => hour,
  identity: ({ identity }: UsageRow) => identity,
  key: ({ key }: UsageRow) => key,
  tenant: ({ tenant }: UsageRow) => tenant,
  subject: ({ subject }: UsageRow) => subject,
  route: ({ route }: UsageRow) => route,
  plan: ({ plan }: UsageRow) => plan,
} as const

/** One of the things that usage can be grouped by. */
export type UsageGroup = keyof typeof usageGroups

/** What somebody wants to know about usage: grouped how, and of which hours. */
export interface UsageQuery {
  readonly by: readonly UsageGroup[]
  /** In milliseconds since 1970: the hour that it is in is the first. */
  readonly since: number
  /** Hours that begin from then on are left out. */
  readonly until: number
}

/** A question that cannot be understood. */
export class WrongUsageQuery extends Error {}

const hour = 3_600_000

/** Reads a question as people write it: `key,route`, `2026-11-01`, `7d`; what is left out is the identities of this month. */
export function readUsageQuery(
  given: { readonly by?: string | undefined; readonly since?: string | undefined; readonly until?: string | undefined },
  now: number,
): UsageQuery {
  const since = given.since === undefined ? startOfMonth(now) : timeOf(given.since, now)
  const until = given.until === undefined ? now : timeOf(given.until, now)
  const first = Math.floor(since / hour) * hour
  if (first >= until) throw new WrongUsageQuery("The time of since is not before that of until.")
  return { by: groupsOf(given.by ?? "identity"), since: first, until }
}

function groupsOf(text: string): UsageGroup[] {
  const names = text.split(",").map((name) => name.trim())
  const known = Object.keys(usageGroups)
  for (const name of names)
    if (!known.includes(name))
      throw new WrongUsageQuery(`Cannot group usage by ${shown(name)}: use ${list(known, "and")}, with commas between.`)
  return [...new Set(names)] as UsageGroup[]
}

const length = duration()

function timeOf(text: string, now: number): number {
  if (/^\d+(\.\d+)?[a-z]+$/.test(text)) {
    let wrong = false
    const ago = length.parse(text, [], () => (wrong = true))
    if (!wrong) return now - ago
  }
  // A date without a zone would be of the place where this runs.
  const zoned = /^\d{4}-\d\d-\d\dT[\d:.]+$/.test(text) ? `${text}Z` : text
  const time = /^\d{4}-\d\d(-\d\d(T.+)?)?$/.test(zoned) ? Date.parse(zoned) : Number.NaN
  if (!Number.isNaN(time)) return time
  throw new WrongUsageQuery(
    `Cannot read the time ${shown(text)}: write a day such as "2026-11-01", a time such as "2026-11-01T14:00Z", or how long ago it was, such as "7d".`,
  )
}

const startOfMonth = (now: number): number => Date.parse(new Date(now).toISOString().slice(0, 7))
