import type { AnyAlgorithm } from "../algorithm.ts"
import { bucket } from "./bucket.ts"
import { concurrency } from "./concurrency.ts"
import { fixed } from "./fixed.ts"
import { queue } from "./queue.ts"
import { sliding } from "./sliding.ts"

/** The shelf of ways to count requests; the first is the standard one. */
export const algorithms: readonly AnyAlgorithm[] = [sliding, bucket, fixed, queue, concurrency]
