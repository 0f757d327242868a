import { type Schema, schema, shown } from "../../core/schema.ts"

const shape = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/

/** A day, which begins in UTC, or a moment; in milliseconds since 1970 once parsed. */
export const date = (): Schema<number> => {
  const expected = 'a date such as "2030-01-31" or "2030-01-31T12:00:00Z"'
  return schema({
    expected,
    types: "string",
    accepts: (value) => typeof value === "string",
    parse(value, path, report) {
      const time = timeOf(value as string)
      if (time === undefined) report({ code: "E204", path, message: `Expected ${expected}, got ${shown(value)}.` })
      return time ?? 0
    },
  })
}

/** The time that a text says; undefined when it says none. */
export function timeOf(text: string): number | undefined {
  const time = shape.test(text) ? Date.parse(text) : Number.NaN
  // A day that is not in the calendar would become one of the next month.
  const isDay =
    !Number.isNaN(time) && new Date(`${text.slice(0, 10)}T00:00:00Z`).toISOString().startsWith(text.slice(0, 10))
  return isDay ? time : undefined
}
