import { about, object, type Of, optional } from "../core/schema.ts"
import { otlpOption } from "./otlp/options.ts"
import { recorderOption } from "./recorder/options.ts"
import { tracesOption } from "./traces-options.ts"

/** What a config says about being watched. */
export const observeOption = object({
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
