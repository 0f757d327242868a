import { codes, isCode } from "../../config/codes.ts"
import { list } from "../../core/schema.ts"
import { nearest } from "../../core/suggest.ts"
import { defineCommand } from "../command.ts"
import { exitCodes } from "../exit-codes.ts"
import { codeData, codePage } from "../explain/code.ts"
import { json } from "../flags.ts"
import { UsageError } from "../usage-error.ts"

/** Explains what Bellhop says, and what it would do. */
export const explain = defineCommand({
  name: "explain",
  about: "Explains an error code.",
  args: [{ name: "subject", about: "What to explain: an error code such as E104.", many: true }],
  flags: { json },
  examples: [["bellhop explain E104", "what a mistake means and how it is mended"]],
  run({ args, flags, color, width, out }) {
    const subject = args.subject.join(" ").trim()
    const code = subject.toUpperCase()
    if (!isCode(code)) throw unknownCode(code)
    out(flags.json ? `${JSON.stringify(codeData(code), null, 2)}\n` : codePage(code, { color, width }))
    return exitCodes.ok
  },
})

function unknownCode(code: string): UsageError {
  const meant = nearest(code, Object.keys(codes))
  return new UsageError(`There is no error code ${JSON.stringify(code)}.`, meant && `Did you mean ${list([meant])}?`)
}
