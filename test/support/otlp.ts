import root from "otlp-definitions/build/src/generated/root.js"

/** A span as a receiver gets it, by the definitions of OpenTelemetry: ids as hexadecimal digits, times in nanoseconds. */
export interface SentSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly traceState: string
  readonly name: string
  readonly kind: string
  readonly flags: number
  readonly start: bigint
  readonly end: bigint
  readonly attributes: Readonly<Record<string, unknown>>
  readonly status: string
}

/** A line as a receiver gets it. */
export interface SentLog {
  readonly traceId: string
  readonly spanId: string
  readonly severity: string
  readonly body: unknown
  readonly at: bigint
  readonly attributes: Readonly<Record<string, unknown>>
}

/** A metric as a receiver gets it. */
export interface SentMetric {
  readonly name: string
  readonly description: string
  readonly unit: string
  readonly kind: "gauge" | "sum" | "histogram" | undefined
  readonly points: readonly {
    readonly attributes: Readonly<Record<string, unknown>>
    readonly [field: string]: unknown
  }[]
}

/** One request, as it came. */
export interface Posted {
  readonly path: string
  readonly headers: Headers
  readonly resource: Readonly<Record<string, unknown>>
  readonly spans: readonly SentSpan[]
  readonly logs: readonly SentLog[]
  readonly metrics: readonly SentMetric[]
}

/** A receiver of OTLP over HTTP. */
export interface Receiver extends Disposable {
  readonly url: string
  readonly posted: readonly Posted[]
  /** Settles when so many spans, lines or metrics have come. */
  has(what: "spans" | "logs" | "metrics", count: number): Promise<void>
  /** Settles with the next request. */
  more(): Promise<void>
  readonly spans: readonly SentSpan[]
}

type Message = Readonly<Record<string, unknown>>

interface Type {
  decode(bytes: Uint8Array): unknown
  toObject(message: unknown, options: object): Message
}

type Requests<Name extends string> = { readonly v1: Readonly<Record<Name, Type>> }

const { trace, logs, metrics } = (
  root as unknown as {
    opentelemetry: {
      proto: {
        collector: {
          trace: Requests<"ExportTraceServiceRequest">
          logs: Requests<"ExportLogsServiceRequest">
          metrics: Requests<"ExportMetricsServiceRequest">
        }
      }
    }
  }
).opentelemetry.proto.collector

const types = new Map<string, Type>([
  ["/v1/traces", trace.v1.ExportTraceServiceRequest],
  ["/v1/logs", logs.v1.ExportLogsServiceRequest],
  ["/v1/metrics", metrics.v1.ExportMetricsServiceRequest],
])

/** Listens on loopback, and reads what comes by the definitions; `answer` may answer in its place. */
export function receiver(
  answer?: (request: Request, number: number) => Response | Promise<Response> | undefined,
): Receiver {
  const posted: Posted[] = []
  const waiting: (() => void)[] = []
  let number = 0
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    async fetch(request) {
      const other = await answer?.(request, ++number)
      if (other) return other
      const { pathname } = new URL(request.url)
      const bytes = new Uint8Array(await request.arrayBuffer())
      const body = request.headers.get("content-encoding") === "gzip" ? Bun.gunzipSync(bytes) : bytes
      const message = read(pathname, request.headers.get("content-type"), body)
      posted.push(postedOf(pathname, request.headers, message))
      for (const look of waiting) look()
      return new Response(new Uint8Array())
    },
  })
  const all = (what: "spans" | "logs" | "metrics"): number => posted.reduce((sum, one) => sum + one[what].length, 0)
  return {
    url: `http://127.0.0.1:${server.port}`,
    posted,
    get spans() {
      return posted.flatMap(({ spans }) => spans)
    },
    more: () => new Promise((resolve) => waiting.push(resolve)),
    has(what, count) {
      if (all(what) >= count) return Promise.resolve()
      return new Promise((resolve) =>
        waiting.push(() => {
          if (all(what) >= count) resolve()
        }),
      )
    },
    [Symbol.dispose]: () => void server.stop(true),
  }
}

/** Reads a request of OTLP, in either of its formats. */
export function read(path: string, type: string | null, body: Uint8Array): Message {
  const by = types.get(path)
  if (!by) throw new Error(`Nothing is sent to ${path}.`)
  if (type === "application/json") return JSON.parse(new TextDecoder().decode(body)) as Message
  if (type !== "application/x-protobuf") throw new Error(`OTLP does not come as ${type}.`)
  return by.toObject(by.decode(body), { longs: String, enums: String, bytes: String, defaults: true, oneofs: true })
}

const listOf = (value: unknown): readonly Message[] => (value ?? []) as readonly Message[]

/** What a request of OTLP says, in the words of this file. */
export function postedOf(path: string, headers: Headers, message: Message): Posted {
  const isJson = headers.get("content-type") === "application/json"
  const id = (value: unknown): string =>
    isJson ? String(value ?? "") : Buffer.from(String(value), "base64").toString("hex")
  const groups = listOf(message.resourceSpans ?? message.resourceLogs ?? message.resourceMetrics)
  const scopes = groups.flatMap((group) => listOf(group.scopeSpans ?? group.scopeLogs ?? group.scopeMetrics))
  return {
    path,
    headers,
    resource: attributesOf((groups[0]?.resource as Message | undefined)?.attributes),
    spans: scopes.flatMap(({ spans }) => listOf(spans)).map((span) => spanOf(span, id)),
    logs: scopes
      .flatMap(({ logRecords }) => listOf(logRecords))
      .map((line) => ({
        traceId: id(line.traceId),
        spanId: id(line.spanId),
        severity: String(line.severityText),
        body: valueOf(line.body as Message),
        at: BigInt(line.timeUnixNano as string),
        attributes: attributesOf(line.attributes),
      })),
    metrics: scopes.flatMap(({ metrics: list }) => listOf(list)).map(metricOf),
  }
}

const kinds = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT"]
const statuses = ["UNSET", "OK", "ERROR"]

function spanOf(span: Message, id: (value: unknown) => string): SentSpan {
  const status = (span.status as Message | null)?.code ?? 0
  return {
    traceId: id(span.traceId),
    spanId: id(span.spanId),
    parentSpanId: id(span.parentSpanId),
    traceState: String(span.traceState ?? ""),
    name: String(span.name),
    kind: typeof span.kind === "number" ? (kinds[span.kind] ?? "") : String(span.kind).replace("SPAN_KIND_", ""),
    flags: Number(span.flags),
    start: BigInt(span.startTimeUnixNano as string),
    end: BigInt(span.endTimeUnixNano as string),
    attributes: attributesOf(span.attributes),
    status: typeof status === "number" ? (statuses[status] ?? "") : String(status).replace("STATUS_CODE_", ""),
  }
}

function metricOf(metric: Message): SentMetric {
  const kind = (["gauge", "sum", "histogram"] as const).find((one) => metric[one])
  return {
    name: String(metric.name),
    description: String(metric.description),
    unit: String(metric.unit),
    kind,
    points: listOf(kind && (metric[kind] as Message).dataPoints).map((point) => ({
      ...point,
      attributes: attributesOf(point.attributes),
    })),
  }
}

const attributesOf = (list: unknown): Record<string, unknown> =>
  Object.fromEntries(listOf(list).map(({ key, value }) => [String(key), valueOf(value as Message)]))

function valueOf(value: Message | null | undefined): unknown {
  // What is decoded says which of its fields counts; what is JSON has no other.
  const field = String(value?.value ?? Object.keys(value ?? {})[0])
  return field === "intValue" ? Number(value?.intValue) : value?.[field]
}
