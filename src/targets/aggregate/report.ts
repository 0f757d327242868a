import { about, either, object, type Of, optional } from "../../core/schema.ts"
import { headerName, off } from "../../core/values.ts"
import type { HeaderList } from "../../http/header-list.ts"
import { type Outcome, skipped } from "./outcome.ts"
import type { Plan } from "./plan.ts"

const header = (standard: string) => ({
  ...optional(either(headerName(), off())),
  standard: `"${standard}"`,
  types: () => "string | false",
})

const partsHeader = "x-bellhop-parts"
const completeHeader = "x-bellhop-complete"

/** Which headers tell clients what became of the parts. */
export const reportOption = object({
  parts: about(
    "The header that says what became of each part: `cart=200;12ms, user=fallback;3ms, offers=skipped, items=200*5;30ms`.",
    header(partsHeader),
  ),
  complete: about(
    "The header that says whether the answer is complete: nothing stands in for a part, and nothing is left out.",
    header(completeHeader),
  ),
})

/** Tells clients what became of the parts. */
export type Report = (outcomes: readonly (Outcome | undefined)[], complete: boolean, headers: HeaderList) => void

/** What the headers of an answer say about its parts. */
export function reporter(plan: Plan, options: Of<typeof reportOption> | undefined): Report {
  const parts = lowered(options?.parts ?? partsHeader)
  const complete = lowered(options?.complete ?? completeHeader)
  return (outcomes, isComplete, headers) => {
    if (parts !== undefined) headers.set(parts, partsText(plan, outcomes))
    if (complete !== undefined) headers.set(complete, isComplete ? "true" : "false")
  }
}

const lowered = (name: string | false): string | undefined => (name === false ? undefined : name.toLowerCase())

/** What became of each part, as a header says it. */
export function partsText(plan: Plan, outcomes: readonly (Outcome | undefined)[]): string {
  let text = ""
  for (const { label, index } of plan.declared) {
    const outcome = outcomes[index]
    if (!outcome) continue
    const time = outcome === skipped ? "" : `;${Math.round(outcome.took)}ms`
    text += `${text === "" ? "" : ", "}${label}=${outcome.told}${time}`
  }
  return text
}
