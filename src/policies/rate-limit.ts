import { definePolicy } from "../core/part.ts"
import { either, list, listOf, type Schema } from "../core/schema.ts"
import { checkService } from "../core/service-name.ts"
import { held } from "./rate-limit/held.ts"
import { limitOption, type LimitOptions } from "./rate-limit/limit-option.ts"
import { type Places, placesOf, type Rate, rateOf } from "./rate-limit/limit.ts"
import { rated } from "./rate-limit/rated.ts"

const several = listOf(limitOption)

/** One limit or several; one is a list of one. */
const options: Schema<readonly LimitOptions[]> = {
  ...either(limitOption, several),
  parse(value, path, report) {
    if (Array.isArray(value)) return several.parse(value, path, report)
    const one: LimitOptions | undefined = limitOption.parse(value, path, report)
    return one ? [one] : []
  },
}

/** What a limit is called in headers: those without a name by their place. */
const labelOf = ({ name }: LimitOptions, at: number): string => name ?? (at === 0 ? "default" : `default-${at + 1}`)

/** Limits how many requests clients send. */
export const rateLimit = definePolicy({
  name: "rateLimit",
  about:
    'Limits how many requests clients send, such as { limit: 100, per: "1m" }, or by several limits at once; what is too much is answered with 429. Counts live in `store`, and survive reloads.',
  options,
  check(limits, known, _, report) {
    const labels = limits.map(labelOf)
    for (const [at, { by, cost, measure, exempt, path }] of limits.entries()) {
      if (by.service) checkService(by.service.name, known, by.service.path, report)
      if (measure.kind !== "places" && typeof cost === "number" && cost > measure.limit)
        report({
          code: "E204",
          path: [...path, "cost"],
          message: `A request costs ${cost}, which is more than the limit of ${measure.limit} ever allows.`,
          fix: "Raise the limit or lower the cost.",
        })
      if (exempt && Object.values(exempt).every((value) => value === undefined))
        report({
          code: "E205",
          path: [...path, "exempt"],
          message: "Nobody is exempt.",
          fix: `Give one of ${list(Object.keys(exempt).map((name) => `"${name}"`))}, or remove the option.`,
        })
      const label = labels[at] ?? ""
      if (labels.indexOf(label) < at)
        report({
          code: "E204",
          path: [...path, "name"],
          message: `Two limits of this route have the name "${label}".`,
          fix: "Give each a name of its own.",
        })
    }
  },
  create(limits, tools) {
    const { store, log } = tools
    const rates: Rate[] = []
    const places: Places[] = []
    for (const [at, one] of limits.entries()) {
      const label = labelOf(one, at)
      if (one.measure.kind === "places") places.push(placesOf(one, one.measure.limit, label, at, tools))
      else rates.push(rateOf(one, one.measure, label, at, tools))
    }
    const inRate = rated(rates, store, log)
    const inPlace = held(places, store, log)
    // Places first: who finds none has not used up any of the rest.
    return (next) => {
      const handle = rates.length > 0 ? inRate(next) : next
      return places.length > 0 ? inPlace(handle) : handle
    }
  },
})
