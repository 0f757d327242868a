import type { Known } from "../../core/part.ts"
import type { Path, Report } from "../../core/schema.ts"
import { checkParts } from "./check-parts.ts"
import { checkAnswer } from "./check-use.ts"
import type { AggregateOptions } from "./handler.ts"
import { kindOf } from "./kind.ts"

/** Finds everything in an aggregate that points nowhere, contradicts itself or can have no effect. */
export function checkAggregate(options: AggregateOptions, known: Known, path: Path, report: Report): void {
  const { aggregate, report: headers, onAbort } = options
  checkParts(aggregate, { known, outer: [], hasItem: false }, [...path, "aggregate"], report)
  checkAnswer(options, aggregate, path, report)
  if (onAbort !== undefined && [...aggregate.values()].every((part) => kindOf(part) === "safe"))
    report({
      code: "E306",
      path: [...path, "onAbort"],
      on: "key",
      message: '"onAbort" has no effect on this aggregate: none of its parts changes anything.',
      fix: "Remove it.",
    })
  const { parts = false, complete } = headers ?? {}
  if (parts !== false && complete !== undefined && complete !== false && parts.toLowerCase() === complete.toLowerCase())
    report({
      code: "E204",
      path: [...path, "report", "complete"],
      message: `Both headers of the report are called "${complete}".`,
      fix: "Give one of them another name.",
    })
}
