import type { Policy } from "../core/handler.ts"
import { list, type Report } from "../core/schema.ts"
import { quota } from "../policies/quota.ts"
import { type Choice, type Chosen, policiesOf } from "./route.ts"
import type { Settings } from "./schema.ts"

/** Finds plans and accounts that nobody is held to, and limits of what no route measures. */
export function checkQuotas(
  { plans, usage }: Settings,
  choices: readonly Choice[],
  defaults: ReadonlyMap<string, Chosen<Policy> | false>,
  report: Report,
): void {
  const quotas = choices.flatMap((choice) => policiesOf(choice, { defaults })).filter(({ part }) => part === quota)
  if (quotas.length === 0) {
    for (const [setting, given] of Object.entries({ plans, usage }))
      if (given !== undefined)
        report({
          code: "E306",
          path: [setting],
          on: "key",
          message: `"${setting}" has no effect: no route has a quota.`,
          fix: 'Add a quota to a route or to the defaults, such as quota: { plan: "free" }, or remove it.',
        })
    return
  }
  const measured = new Set(["requests", "bytes"])
  for (const { options } of quotas) for (const name of metersOf(options)) measured.add(name)
  for (const [plan, limits] of plans ?? [])
    for (const { meter } of limits)
      if (!measured.has(meter))
        report({
          code: "E306",
          path: ["plans", plan, meter],
          on: "key",
          message: `The plan "${plan}" has a limit of "${meter}", which no quota measures: it would never be reached.`,
          fix: `Use one of ${list([...measured].map((name) => `"${name}"`))}, or add it to the meters of a quota.`,
        })
}

const metersOf = (options: unknown): Iterable<string> =>
  (options as ReturnType<typeof quota.options.parse>).meters?.keys() ?? []
