import type { Detail } from "../../observe/recorder/shown.ts"
import { admin, withAdmin } from "../admin/reach-admin.ts"
import { defineCommand } from "../command.ts"
import { exchangePage } from "../exchanges/exchange-page.ts"
import { exitCodes } from "../exit-codes.ts"
import { config, json } from "../flags.ts"
import { UsageError } from "../usage-error.ts"

/** Shows one exchange. */
export const show = defineCommand({
  name: "show",
  about: "Shows everything about one exchange: what was done when, headers and bodies, without secrets.",
  args: [{ name: "id", about: "The id that `tail` shows, or that an answer carries." }],
  flags: { json, har: { type: "boolean", about: "Prints it as a HAR file, for other tools." }, admin, config },
  examples: [
    ["bellhop show 8a1f0c2e", "as a page"],
    ["bellhop show 8a1f0c2e --json", "for a program"],
    ["bellhop show 8a1f0c2e --har > one.har", "for a browser"],
  ],
  run(input) {
    const { args, flags, out } = input
    if (flags.json && flags.har) throw new UsageError('"--json" and "--har" are two ways to print it.', "Keep one.")
    return withAdmin(input, flags, async (door) => {
      const answer = await door.ask(`/exchanges/${encodeURIComponent(args.id)}${flags.har ? "/har" : ""}`)
      const found: unknown = await answer.json()
      out(flags.json || flags.har ? `${JSON.stringify(found, null, 2)}\n` : exchangePage(found as Detail, input))
      return exitCodes.ok
    })
  },
})
