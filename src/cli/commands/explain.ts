import { codes, isCode } from "../../config/codes.ts"
import { nearest } from "../../core/suggest.ts"
import { type AnyInput, defineCommand } from "../command.ts"
import { exitCodes } from "../exit-codes.ts"
import { codeData, codePage } from "../explain/code.ts"
import { optionPage } from "../explain/option-page.ts"
import { findOptions, optionNames } from "../explain/option.ts"
import { requestPage } from "../explain/request-page.ts"
import { explainRequest } from "../explain/request.ts"
import { parseSubject } from "../explain/subject.ts"
import { config, json } from "../flags.ts"
import { withConfig } from "../open-config.ts"
import { UsageError } from "../usage-error.ts"

/** Explains what Bellhop says, what it would do, and what may be said to it. */
export const explain = defineCommand({
  name: "explain",
  about: "Explains an error code, what happens to a request, or an option of the config.",
  args: [{ name: "subject", about: "A code (E104), a request (POST /checkout) or an option (timeout).", many: true }],
  flags: { config, json },
  examples: [
    ["bellhop explain E104", "what a mistake means and how it is mended"],
    ["bellhop explain POST /checkout", "the route, policies, parts and services of a request"],
    ["bellhop explain bodyLimit", "what an option is for and what may stand there"],
  ],
  run(input) {
    const subject = input.args.subject.join(" ").trim()
    const code = subject.toUpperCase()
    if (isCode(code)) return tell(input, codeData(code), codePage(code, input))
    if (/^E\d+$/.test(code)) throw unknown("error code", code, Object.keys(codes))
    if (subject.includes("/")) return aboutRequest(input, subject)
    const found = findOptions(subject)
    if (found.length === 0) throw unknown("option", subject, optionNames())
    return tell(input, found, optionPage(found, input))
  },
})

async function aboutRequest(
  input: AnyInput & { flags: { config: string | undefined } },
  text: string,
): Promise<number> {
  const subject = parseSubject(text)
  if (!subject)
    throw new UsageError(`Cannot read the request ${JSON.stringify(text)}.`, 'Write it like "POST /checkout".')
  return withConfig<number>(input, input.flags.config, exitCodes.invalidConfig, (opened) => {
    const explained = explainRequest(subject, opened)
    return tell(input, explained, requestPage(explained, input))
  })
}

function tell({ flags, out }: AnyInput, data: unknown, page: string): number {
  out(flags["json"] === true ? `${JSON.stringify(data, null, 2)}\n` : page)
  return exitCodes.ok
}

function unknown(kind: string, word: string, known: Iterable<string>): UsageError {
  const meant = nearest(word, known)
  return new UsageError(`There is no ${kind} ${JSON.stringify(word)}.`, meant && `Did you mean "${meant}"?`)
}
