import type { ShownBody } from "../../observe/recorder/shown-body.ts"
import type { Detail, ShownHeaders } from "../../observe/recorder/shown.ts"
import { columns } from "../columns.ts"
import { type Style, style } from "../style.ts"
import { statusText } from "./exchange-line.ts"
import { safeLine, safeText } from "./safe-text.ts"
import { millisecondsText, waterfall } from "./waterfall.ts"

/** Everything that may be seen of an exchange, for people. */
export function exchangePage(detail: Detail, { width, color }: { width: number; color: boolean }): string {
  const paint = style(color)
  const { request, response, method, path, query, status, tree, code } = detail
  const heading = `${paint.bold(method)} ${safeLine(path + query)}  ${statusText(status, paint)}${code === null ? "" : `  ${paint.red(safeLine(code))}`}`
  const blocks = [
    `${heading}\n`,
    facts(detail, paint),
    section("What was done", waterfall(tree, { width, color, indent: 2, whole: true }).join("\n"), paint),
    message("Request", request, paint),
    message("Answer", response, paint),
  ]
  return blocks.filter((block) => block !== "").join("\n")
}

function facts(detail: Detail, paint: Style): string {
  const { id, exchange, at, route, client, identity, took, answered, upstream, trace, outcome, replayOf } = detail
  const gateway = Math.max(0, answered - upstream)
  const rows = [
    ["id", id],
    ["exchange", exchange === id ? "" : safeLine(exchange)],
    ["replay of", replayOf ?? ""],
    ["at", at],
    ["route", route ?? "none"],
    ["client", client],
    ["identity", safeLine(identity ?? "")],
    [
      "time",
      `${millisecondsText(took)}, its answer began after ${millisecondsText(answered)}: ${millisecondsText(upstream)} waiting for services, ${millisecondsText(gateway)} in the gateway`,
    ],
    ["trace", trace ?? ""],
    ["answer", outcome === "whole" ? "" : outcome === "gone" ? "the client left before its end" : "it broke off"],
    ["replay", detail.replay.reason ?? ""],
  ]
  return columns(
    rows.filter(([, value]) => value !== "").map(([name = "", value = ""]) => [paint.dim(name), value]),
    { indent: 2, gap: 2 },
  )
}

const section = (title: string, text: string, paint: Style): string =>
  text === "" ? "" : `${paint.bold(title)}\n${text}\n`

function message(title: string, of: { headers: ShownHeaders; body: ShownBody | null }, paint: Style): string {
  const headers = of.headers.map(([name, value]) => `  ${paint.cyan(safeLine(name))}: ${safeLine(value)}`)
  const body = of.body === null ? [] : ["", ...bodyLines(of.body, paint)]
  return section(title, [...headers, ...body].join("\n"), paint)
}

function bodyLines({ text, size, type, complete, encoding }: ShownBody, paint: Style): string[] {
  const coded = encoding === null ? "" : `, ${safeLine(encoding)}`
  if (text === null)
    return [`  ${paint.dim(`${size} bytes of ${safeLine(type ?? "an unknown type")}${coded}: no text`)}`]
  const lines = safeText(indented(text, type)).replace(/\n$/, "").split("\n")
  const rest = complete ? [] : [`  ${paint.dim(`… cut off: ${size} bytes passed${coded}`)}`]
  return [...lines.map((line) => `  ${line}`), ...rest]
}

/** JSON on lines of its own; whatever is none as it is. */
function indented(text: string, type: string | null): string {
  if (type === null || !/[/+]json$/.test(type)) return text
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
