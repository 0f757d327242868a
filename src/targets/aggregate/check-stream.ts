import type { Path, Report } from "../../core/schema.ts"
import type { AggregateOptions } from "./handler.ts"
import type { IdempotencyOptions } from "./idempotency.ts"
import type { Stream } from "./stream-option.ts"

interface Options extends AggregateOptions {
  readonly stream: Stream | undefined
  readonly idempotency: IdempotencyOptions | false | undefined
}

/** Finds options of an aggregate that can have no effect where its parts are sent one by one. */
export function checkStream(options: Options, path: Path, report: Report): void {
  const { aggregate, stream, response, merge, idempotency, report: told } = options
  if (stream === undefined) return
  const useless = (at: Path, why: string, fix = "Remove one of them."): void =>
    report({
      code: "E306",
      path: [...path, ...at],
      on: "key",
      message: `"${String(at.at(-1))}" has no effect beside "stream": ${why}.`,
      fix,
    })
  if (response) useless(["response"], "each part is sent by itself")
  if (merge !== undefined) useless(["merge"], "each part is sent by itself")
  if (idempotency) useless(["idempotency"], "what is sent as it comes is not remembered")
  if (told?.parts)
    useless(["report", "parts"], "what became of the parts is in the last entry", "Remove it, or make it false.")
  if (told?.complete !== undefined)
    useless(["report", "complete"], "the last entry says whether it is complete", "Remove it.")
  const owners = new Map([...aggregate].flatMap(([name, part]) => (part?.as ? [[part.as, name] as const] : [])))
  for (const [name, part] of aggregate) {
    if (part?.pass) useless(["aggregate", name, "pass"], "the head is sent before all parts are there")
    const owner = part?.as === false ? owners.get(name) : undefined
    if (owner === undefined) continue
    report({
      code: "E204",
      path: [...path, "aggregate", owner, "as"],
      message: `Parts "${name}" and "${owner}" have one name in the last entry of the stream: "${name}".`,
      fix: "Give one of them another name.",
    })
  }
}
