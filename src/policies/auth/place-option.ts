import { about, either, list, listOf, object, optional, type Schema, schema } from "../../core/schema.ts"
import { headerName, text } from "../../core/values.ts"
import type { Place } from "./scheme.ts"

const token = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/

const fields = object({
  header: about("The header that the credentials stand in.", optional(headerName())),
  word: about(
    'With a header: the word before the credentials, such as "Bearer".',
    optional(text({ expected: 'a word such as "Bearer"', pattern: token })),
  ),
  cookie: about("The cookie that they are.", optional(text({ expected: "the name of a cookie", pattern: token }))),
  query: about(
    "The query parameter that they are. Addresses get into logs and histories: a header is better.",
    optional(text({ expected: "the name of a query parameter", pattern: /./ })),
  ),
})

const where = ["header", "cookie", "query"] as const

const place = schema<Place>({
  expected: `an object with one of ${list(where.map((word) => `"${word}"`))}`,
  types: fields.types,
  accepts: fields.accepts,
  fields: fields.fields ?? {},
  parse(value, path, report) {
    const parsed = fields.parse(value, path, report)
    const given = where.filter((word) => parsed[word] !== undefined)
    const [one] = given
    const wrong =
      one === undefined || given.length > 1
        ? `names ${
            given.length === 0
              ? "no place"
              : list(
                  given.map((word) => `"${word}"`),
                  "and",
                )
          }`
        : parsed.word !== undefined && one !== "header"
          ? `has "word" beside "${one}"`
          : undefined
    if (wrong) report({ code: "E204", path, message: `Expected ${place.expected}: this one ${wrong}.` })
    const name = (one && parsed[one]) ?? ""
    return one === "header"
      ? { in: one, name: name.toLowerCase(), word: parsed.word?.toLowerCase() }
      : { in: one ?? "query", name }
  },
})

const one: Schema<readonly Place[]> = { ...place, parse: (value, path, report) => [place.parse(value, path, report)] }

/** Where credentials stand: one place, or several that are looked at in their order. */
export const placeOption: Schema<readonly Place[]> = either(listOf(place), one)
