import type { Issue } from "../config/issue.ts"
import { durationText } from "../core/units.ts"
import type { Change } from "../server/changes.ts"
import type { Reloaded } from "../server/reload.ts"
import type { Serving } from "../server/serve.ts"
import { columns } from "./columns.ts"
import { at, disclosed } from "./explain/disclosed.ts"
import { product } from "./product.ts"
import { type Style, style } from "./style.ts"

/** What is printed once the gateway answers: where it is, and who is behind it. */
export function banner(
  serving: Serving,
  options: {
    mode: string
    took: number
    color: boolean
    config: string
    states: ReadonlyMap<string, boolean | undefined>
  },
): string {
  const paint = style(options.color)
  const { listener, admin, live } = serving
  const services = [...(live.now?.built.gateway.services.values() ?? [])]
  const lines = [
    "",
    `  ${paint.bold(paint.cyan(product.name))} ${product.version} ${options.mode}  ${paint.dim(`ready in ${Math.round(options.took)} ms · ${options.config}`)}`,
    "",
  ]
  const url = (name: string, address: string): string =>
    `  ${paint.green("➜")} ${paint.bold(name.padEnd(9))} ${paint.cyan(address)}`
  if (listener) {
    lines.push(url("gateway", listener.url))
    if (listener.wanted.docsPath !== undefined) lines.push(url("docs", listener.url + listener.wanted.docsPath))
  }
  if (admin) lines.push(url("admin", admin.url))
  if (services.length > 0) {
    const rows = services.map((service) => {
      const asked = service.discovery?.label ?? urlsOf(live.now?.built.value, service.name)
      const where = service.mode === "mock" ? "mocks/" : asked
      const mocks = live.now?.built.mocks.services.get(service.name)?.list().length ?? 0
      return [
        service.name,
        modeLook(service.mode, paint),
        where,
        stateLook(service.mode, options.states.get(service.name), paint),
        mocks > 0 ? `${mocks} mock${mocks === 1 ? "" : "s"}` : paint.dim("–"),
      ]
    })
    const heads = ["service", "mode", "target", "state", "mocks"].map(paint.dim)
    lines.push("", columns([heads, ...rows], { indent: 2, gap: 2 }).trimEnd())
  }
  return `${lines.join("\n")}\n\n`
}

/** The upstreams of a service as the config writes them: a secret by its name only. */
function urlsOf(config: unknown, service: string): string {
  const given = disclosed(at(config, ["services", service]))
  const url = typeof given === "object" ? at(given, ["url"]) : given
  return [url].flat().join(", ")
}

function stateLook(mode: string, up: boolean | undefined, paint: Style): string {
  if (up === undefined) return paint.dim("–")
  if (up) return paint.green("● up")
  return mode === "fallback" ? paint.yellow("○ down → mocks") : paint.red("○ down")
}

const modeLook = (mode: string, paint: Style): string =>
  mode === "real" ? paint.green(mode) : mode === "mock" ? paint.yellow(mode) : paint.blue(mode)

/** The one line that tells of a reload. */
export function reloadLine(reloaded: Reloaded, color: boolean): string {
  const paint = style(color)
  if (reloaded.outcome === "unchanged")
    return `${paint.dim("= no change")}  ${paint.dim(`generation ${reloaded.serving}`)}\n`
  const took = paint.dim(`in ${durationText(reloaded.took)}`)
  if (reloaded.outcome === "refused") {
    const serving =
      reloaded.serving > 0 ? `still serving generation ${reloaded.serving}` : "waiting for a config that can be served"
    return `${paint.red("✗ refused")} ${took}  ${paint.bold(serving)}\n`
  }
  const { routes, services } = reloaded.changes ?? { routes: none, services: none }
  const told = [counts("routes", routes), counts("services", services)].filter((text) => text !== "")
  return `${paint.green("✓ reloaded")} ${took}  ${[...told, `generation ${reloaded.generation.number}`].join("  ")}\n`
}

const none: Change = { added: 0, changed: 0, removed: 0 }

const counts = (name: string, { added, changed, removed }: Change): string =>
  added + changed + removed === 0 && name !== "routes" ? "" : `${name} +${added} ~${changed} -${removed}`

/** Whether any of the issues keeps the config from being served. */
export const hasErrors = (issues: readonly Issue[]): boolean => issues.some((issue) => issue.severity === "error")
