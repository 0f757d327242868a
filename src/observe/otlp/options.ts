import { about, either, listOf, object, type Of, optional, record, type Schema } from "../../core/schema.ts"
import { duration } from "../../core/units.ts"
import { checkedText, flag, headerLines, integer, oneOf, text } from "../../core/values.ts"

const address = checkedText("a URL that begins with http:// or https://", (found, isSecret) => {
  const url = URL.parse(found)
  if (
    url &&
    /^https?:$/.test(url.protocol) &&
    url.search === "" &&
    !/\/v1\/(traces|logs|metrics)\/?$/.test(url.pathname)
  )
    return undefined
  const got = isSecret ? "another value" : JSON.stringify(found)
  return {
    message: `Expected the URL of an OTLP receiver, got ${got}.`,
    fix: 'Write it as "http://localhost:4318", without /v1/traces: what is sent has a path of its own.',
  }
})

const signal = oneOf("traces", "logs", "metrics")

const signals = listOf(signal)

const send: Schema<readonly Of<typeof signal>[]> = {
  ...signals,
  optional: true,
  standard: '["traces"]',
  parse: (value, path, report) => (value === undefined ? ["traces"] : signals.parse(value, path, report)),
}

const written = object({
  url: about('Where an OpenTelemetry collector takes OTLP over HTTP: "http://localhost:4318".', address),
  send: about(
    'What is sent there: "traces", "logs" (a line for each exchange, as in the access log) and "metrics".',
    send,
  ),
  format: about("How it is written.", optional(oneOf("protobuf", "json"), "protobuf")),
  headers: about("Headers of these requests, such as a key of the receiver.", optional(headerLines())),
  compress: about("Sends it in gzip.", optional(flag(), true)),
  every: about(
    "How long traces and logs are gathered, unless there is enough for a request before.",
    optional(duration(), "5s"),
  ),
  metricsEvery: about("How often metrics are sent.", optional(duration(), "1m")),
  timeout: about(
    "How long one request may take. Failed ones are sent again, up to five times.",
    optional(duration(), "10s"),
  ),
  queue: about(
    "How many spans, and how many lines, wait at most; what finds no room is dropped and counted. No exchange waits for them.",
    optional(integer(256, 1_000_000), 4096),
  ),
  service: about("The name of this gateway there.", optional(text(), "bellhop")),
  attributes: about(
    'What else is said of this gateway: { "deployment.environment.name": "production" }.',
    optional(record(text())),
  ),
})

/** Where traces, logs and metrics are sent, and how. */
export type OtlpOptions = Of<typeof written>

const both: Schema<string | OtlpOptions> = either(address, written)

/** What a config says about an OTLP receiver; its URL alone stands for all that is standard. */
export const otlpOption: Schema<OtlpOptions> = {
  ...both,
  parse(value, path, report) {
    const said = both.parse(value, path, report)
    return typeof said === "string" ? written.parse({ url: said }, path, () => undefined) : said
  },
}
