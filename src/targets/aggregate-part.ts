import { about, either, listOf, object, type Of, optional, printed, schema, shown } from "../core/schema.ts"
import { duration } from "../core/units.ts"
import { flag, fn, json, text } from "../core/values.ts"

/** What the functions of an aggregate are told about the client's request. */
export interface AggregateRequest {
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: Headers
  /** The client's body when it was JSON. */
  readonly body: unknown
}

/** The answers of the parts that came before, by name. */
export type Answers = Readonly<Record<string, unknown>>

/** One call of an aggregate, taken apart. */
export interface Call {
  readonly service: string
  readonly method: string
  readonly path: string
  readonly search: string
}

const shape = /^(\S+) (GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\/[^\s?#]*)(\?[^\s#]*)?$/

const call = schema<Call>({
  expected: 'a call such as "cart GET /cart"',
  types: "Call<S>",
  accepts: (value) => typeof value === "string",
  parse(value, path, report) {
    const [, service = "", method = "", callPath = "/", search = ""] = shape.exec(value as string) ?? []
    if (service === "")
      report({
        code: "E204",
        path,
        message: `Expected a call such as "cart GET /cart", got ${shown(value)}.`,
        fix: "Write the service, the method in capitals and the path, with one space between.",
      })
    return { service, method, path: callPath, search }
  },
})

const options = object({
  call: about('What is called: "service METHOD /path", with `:name` for the parameters of the route.', call),
  needs: about(
    "Parts whose answers this one needs: it is called when they are there.",
    optional(printed("readonly Exclude<keyof P, N>[]", listOf(text({ expected: "the name of a part" })))),
  ),
  body: about(
    "The body to send as JSON, made of the answers of the parts that this one needs. Without it, calls that carry a body send the client's.",
    optional(
      fn<(parts: Answers, request: AggregateRequest) => unknown>(
        "(parts: Answers<P, N>, request: AggregateRequest) => unknown",
      ),
    ),
  ),
  required: about("Whether the whole answer fails when this part does.", optional(flag(), true)),
  fallback: about("The value that stands in when this part fails; the part is then not required.", optional(json())),
  timeout: about("How long this part may take.", optional(duration())),
})

/** A part as the config gives it, checked. */
export type PartOptions = Of<typeof options>

/** A part: its call, or its options. */
export const partOption = either(call, printed("PartOptions<S, P, N>", options))

/** The fields of a part, for the generated types. */
export const partFields = options.fields ?? {}
