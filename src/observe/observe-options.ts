import { about, listOf, object, type Of, optional } from "../core/schema.ts"
import { flag, text } from "../core/values.ts"
import { accessLogOption } from "./access-log/options.ts"
import { otlpOption } from "./otlp/options.ts"
import { recorderOption } from "./recorder/options.ts"
import { tracesOption } from "./traces-options.ts"

/** What a config says about being watched. */
export const observeOption = object({
  log: about(
    "Writes a line about each exchange when it has ended. On in the terminal under `bellhop dev`; under `bellhop start` only when it stands here, because where such lines belong is for whoever runs it to say.",
    optional(accessLogOption),
  ),
  metrics: about(
    "Whether exchanges are counted and measured, for /metrics of the admin listener and for `otlp`. `false` saves the third of a microsecond that it takes of each.",
    optional(flag(), true),
  ),
  redact: about(
    "Names of headers, cookies, query parameters and fields whose values are shown nowhere, beside those that are named like secrets and those that `auth` reads.",
    optional(listOf(text())),
  ),
  traces: about(
    "Gives every exchange its place in a trace, by the headers of W3C Trace Context, and tells services of it. `true` for all that is standard; on where `otlp` sends traces. Without it, these headers pass as they come.",
    optional(tracesOption),
  ),
  otlp: about(
    "Sends traces, logs and metrics to an OpenTelemetry collector: its URL, or more about it.",
    optional(otlpOption),
  ),
  recorder: about(
    "Keeps recent exchanges in memory, for `bellhop tail`, `show` and `replay` and for the admin listener, without which nothing is recorded. On under `bellhop dev`; under `bellhop start` only when it stands here. What looks like a secret is never shown; the originals stay in memory only, so that an exchange can be replayed as it was.",
    optional(recorderOption),
  ),
})

/** How a config is watched. */
export type ObserveOptions = Of<typeof observeOption>
