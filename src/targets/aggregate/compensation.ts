import type { Tools } from "../../core/part.ts"
import { ask, type Asker, type Asking } from "./ask.ts"
import type { Undo } from "./compensate.ts"
import { failureOf } from "./failure.ts"
import type { Frame, Named } from "./frame.ts"
import type { Compensate } from "./part-options.ts"
import { readStatus } from "./read-answer.ts"
import { callRequests } from "./requests.ts"
import { longestWait, retrying } from "./retrying.ts"
import { clock } from "./run.ts"
import { Scope } from "./scope.ts"
import type { Names } from "./source.ts"

/** How the calls are made that undo what a part did; the answer of the part itself is told apart by its item. */
export function compensation(
  name: string,
  { call, body, timeout, retry = 0 }: Compensate,
  needs: readonly Named[],
  names: Names,
  tools: Tools,
): (frame: Frame, value: unknown) => Undo {
  const answer = tools.service(call.service)
  const own = names.parts.get(name) ?? -1
  const told = [...needs, { name, index: own }]
  const requests = callRequests(name, call, names, { make: body, needs: told, clients: false })
  const asking: Asking<number> = { part: name, timeout, changes: true, read: readStatus(name) }

  return (frame, value) => ({
    part: name,
    async run() {
      const { run } = frame
      // Neither a client that left nor a deadline that is over keeps from being undone what was done.
      const scope = new Scope()
      const span = run.exchange.span?.child("part", name)
      span?.set("bellhop.part.undo", true)
      scope.span = span
      const deadline = Number.POSITIVE_INFINITY
      const asker: Asker = {
        exchange: run.exchange,
        deadline,
        changes: true,
        headersFor: (content) => run.headersFor(content),
      }
      const timer = clock(run.exchange, (retry + 1) * (timeout + longestWait), scope)
      try {
        const at = `${frame.at}-undo`
        const outgoing = await requests({ ...frame, at, values: frame.values.with(own, value) }, scope)
        const status = await retrying(name, call.method, retry, deadline, scope, () =>
          ask(answer, outgoing, asking, asker, scope),
        )
        span?.end(status)
        return status
      } catch (error) {
        span?.end(0, failureOf(name, error).code)
        throw error
      } finally {
        timer.settled()
      }
    },
  })
}
