import { type Code, type CodeEntry, codes } from "../../config/codes.ts"
import { wrap } from "../columns.ts"
import type { Page } from "../help.ts"
import { style } from "../style.ts"

/** What one kind of mistake means, as a page for people. */
export function codePage(code: Code, page: Page): string {
  const { title, about, fix, example }: CodeEntry = codes[code]
  const paint = style(page.color)
  const part = (name: string, text: string): string => `\n${paint.bold(name)}\n${text}\n`
  const prose = (text: string): string => `  ${wrap(text, page.width, 2)}`
  const source = (text: string, mark: string): string => text.replace(/^/gm, `  ${mark} `).replace(/ +$/gm, "")
  let text = `${paint.red(code)}  ${paint.bold(title)}\n\n${prose(about)}\n${part("Fix", prose(fix))}`
  if (example)
    text += part("Example", `${source(example.bad, paint.red("-"))}\n${source(example.good, paint.green("+"))}`)
  return text
}

/** The same for programs. */
export const codeData = (code: Code): { code: Code } & CodeEntry => ({ code, ...codes[code] })
