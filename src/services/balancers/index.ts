import type { AnyBalancer } from "../balancer.ts"
import { random } from "./random.ts"
import { roundRobin } from "./round-robin.ts"

/** The shelf of balancing algorithms; the first is the standard one. */
export const balancers: readonly AnyBalancer[] = [roundRobin, random]
