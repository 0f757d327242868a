import type { AnyBalancer } from "../balancer.ts"
import { fastest } from "./fastest.ts"
import { hash } from "./hash.ts"
import { leastBusy } from "./least-busy.ts"
import { powerOfTwo } from "./power-of-two.ts"
import { random } from "./random.ts"
import { roundRobin } from "./round-robin.ts"
import { sticky } from "./sticky.ts"

/** The shelf of balancing algorithms; the first is the standard one. */
export const balancers: readonly AnyBalancer[] = [roundRobin, random, leastBusy, powerOfTwo, fastest, hash, sticky]
