import {
  about,
  either,
  isObject,
  listOf,
  object,
  type Of,
  optional,
  printed,
  record,
  type Schema,
  schema,
} from "../../core/schema.ts"
import { serviceName } from "../../core/service-name.ts"
import { duration } from "../../core/units.ts"
import { flag, fn, headerName, integer, json, off, oneOf, text } from "../../core/values.ts"
import { callOption } from "./call.ts"
import type { FallbackFunction, OfParts } from "./called.ts"
import type { Answers } from "./frame.ts"
import { jsonSchema } from "./json-schema.ts"
import { type Merge, mergeOption } from "./merge-option.ts"
import type { AggregateRequest } from "./run.ts"

// No secret is the name of anything here.
const word = (expected: string, pattern?: RegExp): Schema<string> =>
  printed("string", text(pattern ? { expected, pattern } : { expected }))

const fieldPath = word('the name of a field such as "total" or "user.name"', /^[^.]+(\.[^.]+)*$/)

const ofItem = "parts: Answers<P, N>, request: AggregateRequest, item: Answer, index: number"

const body = fn<OfParts>(`(${ofItem}) => unknown`)

const compensate = object({
  call: about(
    "What is called: as a call of a part, with the name of the part for what it answered: `:reserve.id`.",
    callOption,
  ),
  body: about(
    "The body to send as JSON; among the answers that it is made of is the one of the part itself.",
    optional(fn<OfParts>("(parts: AllAnswers<P>, request: AggregateRequest, item: Answer, index: number) => unknown")),
  ),
  timeout: about("How long one try may take.", optional(duration(), "10s")),
  retry: about("Further tries, where the method may be sent twice.", optional(integer(1, 10))),
})

/** How a part is undone. */
export type Compensate = Of<typeof compensate>

const noBody = { body: undefined, timeout: 10_000, retry: undefined }

const compensateOption: Schema<Compensate> = schema({
  expected: `${callOption.expected}, or ${compensate.expected}`,
  types: (indent) => `Call<S> | ${compensate.types(indent)}`,
  fields: compensate.fields ?? {},
  accepts: (value) => callOption.accepts(value) || compensate.accepts(value),
  parse: (value, path, report) =>
    callOption.accepts(value)
      ? { call: callOption.parse(value, path, report), ...noBody }
      : compensate.parse(value, path, report),
})

const listName = word('a list such as "cart.items"', /^[^\s.]+(\.[^\s.]+)*$/)

const each = object({
  items: about(
    "The list: where it is found (`cart.items`, `body.ids`), or a function that makes it; beside a function `limit` has to stand.",
    printed(
      "(P[N] & string) | ((parts: Answers<P, N>, request: AggregateRequest) => readonly Answer[] | Promise<readonly Answer[]>)",
      either(listName, fn<OfParts>("")),
    ),
  ),
  concurrency: about("How many calls may be under way at the same time.", {
    ...optional(integer(1, 1000), 10),
    types: () => "P[N] & number",
  }),
  limit: about("How many items there may be; with more the part fails.", {
    ...optional(integer(1, 100_000)),
    standard: "100",
    types: () => "P[N] & number",
  }),
  failed: about(
    'What one failed call means: the part fails ("fail"), the item is null ("null"), or it is left out ("drop").',
    optional(oneOf("fail", "null", "drop"), "fail"),
  ),
})

/** The calls of a part for each item of a list. */
export type Each = Of<typeof each>

const everyItem = { concurrency: 10, limit: undefined, failed: "fail" } as const

const eachOption: Schema<Each> = schema({
  expected: `${listName.expected}, or ${each.expected}`,
  types: (indent) => `(P[N] & string) | ${each.types(indent)}`,
  fields: each.fields ?? {},
  accepts: (value) => listName.accepts(value) || each.accepts(value),
  parse: (value, path, report) =>
    listName.accepts(value)
      ? { items: listName.parse(value, path, report), ...everyItem }
      : each.parse(value, path, report),
})

const yes = schema<true>({ expected: "true", types: "true", accepts: (value) => value === true })

const fallback: Schema<unknown> = either(
  printed(`((error: PartError, ${ofItem}) => unknown)`, fn<FallbackFunction>("")),
  printed("Json", json()),
)

// What is inside of a part is a list of parts again.
const inner: Schema<ReadonlyMap<string, Part>> = schema({
  expected: "an object of parts",
  types: "InnerAggregate<S, P[N]>",
  accepts: isObject,
  parse: (value, path, report) => partsOption.parse(value, path, report),
})

/** Makes an answer out of all parts. */
export type Respond = (parts: Answers, request: AggregateRequest) => unknown

