import type { Store } from "../core/store.ts"
import { csv } from "../formats/csv.ts"
import { type UsageGroup, usageGroups, type UsageQuery } from "./usage-query.ts"
import { hourOf, rowOf, usagePrefix, type UsageRow } from "./usage-rows.ts"

/** What was used by one group: its names, and the sum of each meter. */
export interface UsageSum {
  readonly group: Readonly<Partial<Record<UsageGroup, string | null>>>
  readonly meters: Readonly<Record<string, number>>
}

const day = 86_400_000

// Stores look through all of their keys for each beginning: few of them, and none much longer than what is asked for.
const mostDays = 3

/** The rows of an account, of some hours. */
export async function usageRows(store: Store, since: number, until: number): Promise<UsageRow[]> {
  const rows: UsageRow[] = []
  const first = hourOf(since)
  const last = hourOf(until - 1)
  for (const begin of beginnings(since, until))
    for (const [key, amount] of await store.counters(begin)) {
      const row = rowOf(key, amount)
      const at = row.hour.slice(0, first.length)
      if (at >= first && at <= last) rows.push(row)
    }
  return rows
}

/** What the keys of these hours begin with, in order: their days, or their months. */
export function beginnings(since: number, until: number): readonly string[] {
  const days: string[] = []
  for (let at = Math.floor(since / day) * day; at < until; at += day) days.push(new Date(at).toISOString().slice(0, 10))
  const parts = days.length <= mostDays ? days : new Set(days.map((one) => one.slice(0, 7)))
  return Array.from(parts, (one) => usagePrefix + one)
}

/** Sums an account up. */
export async function usageReport(store: Store, { by, since, until }: UsageQuery): Promise<UsageSum[]> {
  const sums = new Map<string, { group: Partial<Record<UsageGroup, string | null>>; meters: Map<string, number> }>()
  for (const row of await usageRows(store, since, until)) {
    const values = by.map((name) => usageGroups[name](row))
    const key = JSON.stringify(values)
    let sum = sums.get(key)
    if (!sum) {
      sum = { group: Object.fromEntries(by.map((name, at) => [name, values[at] ?? null])), meters: new Map() }
      sums.set(key, sum)
    }
    sum.meters.set(row.meter, (sum.meters.get(row.meter) ?? 0) + row.amount)
  }
  return [...sums]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, { group, meters }]) => ({ group, meters: Object.fromEntries(meters) }))
}

/** A report as rows and columns. */
export interface UsageTable {
  readonly columns: readonly string[]
  readonly rows: readonly Readonly<Record<string, string | number | null>>[]
}

/** A report as a table: the groups, and a column for each meter. */
export function usageTable(sums: readonly UsageSum[], { by }: UsageQuery): UsageTable {
  const meters = new Set(sums.flatMap((sum) => Object.keys(sum.meters)))
  const own = ["requests", "bytes"].filter((name) => meters.has(name))
  const others = [...meters].filter((name) => !own.includes(name)).sort()
  // A meter may be called as a group is: letters that no name has keep them apart.
  const columns = [
    ...by,
    ...[...own, ...others].map((name) => (Object.hasOwn(usageGroups, name) ? `${name} (meter)` : name)),
  ]
  const rows = sums.map((sum) => {
    const amounts = [...own, ...others].map((name) => sum.meters[name] ?? 0)
    const values = [...by.map((name) => sum.group[name] ?? null), ...amounts]
    return Object.fromEntries(columns.map((column, at) => [column, values[at] ?? null]))
  })
  return { columns, rows }
}

/** A table as CSV; the row of names is there even when there is nothing else. */
export const usageCsv = ({ columns, rows }: UsageTable): string =>
  rows.length > 0 ? String(csv.write(rows)) : `${columns.join(",")}\r\n`

/** A report as programs read it. */
export const usageJson = (sums: readonly UsageSum[], { by, since, until }: UsageQuery): object => ({
  since: new Date(since).toISOString(),
  until: new Date(until).toISOString(),
  by,
  usage: sums.map(({ group, meters }) => ({ ...group, meters })),
})
