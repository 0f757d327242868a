import { GatewayError } from "../../core/errors.ts"
import { readUsageQuery, type UsageQuery, WrongUsageQuery } from "../../observe/usage-query.ts"
import { usageCsv, usageJson, usageReport, type UsageSum, usageTable } from "../../observe/usage-report.ts"
import { columns } from "../columns.ts"
import { defineCommand } from "../command.ts"
import { exitCodes } from "../exit-codes.ts"
import { config, json } from "../flags.ts"
import { withConfig } from "../open-config.ts"
import { style } from "../style.ts"
import { UsageError } from "../usage-error.ts"
import { askUsage, CannotAsk } from "../usage/ask-usage.ts"

/** Says who used how much of what. */
export const usage = defineCommand({
  name: "usage",
  about: "Tells who used how much, out of the account that the config keeps with `usage`.",
  args: [],
  flags: {
    by: {
      type: "string",
      value: "NAMES",
      about:
        "What to sum up by: month, day, hour, identity, key, tenant, subject, route, plan; several with commas between. Default: identity.",
    },
    since: {
      type: "string",
      value: "TIME",
      about: "The first hour: a day, a time, or how long ago. Default: the first of this month. Days are those of UTC.",
    },
    until: { type: "string", value: "TIME", about: "The hour to end before. Default: now." },
    csv: { type: "boolean", about: "Prints CSV, for spreadsheets and billing." },
    json,
    admin: {
      type: "string",
      value: "URL",
      about: "Where the admin listener of the running gateway is: only asked where usage lives in its memory.",
    },
    config,
  },
  examples: [
    ["bellhop usage", "what each identity used this month"],
    ["bellhop usage --by key,route --since 7d", "the last week, for each key and route"],
    ["bellhop usage --by tenant,plan --since 2026-10-01 --until 2026-11-01 --csv", "October, for billing"],
  ],
  run(input) {
    const { flags, color, out, err } = input
    if (flags.csv && flags.json) throw new UsageError('"--csv" and "--json" are two ways to print it.', "Keep one.")
    const query = readQuery(flags)
    return withConfig<number>(input, flags.config, exitCodes.invalidConfig, async ({ built }) => {
      const { settings } = built.gateway.config
      const paint = style(color)
      const fail = (message: string): number => {
        err(`${paint.red("error")} ${message}\n`)
        return exitCodes.failure
      }
      if (!settings.usage)
        return fail("The config keeps no account of usage. Add usage: true, and a quota to the routes.")
      let sums: UsageSum[]
      try {
        sums =
          settings.store.part.name === "memory"
            ? await askUsage(flags.admin, settings.admin, query)
            : await usageReport(built.store, query)
      } catch (error) {
        if (error instanceof CannotAsk) return fail(error.message)
        if (error instanceof GatewayError) return fail(`Cannot read the store: ${String(error.cause)}`)
        throw error
      }
      if (flags.json) out(`${JSON.stringify(usageJson(sums, query), null, 2)}\n`)
      else if (flags.csv) out(usageCsv(usageTable(sums, query)))
      else out(page(sums, query, paint))
      return exitCodes.ok
    })
  },
})

function readQuery(flags: Parameters<typeof readUsageQuery>[0]): UsageQuery {
  try {
    return readUsageQuery(flags, Date.now())
  } catch (error) {
    throw error instanceof WrongUsageQuery ? new UsageError(error.message) : error
  }
}

function page(sums: readonly UsageSum[], query: UsageQuery, paint: ReturnType<typeof style>): string {
  const { columns: names, rows } = usageTable(sums, query)
  if (rows.length === 0) return `Nothing was used since ${new Date(query.since).toISOString()}.\n`
  const groups: readonly string[] = query.by
  const widths = names.map((name) => Math.max(name.length, ...rows.map((row) => shown(row[name]).length)))
  const cells = rows.map((row) =>
    names.map((name, at) => (groups.includes(name) ? shown(row[name]) : shown(row[name]).padStart(widths[at] ?? 0))),
  )
  const head = names.map((name, at) =>
    paint.dim(groups.includes(name) ? name.toUpperCase() : name.toUpperCase().padStart(widths[at] ?? 0)),
  )
  return columns([head, ...cells], { indent: 0 })
}

const shown = (value: string | number | null | undefined): string =>
  typeof value === "number" ? value.toLocaleString("en-US") : (value ?? "-")
