import type { Reply } from "../../core/reply.ts"
import { put } from "./fields.ts"
import { type Outcome, skipped } from "./outcome.ts"
import type { Plan, Step } from "./plan.ts"
import type { Ended } from "./run-parts.ts"

/** A part: `{"part":"cart","status":200,"value":{…}}`; one that was skipped has no value. */
export const partEntry = (name: string, { told }: Outcome, value: unknown): string =>
  JSON.stringify({ part: name, status: statusOf(told), value })

/** What the whole came to: `{"complete":true,"parts":{"cart":{"status":200,"ms":12}}}`. */
export function lastEntry({ declared }: Plan, { outcomes }: Ended, hasParts: boolean): string {
  const parts: Record<string, unknown> = {}
  let complete = true
  for (const step of declared) {
    const outcome = outcomes[step.index]
    if (!outcome) continue
    complete &&= outcome.complete
    put(parts, nameOf(step), { status: statusOf(outcome.told), ...timeOf(outcome) })
  }
  return JSON.stringify(hasParts ? { complete, parts } : { complete })
}

/** Why there is no more: `{"error":{…}}`, with the problem that would have been the answer. */
export const errorEntry = ({ body }: Reply): string => `{"error":${String(body)}}`

/** What a part is called in the entries; one without a place in the answer by its own name. */
const nameOf = ({ as, name }: Step): string => (as === false ? name : as)

const statusOf = (told: string): string | number => (/^\d{3}$/.test(told) ? Number(told) : told)

const timeOf = (outcome: Outcome): { ms?: number } => (outcome === skipped ? {} : { ms: Math.round(outcome.took) })
