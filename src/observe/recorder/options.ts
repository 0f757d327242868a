import { about, either, object, type Of, optional, type Schema } from "../../core/schema.ts"
import { size } from "../../core/units.ts"
import { flag, integer, off } from "../../core/values.ts"

const written = object({
  memory: about(
    "How much memory recent exchanges may take, whole; the oldest make room for new ones.",
    optional(size(), "16mb"),
  ),
  bodies: about(
    "How much is kept of each body, of the request and of the answer; `false` keeps none. An exchange whose request was not kept whole cannot be replayed.",
    optional(either(size(), off()), "64kb"),
  ),
  rate: about(
    "How many exchanges a second are recorded: nobody can follow more, and each costs a little. Those beyond are counted; of those that fail the head of the request is kept even so.",
    optional(integer(1, 1_000_000), 500),
  ),
})

/** How exchanges are recorded. */
export interface RecorderOptions {
  readonly memory: number
  /** Bytes of each body; 0 for none. */
  readonly bodies: number
  /** Exchanges a second. */
  readonly rate: number
}

const both: Schema<boolean | Of<typeof written>> = either(flag(), written)

/** How exchanges are recorded where the config says nothing about it. */
export const standardRecorder = (): RecorderOptions => made(written.parse({}, [], () => undefined))

const made = ({ bodies, ...options }: Of<typeof written>): RecorderOptions => ({ ...options, bodies: bodies || 0 })

/** What a config says about the recorder; `true` stands for all that is standard. */
export const recorderOption: Schema<RecorderOptions | false> = {
  ...both,
  parse(value, path, report) {
    const said = both.parse(value, path, report)
    return typeof said === "object" ? made(said) : said === true ? standardRecorder() : false
  },
}

/** How exchanges are recorded; undefined where they are not, as where no listener could show them. */
export function recorderWanted(
  { admin, observe }: { admin?: unknown; observe?: { recorder?: RecorderOptions | false | undefined } | undefined },
  standard: boolean,
): RecorderOptions | undefined {
  if (admin === false) return undefined
  return (observe?.recorder ?? (standard && standardRecorder())) || undefined
}
