import { durationText } from "../../core/units.ts"
import type { ServiceStatus } from "../../services/status.ts"
import { admin, withAdmin } from "../admin/reach-admin.ts"
import { columns } from "../columns.ts"
import { defineCommand } from "../command.ts"
import { exitCodes } from "../exit-codes.ts"
import { config, json } from "../flags.ts"
import { type Style, style } from "../style.ts"

/** What the admin listener says of the gateway. */
interface Status {
  readonly name: string
  readonly version: string
  readonly pid: number
  readonly mode: string
  readonly config: string
  readonly url: string | null
  readonly docs: string | null
  readonly state: string
  readonly started: string
  readonly generation: number
  readonly routes: number
  readonly inFlight: number
  readonly memory: number
  readonly reload?: { readonly at: string; readonly outcome: string; readonly issues: readonly { message: string }[] }
  readonly services: readonly ServiceStatus[]
  readonly recorder: { readonly memory: number; readonly bytes: number; readonly exchanges: number } | null
}

/** Says how the running gateway does. */
export const status = defineCommand({
  name: "status",
  about: "Says how the running gateway does: its config, its services, what is under way.",
  args: [],
  flags: { json, admin, config },
  examples: [
    ["bellhop status", "the gateway of this folder"],
    ["bellhop status --admin http://10.0.0.7:9900 --json", "another one, for a program"],
  ],
  run: (input) =>
    withAdmin(input, input.flags, async (door) => {
      const told: unknown = await (await door.ask("/status")).json()
      input.out(
        input.flags.json ? `${JSON.stringify(told, null, 2)}\n` : page(told as Status, door.url, style(input.color)),
      )
      return exitCodes.ok
    }),
})

function page(told: Status, admin: string, paint: Style): string {
  const { reload, recorder } = told
  const state = told.state === "ready" ? paint.green("● ready") : paint.yellow(`○ ${told.state}`)
  const rows: [string, string][] = [
    ["gateway", told.url ?? "-"],
    ["docs", told.docs ?? ""],
    ["admin", admin],
    ["config", `${told.config}  ${paint.dim(`generation ${told.generation}, ${told.routes} routes`)}`],
    ["reload", reload ? reloadText(reload, paint) : ""],
    ["process", `${told.pid}, up ${upText(told.started)}, ${megabytes(told.memory)}, ${told.inFlight} under way`],
    [
      "recorder",
      recorder
        ? `${recorder.exchanges} exchanges in ${megabytes(recorder.bytes)} of ${megabytes(recorder.memory)}`
        : paint.dim("off"),
    ],
  ]
  const facts = columns(
    rows.filter(([, value]) => value !== "").map(([name, value]) => [paint.dim(name), value]),
    { indent: 2, gap: 2 },
  )
  const title = `\n  ${paint.bold(paint.cyan(told.name))} ${told.version} ${told.mode}  ${state}\n\n`
  return `${title}${facts}${servicesTable(told.services, paint)}\n`
}

function reloadText({ at, outcome, issues }: NonNullable<Status["reload"]>, paint: Style): string {
  const when = paint.dim(new Date(at).toLocaleTimeString("en-GB"))
  if (outcome !== "refused") return `${paint.green(outcome)} ${when}`
  const [first] = issues
  return `${paint.red("refused")} ${when}  ${first?.message ?? ""}`
}

function servicesTable(services: readonly ServiceStatus[], paint: Style): string {
  if (services.length === 0) return ""
  const rows = services.flatMap(({ service, mode, upstreams }) =>
    upstreams.length === 0
      ? [[service, mode, paint.dim("–"), paint.dim("–"), ""]]
      : upstreams.map(({ upstream, up, reason, latency }, at) => [
          at === 0 ? service : "",
          at === 0 ? mode : "",
          upstream,
          up ? paint.green("● up") : paint.red("○ down"),
          reason ?? (latency === undefined ? "" : paint.dim(`${latency} ms`)),
        ]),
  )
  const heads = ["service", "mode", "upstream", "state", ""].map(paint.dim)
  return `\n${columns([heads, ...rows], { indent: 2, gap: 2 })}`
}

const megabytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MB`

/** Whole seconds or more: a minute and a half is 1.5m. */
function upText(started: string): string {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(started)) / 1000))
  if (seconds < 120) return durationText(seconds * 1000)
  return durationText(Math.round(seconds / 60) * 60_000)
}
