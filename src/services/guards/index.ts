import type { AnyGuard } from "../guard.ts"
import { breaker } from "./breaker.ts"
import { concurrency } from "./concurrency.ts"
import { deadlineHeader } from "./deadline-header.ts"
import { hedge } from "./hedge.ts"
import { outliers } from "./outliers.ts"
import { retry } from "./retry.ts"

/** The shelf of guards; its order is the running order, outermost first. */
export const guards: readonly AnyGuard[] = [concurrency, breaker, hedge, retry, outliers, deadlineHeader]
