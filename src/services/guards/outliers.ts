import { about, object, optional } from "../../core/schema.ts"
import { duration, durationText } from "../../core/units.ts"
import { integer } from "../../core/values.ts"
import { eject } from "../ejections.ts"
import { faults, faultWords, isFault } from "../faults.ts"
import { defineGuard } from "../guard.ts"
import type { UpstreamState } from "../upstream-state.ts"

/** How often an upstream failed of late. */
interface Streak {
  failures: number
  /** How often it was left alone, as far as that is not forgiven. */
  ejections: number
  until: number
  /** It was left alone, and did not answer since. */
  away: boolean
}

/** Leaves alone an upstream that fails again and again while the others do not. */
export const outliers = defineGuard({
  name: "outliers",
  about: "Leaves an upstream alone for a while that failed several times in a row, each time for longer.",
  options: object({
    consecutive: about("Failures in a row.", optional(integer(1), 5)),
    on: about(`What counts as a failure. ${faultWords}`, faults("connect", "closed", "timeout", 500, 502, 503, 504)),
    eject: about(
      "How long it is left alone the first time; the second time twice as long, and so on.",
      optional(duration(), "30s"),
    ),
    max: about("How long at most; one that does well for as long starts anew.", optional(duration(), "5m")),
    maxEjected: about(
      "How many percent of the upstreams may be down: with more, none is left alone.",
      optional(integer(1, 100), 50),
    ),
  }),
  create(options, { service, upstreams, keep, log }) {
    const streaks = keep(`outliers of ${service}`, () => new WeakMap<UpstreamState, Streak>())
    const { consecutive, on } = options

    /** Whether one more may be left alone, beside those that are down already. */
    const mayEject = (now: number): boolean => {
      const { all } = upstreams
      const down = all.filter(({ state }) => !state.isUp(now)).length
      return (down + 1) * 100 <= options.maxEjected * all.length
    }

    return {
      watch: (upstream) => {
        const { state } = upstream
        const streak = streaks.get(state) ?? { failures: 0, ejections: 0, until: 0, away: false }
        streaks.set(state, streak)
        const name = `service "${service}": ${upstream.label}`
        return (outcome) => {
          const now = performance.now()
          const failed = isFault(on, outcome)
          // What was under way when it was left alone says nothing new.
          if (failed === undefined || now < streak.until) return
          if (!failed) {
            streak.failures = 0
            if (streak.away) log.info(`${name} answers again`)
            streak.away = false
            return
          }
          streak.failures++
          if (streak.failures < consecutive || !state.isUp(now) || !mayEject(now)) return
          streak.ejections = now - streak.until > options.max ? 1 : streak.ejections + 1
          const length = Math.min(options.eject * streak.ejections, options.max)
          log.warn(`${name} gets nothing for ${durationText(length)}: it failed ${streak.failures} times in a row`)
          streak.failures = 0
          streak.until = now + length
          streak.away = true
          eject(state, "outliers", streak.until)
        }
      },
    }
  },
})
