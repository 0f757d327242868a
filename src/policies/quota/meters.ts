import { about, isObject, object, optional, record, type Schema, schema } from "../../core/schema.ts"
import { fn, headerName } from "../../core/values.ts"
import type { AuthRequest } from "../auth/asking.ts"
import { fieldPath } from "../transform/paths.ts"
import { quotaName } from "./plans.ts"

/** What a function of the config is told about an answer. */
export interface MeteredAnswer {
  readonly status: number
  readonly headers: Headers
}

/** How much of a meter an answer takes: told by a header, by a field of its body, or by a function. */
export type Meter =
  | { readonly by: "header"; readonly name: string }
  | { readonly by: "field"; readonly path: readonly string[] }
  | { readonly by: "function"; readonly of: (answer: MeteredAnswer, request: AuthRequest) => unknown }

const place = object({
  header: about("The header of the answer that has the number.", optional(headerName())),
  field: about(
    'The field of a JSON answer, as the client gets it, that has the number, such as "usage.total_tokens"; of a stream of events, the last one that is there.',
    optional(fieldPath("plain")),
  ),
})

const custom = fn<(answer: MeteredAnswer, request: AuthRequest) => unknown>(
  "((answer: { readonly status: number; readonly headers: Headers }, request: AuthRequest) => number)",
)

const meter: Schema<Meter> = schema<Meter>({
  expected: 'an object with "header" or "field", or a function',
  types: (indent) => `${place.types(indent)} | ${custom.types(indent)}`,
  accepts: (value) => isObject(value) || custom.accepts(value),
  fields: place.fields ?? {},
  parse(value, path, report) {
    if (!isObject(value)) return { by: "function", of: custom.parse(value, path, report) }
    const { header, field } = place.parse(value, path, report)
    if ((header === undefined) === (field === undefined))
      report({ code: "E204", path, message: `Expected ${meter.expected}.`, fix: "Keep one of the two." })
    if (header !== undefined) return { by: "header", name: header.toLowerCase() }
    const names = (field ?? []).filter((step) => typeof step === "string")
    if (field && names.length < field.length)
      report({ code: "E204", path: [...path, "field"], message: 'Expected the path of one field, without "*".' })
    return { by: "field", path: names }
  },
})

// These are counted by themselves.
const own: ReadonlySet<string> = new Set(["requests", "bytes"])

const meterName: Schema<string> = {
  ...quotaName("a meter"),
  parse(value, path, report) {
    const name = quotaName("a meter").parse(value, path, report)
    if (own.has(name))
      report({
        code: "E204",
        path,
        message: `"${name}" is counted by itself.`,
        fix: "Remove it, or give it another name.",
      })
    return name
  },
}

/** The meters that a route has beside its requests and bytes. */
export const metersOption = record(meter, meterName)

/** The whole number, rounded up, that something says; undefined where it says none. */
export function amountOf(said: unknown): number | undefined {
  const number = typeof said === "string" && /^\s*\d+(\.\d+)?\s*$/.test(said) ? Number(said) : said
  return typeof number === "number" && number >= 0 && number <= Number.MAX_SAFE_INTEGER ? Math.ceil(number) : undefined
}
