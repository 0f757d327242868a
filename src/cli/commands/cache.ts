import { isObject } from "../../core/schema.ts"
import { readPurge, WrongPurge } from "../../policies/cache/purge-query.ts"
import { askAdmin, CannotAskAdmin } from "../cache/ask-admin.ts"
import { columns } from "../columns.ts"
import { defineCommand } from "../command.ts"
import { exitCodes } from "../exit-codes.ts"
import { config, json } from "../flags.ts"
import { withConfig } from "../open-config.ts"
import { style } from "../style.ts"
import { UsageError } from "../usage-error.ts"

/** Looks into the cache of the running gateway, and drops answers of it. */
export const cache = defineCommand({
  name: "cache",
  about: "Shows what the cache of the running gateway does, and drops answers that it keeps.",
  args: [{ name: "action", about: "What to do: show or purge.", values: ["show", "purge"] }],
  flags: {
    url: { type: "string", value: "URL", about: "Drops the answers of this URL, whoever they are for." },
    path: {
      type: "string",
      value: "PATTERN",
      about: "Drops the answers of the paths that fit, on all hosts: /users/7, or /users/* for all below.",
    },
    tag: { type: "string", value: "TAG", about: "Drops the answers that the service gave this tag." },
    all: { type: "boolean", about: "Drops all answers." },
    admin: { type: "string", value: "URL", about: "Where the admin listener of the running gateway is." },
    json,
    config,
  },
  examples: [
    ["bellhop cache show", "hits, misses, and how full it is"],
    ["bellhop cache purge --path /users/*", "drops all users"],
    ["bellhop cache purge --tag product-7", "drops what the service tagged so"],
    ["bellhop cache purge --all", "begins anew"],
  ],
  run(input) {
    const { args, flags, color, out, err } = input
    const purges = args.action === "purge"
    const target = purges ? purgeTarget(flags) : "/cache"
    for (const name of ["url", "path", "tag", "all"] as const)
      if (!purges && flags[name] !== undefined && flags[name] !== false)
        throw new UsageError(`--${name} is for purge: bellhop cache purge --${name}.`)
    return withConfig<number>(input, flags.config, exitCodes.invalidConfig, async ({ built }) => {
      const paint = style(color)
      try {
        const { admin } = built.gateway.config.settings
        const told = await askAdmin(flags.admin, admin, purges ? "POST" : "GET", target)
        if (flags.json) out(`${JSON.stringify(told, null, 2)}\n`)
        else if (purges) out(`${paint.green("dropped")} ${counted(told.dropped)}\n`)
        else out(page(told.cache, paint))
        return exitCodes.ok
      } catch (error) {
        if (!(error instanceof CannotAskAdmin)) throw error
        err(`${paint.red("error")} ${error.message}\n`)
        return exitCodes.failure
      }
    })
  },
})

function purgeTarget(flags: {
  readonly url: string | undefined
  readonly path: string | undefined
  readonly tag: string | undefined
  readonly all: boolean
}): string {
  const { url, path, tag } = flags
  try {
    const what = readPurge({ url, path, tag, all: flags.all ? "" : undefined })
    const value = what.by === "all" ? "" : what.value
    return `/cache/purge?${new URLSearchParams({ [what.by]: value }).toString()}`
  } catch (error) {
    if (!(error instanceof WrongPurge)) throw error
    throw new UsageError(
      error.message.replace("one of url, path, tag and all", "one of --url, --path, --tag and --all"),
    )
  }
}

const counted = (dropped: unknown): string => `${String(dropped)} ${dropped === 1 ? "answer" : "answers"}`

const labels = {
  hits: "answered out of the cache",
  stale: "of them stale",
  misses: "not in the cache",
  collapsed: "of them waited for another one",
  bypassed: "nothing for a cache",
  validated: "stale, and still good",
  refreshed: "fetched in the background",
  evicted: "made room for others",
  entries: "answers in memory",
  bytes: "bytes in memory",
  limit: "bytes at most",
} as const

function page(status: unknown, paint: ReturnType<typeof style>): string {
  if (!isObject(status)) return ""
  const rows = Object.entries(labels).map(([name, about]) => {
    const value = status[name]
    return [typeof value === "number" ? value.toLocaleString("en-US").padStart(12) : "-", paint.dim(about)]
  })
  const rate = typeof status.hitRate === "number" ? `${(status.hitRate * 100).toFixed(1)} %` : "-"
  return columns([[rate.padStart(12), paint.dim("hit rate")], ...rows], { indent: 0 })
}
