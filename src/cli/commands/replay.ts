import { readFileSync } from "node:fs"
import { resolve } from "node:path"

import { isObject } from "../../core/schema.ts"
import type { Detail } from "../../observe/recorder/shown.ts"
import { admin, CannotReach, withAdmin } from "../admin/reach-admin.ts"
import { defineCommand } from "../command.ts"
import { exchangePage } from "../exchanges/exchange-page.ts"
import { millisecondsText } from "../exchanges/waterfall.ts"
import { exitCodes } from "../exit-codes.ts"
import { config, json } from "../flags.ts"
import { style } from "../style.ts"
import { UsageError } from "../usage-error.ts"

/** Sends a recorded request again. */
export const replay = defineCommand({
  name: "replay",
  about: "Sends a recorded request through the gateway once more, as it was or edited.",
  args: [{ name: "id", about: "The id that `tail` shows, or that an answer carries." }],
  flags: {
    yes: { type: "boolean", short: "y", about: "Sends a request too that may change something, such as a POST." },
    edit: {
      type: "string",
      value: "JSON",
      about:
        'What is to be other than it was, or @ and a file with that: {"method", "target", "headers", "body"}, each or none. A header that is null is left out.',
    },
    json,
    admin,
    config,
  },
  examples: [
    ["bellhop replay 8a1f0c2e", "a GET, as it was"],
    ["bellhop replay 8a1f0c2e --yes", "a POST: it may change something once more"],
    ["bellhop replay 8a1f0c2e --edit @edit.json", "with other headers, say"],
  ],
  run(input) {
    const { args, flags, out, color } = input
    const body = JSON.stringify({ ...edits(flags.edit, input.cwd), ...(flags.yes && { yes: true }) })
    return withAdmin(input, flags, async (door) => {
      const path = `/exchanges/${encodeURIComponent(args.id)}`
      const before = (await (await door.ask(path)).json()) as Detail
      const headers = { "content-type": "application/json" }
      const answer = await door.ask(`${path}/replay`, { method: "POST", body, headers }).catch((error: unknown) => {
        const unsure = error instanceof CannotReach && error.status === 409 && !flags.yes && before.replay.possible
        throw unsure
          ? new CannotReach(error.message.replace(/ Say that .*/, " Add --yes to send it again."), 409)
          : error
      })
      const after = (await answer.json()) as Detail
      if (flags.json) out(`${JSON.stringify(after, null, 2)}\n`)
      else out(`${comparison(before, after, color)}\n\n${exchangePage(after, input)}`)
      return exitCodes.ok
    })
  },
})

function comparison(before: Detail, after: Detail, color: boolean): string {
  const paint = style(color)
  const same = before.status === after.status && before.response.body?.text === after.response.body?.text
  const verdict = same ? paint.green("the same answer as before") : paint.yellow("another answer than before")
  return `${verdict}  ${before.status} in ${millisecondsText(before.took)} → ${after.status} in ${millisecondsText(after.took)}`
}

function edits(given: string | undefined, cwd: string): Record<string, unknown> {
  if (given === undefined) return {}
  let value: unknown
  try {
    value = JSON.parse(given.startsWith("@") ? readFileSync(resolve(cwd, given.slice(1)), "utf8") : given)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  if (isObject(value)) return value
  throw new UsageError(`"--edit" is no JSON object.`, `Write it like '{"headers":{"accept":"text/html"}}'.`)
}
