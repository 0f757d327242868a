import { columns } from "../columns.ts"
import type { Page } from "../help.ts"
import { type Style, style } from "../style.ts"
import { literal } from "./disclosed.ts"
import type { ExplainedPart } from "./parts.ts"
import type { Explained, ExplainedChoice, ExplainedPolicy, ExplainedRoute, ExplainedService } from "./request.ts"

/** What a gateway would do with a request, as a page for people. */
export function requestPage({ request, answers, allow, nearest, route }: Explained, page: Page): string {
  const paint = style(page.color)
  const title = paint.bold(`${request.method} ${request.path}${request.query}`)
  if (route) return `${title}\n\n${routeText(route, page, paint)}`
  if (answers === 204)
    return `${title}\n\n  ${paint.green("204")}  The gateway itself answers: the path takes ${allow.join(", ")}.\n`
  if (answers === 405) return `${title}\n\n  ${paint.yellow("405")}  The path takes ${allow.join(", ")}.\n`
  if (answers === 400)
    return `${title}\n\n  ${paint.yellow("400")}  Such a path is refused: it can be read in more than one way, or the config says so.\n`
  const meant = nearest.map((key) => `\n       ${paint.cyan(key)}`).join("")
  return `${title}\n\n  ${paint.yellow("404")}  No route answers this.${meant && ` Routes like it:${meant}`}\n`
}

function routeText({ key, file, line, params, choices }: ExplainedRoute, page: Page, paint: Style): string {
  const rows = [[paint.dim("route"), `${paint.cyan(key)}  ${paint.dim(line === null ? file : `${file}:${line}`)}`]]
  for (const [name, value] of Object.entries(params))
    rows.push([paint.dim("params"), `${name} = ${JSON.stringify(value)}`])
  const [only] = choices
  let text = columns(withoutRepeats(rows))
  if (choices.length === 1 && only && only.when === null) return text + choiceText(only, 2, page, paint)
  for (const [index, choice] of choices.entries()) {
    const condition = choice.when === null ? "otherwise" : `when ${literal(choice.when)}`
    text += `\n  ${paint.bold(`${index + 1}. ${condition}`)}\n${choiceText(choice, 5, page, paint)}`
  }
  return text
}

function choiceText(choice: ExplainedChoice, indent: number, page: Page, paint: Style): string {
  const { policies, target, parts, services } = choice
  const section = (title: string, rows: readonly (readonly string[])[]): string =>
    rows.length === 0
      ? ""
      : `\n${" ".repeat(indent)}${paint.dim(title)}\n${columns(rows, { indent: indent + 2, width: page.width })}`
  const options = Object.entries(target.options).map(([name, value]) => `${paint.cyan(name)} ${literal(value)}`)
  return (
    section(
      "policies",
      policies.flatMap((policy) => [
        policyRow(policy, paint),
        ...(policy.note === undefined ? [] : [["", "", paint.dim(policy.note)]]),
      ]),
    ) +
    section("target", [[[...(parts ? [paint.cyan(target.name)] : []), ...options].join(", ")]]) +
    (parts ? columns(partRows(parts, paint), { indent: indent + 2 }) : "") +
    section(
      "services",
      services.map((service) => serviceRow(service, paint)),
    )
  )
}

const policyRow = ({ name, from, options }: ExplainedPolicy, paint: Style): string[] =>
  options === false
    ? [paint.dim(name), paint.dim(from), paint.dim("off")]
    : [paint.cyan(name), paint.dim(from), literal(options)]

const serviceRow = ({ name, mode, upstreams }: ExplainedService, paint: Style): string[] => [
  paint.cyan(name),
  mode,
  upstreams.map((url) => (typeof url === "string" ? url : literal(url))).join(", "),
]

function partRows(parts: readonly ExplainedPart[], paint: Style, before = ""): string[][] {
  return parts.flatMap((part, index) => {
    const last = index === parts.length - 1
    const note = [
      part.fallback !== undefined ? `otherwise ${literal(part.fallback)}` : part.required ? "required" : "optional",
      ...(part.needs.length > 0 ? [`needs ${part.needs.join(", ")}`] : []),
      ...(part.timeout === undefined ? [] : [`within ${String(part.timeout)}`]),
    ]
    const name = `${paint.dim(before + (last ? "└─ " : "├─ "))}${paint.cyan(part.name)}`
    return [
      [name, part.call, paint.dim(note.join(", "))],
      ...partRows(part.next, paint, `${before}${last ? "   " : "│  "}`),
    ]
  })
}

/** Rows in which a first cell like the one above is left out. */
const withoutRepeats = (rows: readonly string[][]): string[][] =>
  rows.map(([first = "", ...rest], index) => [rows[index - 1]?.[0] === first ? "" : first, ...rest])
