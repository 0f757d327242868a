import { GatewayError } from "../../core/errors.ts"
import { jsonReply, type Reply, replyFrom } from "../../core/reply.ts"
import { undoAll } from "./compensate.ts"
import { PartFailure } from "./failure.ts"
import { freshnessOf } from "./freshness.ts"
import type { Outcome } from "./outcome.ts"
import type { Plan } from "./plan.ts"
import type { Report } from "./report.ts"
import { doneOf, type Ended, failuresOf } from "./run-parts.ts"
import type { Run } from "./run.ts"

/** The reply for the value that was made of all parts, with what is to be said about it. */
export function replyOf(value: unknown, plan: Plan, { outcomes }: Ended, report: Report): Reply {
  const reply = value instanceof Response ? replyFrom(value) : jsonReply(value ?? null)
  const { headers } = reply
  let complete = true
  let safe = true
  for (const outcome of outcomes) {
    if (outcome?.complete === false) complete = false
    if (outcome?.safe === false) safe = false
  }
  if (plan.passes) passHeaders(plan, outcomes, reply)
  if (!complete || !safe) headers.set("cache-control", "no-store")
  else if (!headers.has("cache-control")) {
    const { control, vary } = freshnessOf(outcomes)
    if (control !== undefined) headers.set("cache-control", control)
    if (vary !== undefined) headers.append("vary", vary)
  }
  const source = sourceOf(plan, outcomes)
  if (source !== undefined) headers.set("x-bellhop-source", source)
  report(outcomes, complete, headers)
  return reply
}

/** Which parts mocks answered in the place of services; undefined when all answers are real. */
function sourceOf(plan: Plan, outcomes: readonly (Outcome | undefined)[]): string | undefined {
  let source: string | undefined
  for (const { index, label } of plan.declared) {
    const said = outcomes[index]?.heads.find((head) => head.has("x-bellhop-source"))?.get("x-bellhop-source")
    if (said === undefined) continue
    const end = said.indexOf(";")
    source = `${source === undefined ? "" : `${source}, `}${end < 0 ? said : said.slice(0, end)}; part=${label}`
  }
  return source
}

/** The headers of parts that the client gets: of two parts the later one counts, and every cookie has a line of its own. */
function passHeaders(plan: Plan, outcomes: readonly (Outcome | undefined)[], { headers }: Reply): void {
  const own = new Set([...headers].map(([name]) => name))
  for (const { pass, index } of plan.declared)
    for (const name of pass)
      for (const head of outcomes[index]?.heads ?? [])
        if (name === "set-cookie") for (const line of head.all(name)) headers.append(name, line)
        // What the config's own function says counts more than what a part says.
        else if (!own.has(name) && head.has(name)) headers.set(name, head.all(name).join(", "))
}

/** The failure of the whole, once everything is undone that was done for it. */
export async function failing(ended: Ended, plan: Plan, run: Run, error?: unknown): Promise<unknown> {
  await undoAll(doneOf(ended), run)
  const { compensations } = run
  const more = compensations.length > 0 ? { compensations: [...compensations] } : {}
  if (ended.failed) return partFailed(ended.failed.failure, failuresOf(ended, plan), more)
  if (error instanceof PartFailure) return partFailed(error, [error], more)
  // What a service nested too deeply could be read, but not be written again.
  const reason =
    ended.reason ??
    (error instanceof RangeError
      ? new GatewayError("bad_upstream", "The answers of the parts are nested too deeply.", { cause: error })
      : error)
  if (!(reason instanceof GatewayError) || compensations.length === 0) return reason
  const { code, message, status, headers, cause } = reason
  return new GatewayError(code, message, { status, headers, cause, members: more })
}

function partFailed(deciding: PartFailure, failures: readonly PartFailure[], more: object): GatewayError {
  const { message, status, headers, cause } = deciding
  const errors = failures.map((failure) => ({
    part: failure.part,
    status: failure.status,
    code: failure.code,
    detail: failure.message,
    ...(failure.words !== undefined && { reason: failure.words }),
  }))
  return new GatewayError("part_failed", message, { status, headers, cause, members: { errors, ...more } })
}
