import { resolve } from "node:path"

import type { Observer } from "../core/observer.ts"
import type { Tools } from "../core/part.ts"
import { combinedLine } from "./access-log/combined-line.ts"
import { FileSink } from "./access-log/file-sink.ts"
import { jsonLine, type WriteLine } from "./access-log/json-line.ts"
import { Lines } from "./access-log/lines.ts"
import type { AccessLogOptions } from "./access-log/options.ts"
import { prettyLine } from "./access-log/pretty-line.ts"
import { streamSink } from "./access-log/sink.ts"
import type { Redact } from "./redact.ts"

/** Writes a line about each exchange that has ended. */
export interface AccessLog {
  readonly observe: Observer
  /** Settles when everything is written that has come so far. */
  flush(): Promise<void>
}

/** Makes the log that a config asks for; lines that wait to be written outlive a reload. */
export function accessLog(
  options: AccessLogOptions,
  redact: Redact,
  tools: Pick<Tools, "keep" | "whenServed" | "log" | "metrics" | "root">,
): AccessLog {
  const { sample, failures, slow } = options
  const write = writerOf(options, redact)
  const lines = keptLines(options, tools)
  const except = new Set(options.except)
  return {
    observe(ended) {
      const { status, code, began, answered, exchange } = ended
      const always =
        (failures && (code !== undefined || status >= 500)) || (slow !== undefined && answered - began > slow)
      if (!always && (except.has(exchange.route) || (sample < 100 && Math.random() * 100 >= sample))) return
      lines.add(write, ended)
    },
    flush: () => lines.flush(),
  }
}

function writerOf({ format, to, fields, headers }: AccessLogOptions, redact: Redact): WriteLine {
  const stream = to === "stdout" ? process.stdout : to === "stderr" ? process.stderr : undefined
  const isTerminal = stream?.isTTY === true
  const chosen = format ?? (isTerminal ? "pretty" : "json")
  if (chosen === "pretty") return prettyLine(redact, isTerminal && !process.env.NO_COLOR)
  return chosen === "combined" ? combinedLine(redact) : jsonLine(fields, headers, redact)
}

function keptLines(
  { to, buffer }: AccessLogOptions,
  { keep, whenServed, log, metrics, root }: Pick<Tools, "keep" | "whenServed" | "log" | "metrics" | "root">,
): Lines {
  const count = (outcome: string) =>
    metrics.counter("bellhop_access_log_lines_total", "Lines of the access log, by what became of them.", { outcome })
  const counts = { written: count("written"), dropped: count("dropped") }
  const path = typeof to === "object" ? resolve(root, to.path) : to
  const kept = keep(
    `access log to ${path}`,
    () => {
      const sink =
        typeof to === "object" ? new FileSink(resolve(root, to.path), to) : streamSink(to === "stderr" ? 2 : 1)
      return { sink, lines: new Lines(sink, buffer, counts, log) }
    },
    ({ lines }) => void lines.close(),
  )
  whenServed(() => {
    kept.lines.most = buffer
    if (typeof to === "object" && kept.sink instanceof FileSink) kept.sink.configure(to)
    return () => undefined
  })
  return kept.lines
}
