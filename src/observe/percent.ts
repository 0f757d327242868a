import { type Schema, schema, shown } from "../core/schema.ts"

/** A share of a hundred. */
export const percent: Schema<number> = schema({
  expected: "a number from 0 to 100",
  types: "number",
  accepts: (value) => typeof value === "number",
  parse(value, path, report) {
    const given = value as number
    if (!(given >= 0 && given <= 100))
      report({ code: "E204", path, message: `Expected a number from 0 to 100, got ${shown(given)}.` })
    return given
  },
})
