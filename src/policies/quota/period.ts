import type { CalendarPeriod } from "../../core/plan.ts"
import { type Schema, schema, shown } from "../../core/schema.ts"

/** When the period of the calendar that a time is in ends, in milliseconds since 1970. */
export function endOf(period: CalendarPeriod, timeZone: string, now: number): number {
  const at = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone)
  if (period === "hour") {
    const next = at.round({ smallestUnit: "hour", roundingMode: "floor" }).add({ hours: 1 })
    return next.epochMilliseconds
  }
  return firstDay(period, at.toPlainDate()).toZonedDateTime(timeZone).epochMilliseconds
}

/** The first day of the period after the one that a day is in. */
function firstDay(period: Exclude<CalendarPeriod, "hour">, day: Temporal.PlainDate): Temporal.PlainDate {
  if (period === "day") return day.add({ days: 1 })
  // ISO 8601: weeks begin on Monday.
  if (period === "week") return day.add({ days: 8 - day.dayOfWeek })
  if (period === "month") return day.with({ day: 1 }).add({ months: 1 })
  return day.with({ month: 1, day: 1 }).add({ years: 1 })
}

/** The name of a time zone, as the IANA has it. */
export const timeZone: Schema<string> = schema({
  expected: 'a time zone such as "UTC" or "Europe/Berlin"',
  types: "string",
  accepts: (value) => typeof value === "string",
  parse(value, path, report) {
    try {
      return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(value as string).timeZoneId
    } catch {
      report({ code: "E204", path, message: `Expected ${timeZone.expected}, got ${shown(value)}.` })
      return "UTC"
    }
  },
})
