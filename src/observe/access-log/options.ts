import { about, either, listOf, object, type Of, optional, type Schema } from "../../core/schema.ts"
import { duration, size } from "../../core/units.ts"
import { flag, headerName, integer, oneOf, text } from "../../core/values.ts"
import { percent } from "../percent.ts"
import { fieldNames } from "./fields.ts"

const file = object({
  path: about("The file, from the folder of the config on; its folder is made where it is missing.", text()),
  size: about("Begins a new one when it has this size.", optional(size(), "100mb")),
  every: about("Begins a new one when it is this old.", optional(duration())),
  keep: about(
    "How many old ones are kept, as access.log.1, access.log.2 and so on, the youngest first.",
    optional(integer(0, 1000), 7),
  ),
})

const format = oneOf("pretty", "json", "combined")

const written = object({
  format: about(
    'How lines are written: "json", one object each; "combined", as nginx and Apache have it; "pretty", for people. Standard: "pretty" in a terminal, "json" elsewhere.',
    optional(format),
  ),
  to: about(
    'Where they go: "stdout", "stderr", or a file, which may be renamed under the gateway: the next line begins a new one.',
    optional(either(oneOf("stdout", "stderr"), file), "stdout"),
  ),
  fields: about(
    'What a line of "json" says, in this order. What an exchange has nothing to say about is left out.',
    optional(listOf(oneOf(...fieldNames))),
  ),
  headers: about(
    'Headers of the request in lines of "json", as `header.<name>`; what is secret in them is not shown.',
    optional(listOf(headerName())),
  ),
  sample: about("Percent of the exchanges that get a line, drawn by lot.", optional(percent, 100)),
  failures: about(
    "Whether those with a code for what went wrong, or with a status of 500 or more, get one in any case.",
    optional(flag(), true),
  ),
  slow: about("Those whose answer took longer than this to begin get one in any case.", optional(duration())),
  except: about(
    'Routes without lines, by their keys in the config, such as "GET /healthz"; their failures count all the same.',
    optional(listOf(text())),
  ),
  buffer: about(
    "How much waits in memory at most while lines are written; what finds no room is dropped and counted. No exchange waits.",
    optional(size(), "4mb"),
  ),
})

/** How exchanges are logged. */
export type AccessLogOptions = Of<typeof written>

/** Where a file of lines is, and when it is exchanged for a new one. */
export type FileOptions = Of<typeof file>

const both: Schema<boolean | Of<typeof format> | AccessLogOptions> = either(flag(), format, written)

const standard = (): AccessLogOptions => written.parse({}, [], () => undefined)

/** What a config says about the log; `true` stands for all that is standard, a word for the format. */
export const accessLogOption: Schema<AccessLogOptions | false> = {
  ...both,
  parse(value, path, report) {
    const said = both.parse(value, path, report)
    if (typeof said === "string") return { ...standard(), format: said }
    return said === true ? standard() : said
  },
}

/** How exchanges are logged; undefined where they are not. */
export function accessLogWanted(
  { observe }: { observe?: { log?: AccessLogOptions | false | undefined } | undefined },
  inTerminal: boolean,
): AccessLogOptions | undefined {
  return (observe?.log ?? (inTerminal && { ...standard(), format: "pretty" as const })) || undefined
}
