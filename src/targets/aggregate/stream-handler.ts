import { startWaiting, stopWaiting, type Waits } from "../../core/deadlines.ts"
import { GatewayError } from "../../core/errors.ts"
import type { Exchange } from "../../core/exchange.ts"
import type { Handler } from "../../core/handler.ts"
import type { Tools } from "../../core/part.ts"
import type { Reply } from "../../core/reply.ts"
import { HeaderList } from "../../http/header-list.ts"
import { planOf } from "./build-plan.ts"
import type { Frame } from "./frame.ts"
import type { AggregateOptions } from "./handler.ts"
import { skipped } from "./outcome.ts"
import { Run } from "./run.ts"
import { streamBody } from "./stream-body.ts"
import { errorEntry, lastEntry, partEntry } from "./stream-entries.ts"
import { lastEventId, type StreamFormat, streamFormats } from "./stream-formats.ts"
import type { Stream } from "./stream-option.ts"
import { streamParts } from "./stream-parts.ts"

// Proxies give up on connections that are quiet for half a minute or more.
const quiet = 15_000

/** Answers with what its parts answer, each as soon as it is there. */
export function streamHandler(options: AggregateOptions, stream: Stream, tools: Tools): Handler {
  const plan = planOf(options.aggregate, () => tools)
  const hasParts = options.report?.parts !== false
  // Nothing has to be finished where nothing is changed.
  const onAbort = plan.changes ? (options.onAbort ?? "finish") : "cancel"

  const begin = async (exchange: Exchange, { type, part, last, heartbeat }: StreamFormat): Promise<Reply> => {
    const run = new Run(exchange, onAbort, tools.log)
    if (plan.readsBody) await run.readBody()
    const values = Array.from<unknown>({ length: plan.steps.length })
    const frame: Frame = { run, values, outer: undefined, item: undefined, index: undefined, at: "" }
    const leave = (): Promise<void> => {
      exchange.end(new GatewayError("client_gone", "The client went away."))
      return finished
    }
    const { body, send, end } = streamBody(leave, { text: heartbeat, every: quiet })
    const begun = Promise.withResolvers<void>()
    let hasBegun = false
    const finished = streamParts(plan, frame, (name, outcome, value) => {
      send(part(partEntry(name, outcome, value), name))
      // As long as nothing is there but what was skipped, the status may still be that of a failure.
      if (outcome === skipped) return
      hasBegun = true
      begun.resolve()
    }).then(
      (ended) => end(last(lastEntry(plan, ended, hasParts), false)),
      (error: unknown) => {
        if (!hasBegun) throw error
        end(last(errorEntry(tools.problem(error, exchange)), true))
      },
    )
    await Promise.race([begun.promise, finished])
    watch(exchange, finished)
    // For how long the parts are good is not known before all of them are there.
    const reply: Reply = {
      status: 200,
      headers: new HeaderList(["content-type", type, "cache-control", "no-store"]),
      body,
    }
    if (exchange.method !== "HEAD") return { ...reply, byConfig: true }
    await body.cancel()
    return { ...reply, body: null }
  }

  return async (exchange) => {
    // A browser begins an event stream again when it ends, until it is told not to.
    if (stream === "sse" && exchange.headers.get("last-event-id") === lastEventId)
      return { status: 204, headers: new HeaderList(["cache-control", "no-store"]), body: null }
    return begin(exchange, streamFormats[stream]())
  }
}

/** The answer has begun, so that nobody else looks at the time any more: all parts have as long as one answer would have. */
function watch(exchange: Exchange, finished: Promise<void>): void {
  const waits: Waits = {
    deadline: exchange.deadline,
    expire: () => exchange.expire(),
    lookForClient: () => exchange.lookForClient(),
  }
  startWaiting(waits)
  void finished.then(() => stopWaiting(waits))
}
