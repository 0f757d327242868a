import { about, either, isObject, listOf, object, type Of, optional, type Schema, schema } from "../../core/schema.ts"
import { size } from "../../core/units.ts"
import { flag, fn, off, oneOf, text } from "../../core/values.ts"
import { csvOptions, formatName, formOptions, xmlOptions } from "./format-options.ts"
import { typesOption } from "./media.ts"
import { type FieldPath, fieldPath } from "./paths.ts"
import { queryOptions } from "./query.ts"
import { filledValue } from "./values.ts"

/** What the functions of a transformation are told about the client's request. */
export interface TransformRequest {
  readonly method: string
  readonly path: string
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: Headers
}

/** Makes something else of the value in a body. */
export type MapFunction = (value: unknown, request: TransformRequest, status: number) => unknown

const name = () => text({ expected: "the name of a field", pattern: /./ })

/** Values by the path that they are for. */
const byPath = <T>(of: Schema<T>, where: Schema<FieldPath>): Schema<ReadonlyMap<FieldPath, T>> =>
  schema({
    expected: "an object",
    types: (indent) => `{ readonly [path: string]: ${of.types(indent)} }`,
    accepts: isObject,
    parse: (value, path, report) =>
      new Map(
        Object.entries(value as object).map(([key, item]) => {
          const at = [...path, key]
          const read = where.parse(key, at, (problem) => report({ ...problem, on: "key" }))
          return [read, of.parse(item, at, report)] as const
        }),
      ),
  })

const reshape = (map: string) => ({
  pick: about("Fields to keep: all others are taken out.", optional(listOf(fieldPath()))),
  omit: about("Fields to take out.", optional(listOf(fieldPath()))),
  rename: about(
    'Fields to call otherwise, where they stand: { "items.*.cost": "price" }.',
    optional(byPath(name(), fieldPath("named"))),
  ),
  set: about(
    'Fields to give a value: { "meta.user": ":headers.x-user" }. In texts, `:id` and `:*` are those of the route, `:query.q` and `:headers.x` the client\'s, `:body.a.b` is from the body as it came, `::` is a colon; what is a placeholder only is left out when nothing is there.',
    optional(byPath(filledValue(), fieldPath("plain"))),
  ),
  flatten: about(
    "Objects whose fields move up into the object around them, whose own fields stay; and lists whose lists become one.",
    optional(listOf(fieldPath("named"))),
  ),
  group: about(
    'Fields to put into an object of their own: { "customer.address": ["street", "city"] } takes both out of the customer.',
    optional(byPath(listOf(name()), fieldPath("named"))),
  ),
  map: about(
    "A function that makes something else of the value, after all of the above.",
    optional(fn<MapFunction>(map)),
  ),
})

const formatFields = {
  xml: about("How XML is read and written on this side.", optional(xmlOptions)),
  csv: about("How tables are read and written on this side.", optional(csvOptions)),
  form: about("How forms are read and written on this side.", optional(formOptions)),
}

const others = (standard: "refuse" | "pass", status: number) =>
  about(
    `What happens to bodies of other content types: "refuse" (${status}) or "pass" as they are.`,
    optional(oneOf("refuse", "pass"), standard),
  )

const request = object({
  from: about(
    "The formats that are taken from clients; a body that does not say what it is is read as the first. Without it, all that are known, by content type.",
    optional(listOf(formatName())),
  ),
  to: about("The format that the service gets; without it, the one that came.", optional(formatName())),
  ...formatFields,
  ...reshape("(value: any, request: TransformRequest) => unknown"),
  query: about("Changes to the query: removes first, then renames, then sets.", optional(queryOptions)),
  others: others("refuse", 415),
})

const response = object({
  from: about(
    "The formats that the service answers in; it is asked for these, and a body that does not say what it is is read as the first. Without it, all that are known, by content type.",
    optional(listOf(formatName())),
  ),
  to: about("The format that the client gets; without it, the one that came.", optional(formatName())),
  accept: about(
    "The formats that the client can choose from by its Accept header, the standard one first; 406 when it takes none of them.",
    optional(listOf(formatName())),
  ),
  ...formatFields,
  ...reshape("(value: any, request: TransformRequest, status: number) => unknown"),
  errors: about(
    'What happens to answers from status 400 on: "convert" takes them into the format only, "reshape" does all of the above, false leaves them as they are.',
    optional(either(oneOf("convert", "reshape"), off()), "convert"),
  ),
  streams: about(
    "True: each event of text/event-stream, and each line of ndjson, is reshaped like a body of its own; otherwise streams pass as they are.",
    optional(flag(), false),
  ),
  others: others("pass", 502),
})

/** Everything that can be said about a transformation. */
export const transformOptions = object({
  request: about(
    "What becomes of the client's request: read, pick, omit, rename, set, flatten, group, map, written.",
    optional(request),
  ),
  response: about(
    "What becomes of the answer: read, pick, omit, rename, set, flatten, group, map, the client's choice of fields, written.",
    optional(response),
  ),
  internal: about(
    'Fields that no client gets to see, such as "cost" or "**.secret": they are taken out of every answer, of errors and streams too, before anything looks at it, and once more at the end. An answer that cannot be looked into is refused. What a route names comes on top of the defaults.',
    optional(listOf(fieldPath())),
  ),
  fields: about(
    'Lets clients choose the fields of an answer, by a parameter of the query of this name (true: "fields"): ?fields=id,owner.name. Services do not get the parameter.',
    optional(either(flag(), text({ expected: "the name of a query parameter", pattern: /^[\w.-]+$/ }))),
  ),
  types: about(
    'Content types that mean a format which they do not name: { "text/plain": "json" }; false is what passes without a look, even where there are internal fields.',
    optional(typesOption),
  ),
  limit: about(
    "The largest body that is read: 413 for a client's, 502 for a service's. 10mb otherwise.",
    optional(size()),
  ),
})

/** A transformation, once checked. */
export type TransformOptions = Of<typeof transformOptions>

/** What becomes of requests. */
export type RequestSide = NonNullable<TransformOptions["request"]>

/** What becomes of answers. */
export type ResponseSide = NonNullable<TransformOptions["response"]>

/** What is done to the value in a body. */
export type ReshapeOptions = Pick<RequestSide, "pick" | "omit" | "rename" | "set" | "flatten" | "group" | "map">
