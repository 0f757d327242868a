import type { Exchange } from "../../core/exchange.ts"
import type { Taken } from "../../core/store.ts"
import { type Line, seconds } from "./announced.ts"
import type { Places, RateWant } from "./limit.ts"

/** Tells the client, with whatever its answer will be, how much is left of each limit. */
export function announce(exchange: Exchange, wants: readonly RateWant[], taken: readonly Taken[]): void {
  let nearest = -1
  for (let at = 0; at < wants.length; at++) {
    const { of } = wants[at] as RateWant
    const { remaining, reset } = taken[at] as Taken
    if (of.shadow || of.headers === false) continue
    if (of.headers !== "legacy") {
      listed(exchange, of.announced.policy)
      listed(exchange, ["ratelimit", of.announced.state + remaining + ";t=" + seconds(reset)])
    }
    if (of.headers !== "draft" && (nearest < 0 || remaining < (taken[nearest] as Taken).remaining)) nearest = at
  }
  if (nearest >= 0) announceNearest(exchange, wants[nearest] as RateWant, taken[nearest] as Taken)
}

/** In the fields that came before those of the draft there is room for one limit. */
function announceNearest({ answerHeaders }: Exchange, { rule }: RateWant, { remaining, reset }: Taken): void {
  answerHeaders.push(
    ["x-ratelimit-limit", `${rule.limit}`],
    ["x-ratelimit-remaining", `${remaining}`],
    ["x-ratelimit-reset", `${seconds(reset)}`],
  )
}

/** Tells of a limit on what is under way; how much of it is left can only be told when nothing is. */
export function announcePlaces(exchange: Exchange, { shadow, headers, announced: says }: Places, full: boolean): void {
  if (shadow || headers === false || headers === "legacy") return
  listed(exchange, says.policy)
  if (full) listed(exchange, ["ratelimit", `${says.state}0`])
}

/** Both fields are lists: what another limit said before stays. */
function listed({ answerHeaders }: Exchange, line: Line): void {
  for (let at = 0; at < answerHeaders.length; at++) {
    const there = answerHeaders[at] as Line
    if (there[0] !== line[0]) continue
    answerHeaders[at] = [line[0], `${there[1]}, ${line[1]}`]
    return
  }
  answerHeaders.push(line)
}
