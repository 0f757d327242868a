import { isSafe } from "./call.ts"
import type { Kind } from "./order.ts"
import type { Part } from "./part-options.ts"

/** What calling a part may do. */
export function kindOf(part: Part): Kind {
  if (part.aggregate) {
    const kinds = new Set([...part.aggregate.values()].map(kindOf))
    return kinds.has("unsafe") || kinds.has("maybe") ? "unsafe" : kinds.has("early") ? "early" : "safe"
  }
  if (part.call && isSafe(part.call.method)) return "safe"
  return part.early ? "early" : part.call ? "unsafe" : "maybe"
}

/** Whether the whole answer fails with a part: not where something stands in for it. */
export const isRequired = ({ required, fallback, fallbackLast, fallbackMock }: Part): boolean =>
  required && fallback === undefined && fallbackLast === undefined && fallbackMock === undefined

/** Whether what a part does can be undone. */
export const isUndoable = (part: Part): boolean =>
  part.compensate !== undefined || (part.aggregate !== undefined && [...part.aggregate.values()].some(isUndoable))
