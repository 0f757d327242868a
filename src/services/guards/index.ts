import type { AnyGuard } from "../guard.ts"
import { concurrency } from "./concurrency.ts"

/** The shelf of guards; its order is the running order, outermost first. */
export const guards: readonly AnyGuard[] = [concurrency]
