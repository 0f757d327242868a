import type { Handler } from "../../core/handler.ts"
import type { Tools } from "../../core/part.ts"
import type { Of } from "../../core/schema.ts"
import { failing, replyOf } from "./answer.ts"
import { planOf, type ToolsOf } from "./build-plan.ts"
import { composer, type Composing } from "./compose.ts"
import type { Frame } from "./frame.ts"
import type { Part } from "./part-options.ts"
import { reporter, type reportOption } from "./report.ts"
import { runParts } from "./run-parts.ts"
import { type OnAbort, Run } from "./run.ts"

/** The options of an aggregate, as far as they are about how it is run. */
export interface AggregateOptions extends Composing {
  readonly aggregate: ReadonlyMap<string, Part>
  readonly report: Of<typeof reportOption> | undefined
  readonly onAbort: OnAbort | undefined
}

/** Answers with what its parts answer, put together. */
export function aggregateHandler(options: AggregateOptions, tools: Tools, toolsOf: ToolsOf): Handler {
  const plan = planOf(options.aggregate, toolsOf)
  const compose = composer(plan, options)
  const report = reporter(plan, options.report)
  const readsBody = plan.readsBody || (options.response?.length ?? 0) > 1
  // Nothing has to be finished where nothing is changed.
  const onAbort = plan.changes ? (options.onAbort ?? "finish") : "cancel"

  return async (exchange) => {
    const run = new Run(exchange, onAbort, tools.log)
    if (readsBody) await run.readBody()
    const values = Array.from<unknown>({ length: plan.steps.length })
    const frame: Frame = { run, values, outer: undefined, item: undefined, index: undefined, at: "" }
    const ended = await runParts(plan, frame, run.scope)
    try {
      if (ended.failed || ended.reason) throw ended.reason
      const made = compose(ended, frame, run.scope)
      return replyOf(made instanceof Promise ? await made : made, plan, ended, report)
    } catch (error) {
      throw await failing(ended, plan, run, error)
    } finally {
      run.settled()
    }
  }
}
