import { GatewayError } from "../../core/errors.ts"
import type { Taken } from "../../core/store.ts"
import { durationText } from "../../core/units.ts"
import { seconds } from "./announced.ts"
import type { Places, RateWant } from "./limit.ts"

/** What a client is told that came too often: which limits it met, and when it is worthwhile to come again. */
export function refusal(wants: readonly RateWant[], taken: readonly Taken[]): GatewayError {
  const met: string[] = []
  let wait = 0
  let detail = ""
  for (const [at, { of }] of wants.entries()) {
    const { allowed, retryAfter } = taken[at] as Taken
    if (allowed || of.shadow) continue
    met.push(of.label)
    if (retryAfter >= wait) {
      wait = retryAfter
      const per = "window" in of.rule ? ` in ${durationText(of.rule.window)}` : ""
      detail = `The limit is ${of.rule.limit}${per}.`
    }
  }
  return refused(`${detail} Try again in ${durationText(seconds(wait) * 1000)}.`, Math.max(1, seconds(wait)), met)
}

/** What a client is told that has too much under way. */
export const tooManyAtOnce = ({ label, limit }: Places): GatewayError =>
  refused(`The limit is ${limit} at once. Try again when one of them has ended.`, 1, [label])

const refused = (detail: string, retryAfter: number, met: readonly string[]): GatewayError =>
  new GatewayError("rate_limited", detail, {
    headers: { "retry-after": String(retryAfter) },
    // As draft-ietf-httpapi-ratelimit-headers section 5 calls them.
    members: { "violated-policies": met },
  })
