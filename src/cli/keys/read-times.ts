import { duration } from "../../core/units.ts"
import { timeOf } from "../../policies/auth/date-option.ts"
import { UsageError } from "../usage-error.ts"

const length = duration()

/** A length of time out of a command line. */
export function readLength(flag: string, text: string): number {
  let wrong = !length.accepts(text)
  const found = wrong ? 0 : length.parse(text, [], () => (wrong = true))
  if (wrong) throw new UsageError(`${flag} cannot be ${JSON.stringify(text)}.`, 'Write a length such as "24h" or "7d".')
  return found
}

/** When something ends, out of a command line: a day, a moment, or how long from now. */
export function readEnd(flag: string, text: string, now: number): number {
  const time = timeOf(text) ?? (/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(text) ? now + readLength(flag, text) : undefined)
  if (time === undefined)
    throw new UsageError(
      `${flag} cannot be ${JSON.stringify(text)}.`,
      'Write a day such as "2030-01-31", or a length such as "90d".',
    )
  if (time <= now) throw new UsageError(`${flag} ${text} is over.`, "Give a time to come.")
  return time
}
