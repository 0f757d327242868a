import type { Distribution, Exemplar, Labels } from "../../core/metrics.ts"
import type { Family } from "./family.ts"

/** A text format for metrics, by the media type that asks for it. */
export type Exposition = "prometheus" | "openmetrics"

/** What each of them says of itself. */
export const mediaTypes: Readonly<Record<Exposition, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
}

/** The format that a scraper prefers. */
export function expositionFor(accept: string | null): Exposition {
  let best: Exposition = "prometheus"
  let most = 0
  for (const range of (accept ?? "").toLowerCase().split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim())
    const version = parameters.find((one) => one.startsWith("version="))?.slice("version=".length)
    const quality = Number(parameters.find((one) => one.startsWith("q="))?.slice("q=".length) ?? 1)
    const asked =
      type === "application/openmetrics-text" && (version === undefined || version === "1.0.0")
        ? ("openmetrics" as const)
        : type === "text/plain" && (version === undefined || version === "0.0.4")
          ? ("prometheus" as const)
          : undefined
    if (!asked || !(quality > most)) continue
    best = asked
    most = quality
  }
  return best
}

/** Metrics as text. */
export function exposed(families: readonly Family[], as: Exposition): string {
  let text = ""
  for (const { name, type, help, samples } of families) {
    // OpenMetrics calls the family of a counter by its name without the ending of its only sample.
    const family = as === "openmetrics" && type === "counter" ? name.replace(/_total$/, "") : name
    text += `# HELP ${family} ${helpText(help, as)}\n# TYPE ${family} ${type}\n`
    const unit = /_(seconds|bytes)$/.exec(family)?.[1]
    if (as === "openmetrics" && unit !== undefined) text += `# UNIT ${family} ${unit}\n`
    for (const [labels, value] of samples)
      if (typeof value === "number") text += `${name}${labelText(labels)} ${numberText(value)}\n`
      else text += distributed(name, labels, value, as)
  }
  return as === "openmetrics" ? `${text}# EOF\n` : text
}

function distributed(
  name: string,
  labels: Labels,
  { bounds, counts, sum, exemplars }: Distribution,
  as: Exposition,
): string {
  const inner = innerText(labels)
  const before = inner === "" ? "" : `${inner},`
  let text = ""
  let total = 0
  for (let at = 0; at <= bounds.length; at++) {
    total += counts[at] ?? 0
    const end = bounds[at]
    const exemplar = as === "openmetrics" ? exemplars?.[at] : undefined
    text += `${name}_bucket{${before}le="${end === undefined ? "+Inf" : boundText(end, as)}"} ${total}`
    text += exemplar ? ` ${exemplarText(exemplar)}\n` : "\n"
  }
  const own = inner === "" ? "" : `{${inner}}`
  return `${text}${name}_sum${own} ${numberText(sum)}\n${name}_count${own} ${total}\n`
}

const exemplarText = ({ trace, value, at }: Exemplar): string =>
  `# {trace_id="${escaped(trace)}"} ${numberText(value)} ${(at / 1000).toFixed(3)}`

const innerText = (labels: Labels): string => {
  let text = ""
  for (const name in labels) text += `${text === "" ? "" : ","}${name}="${escaped(labels[name] as string)}"`
  return text
}

/** Labels as they stand behind the name of a sample. */
export const labelText = (labels: Labels): string => {
  const inner = innerText(labels)
  return inner === "" ? "" : `{${inner}}`
}

const escaped = (value: string): string =>
  /["\\\n]/.test(value) ? value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n") : value

// OpenMetrics has quotes escaped there, Prometheus has them as they are.
const helpText = (help: string, as: Exposition): string => (as === "openmetrics" ? escaped(help) : help)

const numberText = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf"

// The canonical form of whole bounds in OpenMetrics; scrapers tell series apart by these letters.
const boundText = (bound: number, as: Exposition): string =>
  as === "openmetrics" && Number.isInteger(bound) && bound < 1e6 ? `${bound}.0` : String(bound)
