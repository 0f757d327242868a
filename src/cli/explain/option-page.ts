import { columns, wrap } from "../columns.ts"
import type { Page } from "../help.ts"
import { type Style, style } from "../style.ts"
import type { ExplainedOption } from "./option.ts"

/** The options of one name as a page for people. */
export function optionPage(found: readonly ExplainedOption[], page: Page): string {
  const paint = style(page.color)
  return found.map((option) => onePlace(option, page, paint)).join("\n")
}

function onePlace(option: ExplainedOption, page: Page, paint: Style): string {
  const lines = [option.about, facts(option)]
    .filter((line) => line !== "")
    .map((line) => `  ${wrap(line, page.width, 2)}\n`)
  const rows = option.options.flatMap((inner) => rowsOf(inner, option.name, paint))
  const inside = rows.length === 0 ? "" : `\n${columns(rows, { width: page.width })}`
  return `${paint.bold(option.name)}  ${paint.dim(`in ${option.in}`)}\n\n${lines.join("\n")}${inside}`
}

function rowsOf(option: ExplainedOption, parent: string, paint: Style): string[][] {
  const name = paint.cyan(option.name.slice(parent.length + 1))
  return [
    [name, option.about],
    ["", paint.dim(facts(option))],
    ...option.options.flatMap((inner) => rowsOf(inner, parent, paint)),
  ]
}

// What an object expects is told by its options, each in its own row.
function facts({ expected, options, required, ...option }: ExplainedOption): string {
  const kind = options.length === 0 ? expected : expected.endsWith(", or false") ? "an object, or false" : "an object"
  const words = `${kind}; ${required ? "required" : option.default === null ? "optional" : `${option.default} if not given`}.`
  return words.charAt(0).toUpperCase() + words.slice(1)
}
