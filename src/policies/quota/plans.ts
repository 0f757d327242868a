import type { CalendarPeriod, PlanLimit, Plans } from "../../core/plan.ts"
import { about, either, listOf, object, type Of, optional, record, type Schema, schema } from "../../core/schema.ts"
import { duration, size } from "../../core/units.ts"
import { integer, oneOf, text } from "../../core/values.ts"

const calendar: ReadonlySet<string> = new Set<CalendarPeriod>(["hour", "day", "week", "month", "year"])

const length = duration()

const period: Schema<CalendarPeriod | number> = schema({
  expected: 'a period such as "day" or "month", or a duration such as "24h"',
  types: `${[...calendar].map((word) => JSON.stringify(word)).join(" | ")} | Duration`,
  accepts: (value) => typeof value === "string",
  parse(value, path, report) {
    if (calendar.has(value as string)) return value as CalendarPeriod
    return length.parse(value, path, (problem) =>
      report({ ...problem, message: problem.message.replace(length.expected, period.expected) }),
    )
  },
})

const limit = object({
  limit: about('How much there is: a number, or a size such as "10gb" for bytes.', either(integer(1), size())),
  per: about(
    'The time that it is for. "hour", "day", "week", "month" and "year" begin when the calendar says so, in the time zone of the quota; a duration such as "24h" is any time of this length.',
    period,
  ),
  overage: about(
    'What happens above the limit: "deny" answers 429 until there is some again, "allow" goes on, to be seen in the usage and paid for.',
    optional(oneOf("deny", "allow"), "deny"),
  ),
})

/** The names that plans and meters may have: they stand in headers. */
export const quotaName = (of: string): Schema<string> =>
  text({ expected: `the name of ${of}: letters, digits, ".", "_" and "-"`, pattern: /^[A-Za-z][\w.-]{0,63}$/ })

const meters = record(either(limit, listOf(limit)), quotaName("a meter"))
const written = record(meters, quotaName("a plan"))

/** The plans of a config: by their names, what there is of each meter. */
export const plansOption: Schema<Plans> = {
  ...written,
  // Their names, so that those that quotas name can be checked in the editor.
  types: (indent) => `{ readonly [K in Q]: ${meters.types(indent)} }`,
  parse(value, path, report) {
    const plans = new Map<string, PlanLimit[]>()
    for (const [name, given] of written.parse(value, path, report) ?? []) {
      const limits: PlanLimit[] = []
      for (const [meter, said] of given ?? [])
        for (const [at, one] of limitsOf(said).entries()) {
          if (one && limits.some((other) => other.meter === meter && other.per === one.per))
            report({
              code: "E204",
              path: [...path, name, meter, at],
              message: `The plan "${name}" has two limits of "${meter}" for the same time.`,
              fix: "Keep one of them.",
            })
          limits.push({ meter, ...one })
        }
      plans.set(name, limits)
    }
    return plans
  },
}

type Limit = Of<typeof limit>

// What was refused before is no list, whatever its type says.
const limitsOf = (given: Limit | readonly Limit[] | undefined): readonly Limit[] =>
  Array.isArray(given) ? (given as readonly Limit[]) : given ? [given as Limit] : []