const options = object({
  call: about(
    'What is called: "service METHOD /path". `:id` is a parameter of the route, `:query.q`, `:headers.x-user` and `:body.user.id` are of the request, `:cart.id` is of the answer of the part "cart", which is then called before.',
    optional(callOption),
  ),
  service: about("The service that `request` is for.", optional(serviceName)),
  request: about(
    "Makes the request to `service`: { method, path, query, headers, body }. Without a method it is GET, or POST where there is a body.",
    optional(fn<OfParts>(`(${ofItem}) => PartRequest | Promise<PartRequest>`)),
  ),
  aggregate: about("An aggregate of its own, whose answer is the value of this part.", optional(inner)),
  response: about(
    "Makes the value of this part out of the parts of its own aggregate.",
    optional(fn<Respond>("(parts: AllAnswers<P[N]>, request: AggregateRequest) => unknown")),
  ),
  merge: about(
    "Puts the fields of the parts of its own aggregate into one object: as `merge` of a route.",
    optional<Merge>(mergeOption),
  ),
  needs: about(
    "Parts that have to be there before this one is called, and whose answers its functions are told.",
    optional(printed("readonly Exclude<keyof P, N>[]", listOf(text({ expected: "the name of a part" })))),
  ),
  when: about(
    "Whether this part is called. When not, it is left out of the answer, and functions see undefined.",
    optional(fn<OfParts>("(parts: Answers<P, N>, request: AggregateRequest) => boolean | Promise<boolean>")),
  ),
  forEach: about(
    "Calls this part once for each item of a list: `:item.id` is of the item, and the value is a list in the order of the items.",
    optional(eachOption),
  ),
  body: about(
    "The body to send as JSON, made of the answers of the parts that this one needs. Without it, calls that carry a body send the client's.",
    optional(body),
  ),
  timeout: about("How long one try of this part may take, until its answer is read.", optional(duration())),
  retry: about(
    "Further tries after a service was down, slow, or answered 502, 503 or 504: for methods that may be sent twice, and never past the deadline.",
    optional(integer(1, 10)),
  ),
  schema: about(
    "A JSON Schema of what the service answers: another answer is a failure of the part, and the functions of the config know what is in it.",
    optional(jsonSchema("P[N] & JsonSchema")),
  ),
  required: about(
    "Whether the whole answer fails when this part does. Otherwise it is null, or what a fallback gives.",
    optional(flag(), true),
  ),
  fallbackLast: about(
    "Stands in when this part fails: the last good answer to the same call by the same client, if it is not older than this.",
    optional(duration()),
  ),
  fallbackMock: about(
    "Stands in when this part fails: the mocks of its service, or one mock file.",
    optional(either(yes, word("a mock file"))),
  ),
  fallback: about("Stands in when this part fails: a value, or a function that makes one.", optional(fallback)),
  pick: about(
    "The fields of this part that the answer has: `total`, `user.name`; of a list, those of each item.",
    optional(listOf(fieldPath)),
  ),
  omit: about("The fields of this part that the answer does not have.", optional(listOf(fieldPath))),
  rename: about(
    "Other names for fields of this part in the answer, old to new.",
    optional(record(word("a name without dots", /^[^.]+$/), fieldPath)),
  ),
  map: about(
    "Makes what the answer has of this part, out of its value after `pick`, `omit` and `rename`.",
    optional(
      fn<(value: unknown, parts: Answers, request: AggregateRequest) => unknown>(
        "(value: Answer, parts: Answers<P, N>, request: AggregateRequest) => unknown",
      ),
    ),
  ),
  as: about("The name of this part in the answer; `false` leaves it out.", optional(either(word("a name"), off()))),
  pass: about(
    "Headers of this part's answer that the client gets. Of two parts the later one counts; every set-cookie is passed.",
    optional(listOf(printed("string", headerName()))),
  ),
  compensate: about(
    "What is called to undo this part when the whole fails after it was done; also when the client has left.",
    optional(compensateOption),
  ),
  early: about(
    "Lets a part that changes something begin before all required parts are there that change nothing.",
    optional(flag(), false),
  ),
})

/** The options of a part, checked. */
export type PartOptions = Of<typeof options>

/** A part of an aggregate, checked. */
export interface Part extends PartOptions {
  /** It was written as nothing but its call. */
  readonly short: boolean
}

const plain = options.parse({ call: "a GET /" }, [], () => undefined)

const partOption: Schema<Part> = schema({
  expected: `${callOption.expected}, or an object with its options`,
  types: "Call<S> | PartOptions<S, P, N>",
  fields: options.fields ?? {},
  accepts: (value) => callOption.accepts(value) || options.accepts(value),
  parse: (value, path, report) =>
    callOption.accepts(value)
      ? { ...plain, call: callOption.parse(value, path, report), short: true }
      : { ...options.parse(value, path, report), short: false },
})

/** The parts of an aggregate by name. */
export const partsOption: Schema<ReadonlyMap<string, Part>> = record(partOption)

/** The fields of a part, for the generated types. */
export const partFields = options.fields ?? {}
