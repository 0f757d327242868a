import { isDeepStrictEqual } from "node:util"

import type { OwnRoute } from "../core/part.ts"
import type { Path, Report } from "../core/schema.ts"
import { policies } from "../policies/index.ts"
import { type CheckedRoute, shapeOf } from "./overlaps.ts"
import { parseRouteKey } from "./route-key.ts"
import { type Choice, type Chosen, policiesOf } from "./route.ts"

type Defaults = Parameters<typeof policiesOf>[1]["defaults"]

/** The routes with those that their policies bring along, each once; two that want the same path are told. */
export function withOwnRoutes(routes: readonly CheckedRoute[], defaults: Defaults, report: Report): CheckedRoute[] {
  const added = new Map<string, { own: OwnRoute; route: CheckedRoute }>()
  for (const { host, choices } of routes)
    for (const choice of choices)
      for (const chosen of policiesOf(choice, { defaults }))
        for (const own of chosen.part.routes?.(chosen.options) ?? []) {
          const path = choice.policies.has(chosen.part.name)
            ? [...choice.path, chosen.part.name]
            : ["defaults", chosen.part.name]
          const key = `${own.methods.join(",")} ${host ?? ""}${own.path}`
          const other = added.get(key)
          // The same options twice are one login that several routes ask for.
          if (other && other.own.part === own.part && isDeepStrictEqual(other.own.options, own.options)) continue
          const route = other ? undefined : routeOf(key, own, chosen, path)
          const taken = other?.route ?? (route && [...routes, ...rest(added)].find((one) => meets(one, route)))
          if (taken)
            report({
              code: "E405",
              path,
              message: `"${chosen.part.name}" answers "${own.path}" itself, and so does ${routes.includes(taken) ? `the route "${taken.key}"` : "another one with other options"}.`,
              fix: "Give one of them another path, or both the same options.",
            })
          else if (route) added.set(key, { own, route })
        }
  return [...routes, ...rest(added)]
}

const rest = (added: ReadonlyMap<string, { route: CheckedRoute }>): CheckedRoute[] =>
  Array.from(added.values(), ({ route }) => route)

/** What a part answers itself stands where the part stands: the defaults before it apply, those after it do not. */
function routeOf(key: string, { part, options }: OwnRoute, { part: owner }: Chosen<unknown>, path: Path): CheckedRoute {
  const parsed = parseRouteKey(key)
  if ("wrong" in parsed) throw new Error(`"${owner.name}" brings the route "${key}" along: ${parsed.wrong}.`)
  const inner = policies.slice(policies.findIndex(({ name }) => name === owner.name))
  const choice: Choice = {
    path,
    when: undefined,
    openapi: { summary: undefined, description: undefined, deprecated: false, hidden: true },
    target: { part, options },
    policies: new Map(inner.map(({ name }) => [name, false] as const)),
  }
  return { key, ...parsed, choices: [choice] }
}

const meets = (one: CheckedRoute, other: CheckedRoute): boolean =>
  one.host === other.host &&
  shapeOf(one.pattern) === shapeOf(other.pattern) &&
  (one.methods.length === 0 || one.methods.some((method) => other.methods.includes(method)))
