import type { Exchange } from "../../core/exchange.ts"

/** What tells the calls of one part apart, for those that have to be: `[3]`, `[3]-undo`. */
export const callSuffixes = new WeakMap<Exchange, string>()
