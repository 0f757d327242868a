import { defineTarget } from "../core/part.ts"
import { about, object, optional, printed } from "../core/schema.ts"
import { fn, oneOf } from "../core/values.ts"
import { checkAggregate } from "./aggregate/check-aggregate.ts"
import { checkStream } from "./aggregate/check-stream.ts"
import { aggregateHandler } from "./aggregate/handler.ts"
import { keyedTools } from "./aggregate/idempotency-key.ts"
import { idempotencyOption, idempotent, standardIdempotency } from "./aggregate/idempotency.ts"
import { type Merge, mergeOption } from "./aggregate/merge-option.ts"
import { mockFilesOf } from "./aggregate/mock-files.ts"
import { partsOption, type Respond } from "./aggregate/part-options.ts"
import { reportOption } from "./aggregate/report.ts"
import { changedBy, servicesOf } from "./aggregate/services.ts"
import { streamHandler } from "./aggregate/stream-handler.ts"
import { streamOption } from "./aggregate/stream-option.ts"

/** Asks several services and puts their answers together. */
export const aggregate = defineTarget({
  name: "aggregate",
  about: "Asks several services, as parallel as their needs allow, and puts their answers together by part name.",
  options: object({
    aggregate: about("The parts by name; the answer has them in this order.", printed("Aggregate<S, P>", partsOption)),
    response: about(
      "Makes the answer out of the parts: a JSON value or a `Response`.",
      optional(fn<Respond>("(parts: AllAnswers<P>, request: AggregateRequest) => unknown")),
    ),
    merge: about(
      'Puts the fields of all parts into one object, in declared order: of two fields of the same name the later one counts ("shallow"), or both become one where they are objects ("deep"). A value without fields stands under the name of its part.',
      optional<Merge>(mergeOption),
    ),
    stream: about(
      'Sends each part as soon as it is there, as a line ("ndjson"), an event ("sse") or a body part ("multipart"): { "part": "cart", "status": 200, "value": … }, and at the end { "complete": true, "parts": … } or { "error": … }. What fails before the first part is there is answered with its own status.',
      optional(streamOption),
    ),
    report: about("The headers that tell clients what became of the parts.", optional(reportOption)),
    onAbort: about(
      'What happens when the client leaves after something was begun that changes something: it is brought to its end ("finish"), or cancelled and undone ("cancel"). Calls that change nothing are always cancelled.',
      { ...optional(oneOf("finish", "cancel")), standard: '"finish"' },
    ),
    idempotency: about(
      "A request that comes again with the same Idempotency-Key gets the first answer, and nothing is done twice; the services get the key too, or a new one where the client sent none. On for POST, PUT, PATCH and DELETE where a part may change something, but not beside `stream`; `false` makes the header one like any other.",
      optional(idempotencyOption),
    ),
  }),
  check(options, known, path, report) {
    checkAggregate(options, known, path, report)
    checkStream(options, path, report)
  },
  uses: ({ aggregate: parts }) => [...new Set(servicesOf(parts))],
  mockFiles: ({ aggregate: parts }) => mockFilesOf(parts, ["aggregate"]),
  create(options, tools) {
    if (options.stream !== undefined) return streamHandler(options, options.stream, tools)
    const changed = changedBy(options.aggregate)
    const keys = options.idempotency ?? (changed.length > 0 && standardIdempotency)
    if (!keys) return aggregateHandler(options, tools, () => tools)
    const isShared = (service: string): boolean => changed.filter((other) => other === service).length > 1
    const handler = aggregateHandler(options, tools, (part) => ({
      ...tools,
      service: (service) => keyedTools(tools, keys.header, isShared(service) ? part : undefined).service(service),
    }))
    return idempotent(handler, keys, tools)
  },
})
