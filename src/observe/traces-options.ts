import { about, either, object, type Of, optional, type Schema, schema } from "../core/schema.ts"
import { duration } from "../core/units.ts"
import { flag, oneOf } from "../core/values.ts"
import { percent } from "./percent.ts"

const written = object({
  sample: about(
    "Percent of the traces that are recorded; which ones, their ids decide, so that all services that go by them choose the same.",
    optional(percent, 100),
  ),
  parent: about(
    "A caller that says whether it records a trace decides for the gateway too, and `sample` is for those that say nothing.",
    optional(flag(), true),
  ),
  errors: about(
    "Sends every exchange to the receiver of `otlp` that ends with a status of 500 or more, or is cut off, whatever was decided before; the services that were asked may not have recorded theirs.",
    optional(flag(), true),
  ),
  slow: about("The same for exchanges whose answer took longer than this to begin.", optional(duration())),
  incoming: about(
    'What becomes of the trace that a request names. "continue": the exchange belongs to it; "restart": it is not believed, for a gateway at the edge: a new one begins, and `tracestate` and `baggage` are dropped.',
    optional(oneOf("continue", "restart"), "continue"),
  ),
  b3: about(
    'Takes B3 headers too where a request has no `traceparent`, and sends them beside it: "single" as `b3`, "multi" as `x-b3-…`.',
    optional(oneOf("single", "multi")),
  ),
})

/** How exchanges are traced. */
export type TracesOptions = Of<typeof written>

const on = schema<true>({ expected: "true", types: "true", accepts: (value) => value === true })

const both: Schema<true | TracesOptions> = either(on, written)

/** How exchanges are traced where the config says nothing about it. */
export const standardTraces = (): TracesOptions => written.parse({}, [], () => undefined)

/** What a config says about traces; `true` stands for all that is standard. */
export const tracesOption: Schema<TracesOptions> = {
  ...both,
  parse(value, path, report) {
    const said = both.parse(value, path, report)
    return said === true ? standardTraces() : said
  },
}
