import type { Policy } from "../core/handler.ts"
import type { Known } from "../core/part.ts"
import { isObject, missingOption, type Path, type Problem, type Report, unknownOption } from "../core/schema.ts"
import { policies } from "../policies/index.ts"
import { checkHidden } from "./hidden-routes.ts"
import { checkObserved } from "./observed-routes.ts"
import { type CheckedRoute, checkOverlaps } from "./overlaps.ts"
import { withOwnRoutes } from "./own-routes.ts"
import { checkQuotas } from "./quotas.ts"
import { parseRouteKey } from "./route-key.ts"
import { type Chosen, parsePolicies, parseRoute, servicesOf, targetsByRoute } from "./route.ts"
import { type Settings, settings } from "./schema.ts"

/** A config in which every option is checked and every name points somewhere. */
export interface Config {
  readonly settings: Settings
  readonly services: NonNullable<Settings["services"]>
  readonly defaults: ReadonlyMap<string, Chosen<Policy> | false>
  readonly routes: readonly CheckedRoute[]
}

const known = [...Object.keys(settings.fields ?? {}), "defaults", "routes"]

/** Checks a config value whole: every problem is found, not only the first. */
export function check(value: unknown): { config: Config; problems: Problem[] } {
  const problems: Problem[] = []
  const report: Report = (problem) => void problems.push(problem)
  const given = isObject(value) ? value : {}
  if (!isObject(value))
    report({
      code: "E110",
      path: [],
      message: "The default export is not a config.",
      fix: "Write export default defineGateway({ … }).",
    })
  for (const key of Object.keys(given)) if (!known.includes(key)) report(unknownOption(key, [], known))

  const own = Object.fromEntries(Object.entries(given).filter(([key]) => Object.hasOwn(settings.fields ?? {}, key)))
  const checked = settings.parse(own, [], report)
  const services = checked?.services ?? new Map()
  const before = problems.length
  const names = {
    services: new Set(services.keys()),
    routes: targetsByRoute(given.routes),
    plans: checked?.plans ?? new Map(),
    usage: checked?.usage !== undefined,
    storeEnds: checked?.store?.part.name === "memory",
  }
  const defaults = checkDefaults(given.defaults, names, report)
  const routes = checkRoutes(given.routes, names, isObject(value), report)
  // A route with a problem may be the one that was to use the service, and its options are not to be read.
  const sound = problems.length === before
  checkSettings(checked, report)
  checkServices(services, sound ? routes.flatMap(({ choices }) => choices) : undefined, defaults, report)
  if (sound && checked) {
    checkObserved(checked, names.routes.keys(), report)
    checkQuotas(
      checked,
      routes.flatMap(({ choices }) => choices),
      defaults,
      report,
    )
  }
  const answered = sound ? withOwnRoutes(routes, defaults, report) : routes
  return { config: { settings: checked, services, defaults, routes: answered }, problems }
}

/** What every part of a config may refer to. */
type Names = Omit<Known, "params">

function checkDefaults(value: unknown, names: Names, report: Report): Config["defaults"] {
  const standard = new Map(
    policies
      .filter((part) => part.standard !== undefined)
      .map((part) => [part.name, { part, options: part.options.parse(part.standard, [], report) }] as const),
  )
  if (value === undefined) return standard
  if (!isObject(value)) {
    report({ code: "E203", path: ["defaults"], message: "Expected an object of policies." })
    return standard
  }
  const options = policies.map((part) => part.name)
  for (const key of Object.keys(value)) if (!options.includes(key)) report(unknownOption(key, ["defaults"], options))
  const [own, sound] = watched(report, (watch) => parsePolicies(value, ["defaults"], watch))
  if (sound) checkPolicies(own, { ...names, params: new Set() }, ["defaults"], report)
  return new Map([...standard, ...own])
}

/** What a parser gives, and whether it did so without a problem. */
function watched<T>(report: Report, parse: (report: Report) => T): [parsed: T, sound: boolean] {
  let sound = true
  const parsed = parse((problem) => {
    sound = false
    report(problem)
  })
  return [parsed, sound]
}

function checkPolicies(chosen: Config["defaults"], known: Known, path: Path, report: Report): void {
  for (const [name, policy] of chosen) if (policy) policy.part.check?.(policy.options, known, [...path, name], report)
}

function checkRoutes(value: unknown, names: Names, isConfig: boolean, report: Report): CheckedRoute[] {
  if (value === undefined) {
    if (isConfig) report(missingOption("routes", [], settings))
    return []
  }
  if (!isObject(value)) {
    report({ code: "E203", path: ["routes"], message: 'Expected an object such as { "GET /cart": "cart" }.' })
    return []
  }
  if (Object.keys(value).length === 0)
    report({ code: "E205", path: ["routes"], message: "No routes.", fix: 'Add one, such as "GET /cart": "cart".' })
  const routes: CheckedRoute[] = []
  for (const [key, item] of Object.entries(value)) {
    const path = ["routes", key]
    const parsed = parseRouteKey(key)
    if ("wrong" in parsed)
      report({
        code: "E404",
        path,
        on: "key",
        message: `Cannot understand the route "${key}": ${parsed.wrong}.`,
        fix: parsed.fix,
      })
    const [choices, sound] = watched(report, (watch) => parseRoute(item, path, watch))
    const params = new Set("wrong" in parsed ? [] : parsed.params)
    // Names are looked at only where the options are sound: one mistake, one message.
    if (sound)
      for (const { target, policies: own, path: at } of choices) {
        target.part.check?.(target.options, { ...names, params }, at, report)
        checkPolicies(own, { ...names, params }, at, report)
      }
    if (!("wrong" in parsed)) routes.push({ key, ...parsed, choices })
  }
  checkOverlaps(routes, report)
  checkHidden(routes, report)
  return routes
}

const loopback = /^(127(\.\d{1,3}){3}|localhost|::1)$/

function checkSettings(checked: Settings | undefined, report: Report): void {
  const admin = checked?.admin
  if (admin && admin.host !== undefined && !loopback.test(admin.host) && admin.token === undefined)
    report({
      code: "E202",
      path: ["admin"],
      message: `The admin listener on "${admin.host}" has no token: anyone who reaches it could reload or read.`,
      fix: 'Add token: env("ADMIN_TOKEN"), or listen on "127.0.0.1".',
    })
}

function checkServices(
  services: Config["services"],
  choices: CheckedRoute["choices"] | undefined,
  defaults: Config["defaults"],
  report: Report,
): void {
  for (const [name, service] of services) {
    if (!/^[A-Za-z][\w-]*$/.test(name))
      report({
        code: "E204",
        path: ["services", name],
        on: "key",
        message: `"${name}" cannot be the name of a service.`,
        fix: "Use letters, digits, - and _, and begin with a letter.",
      })
    if (
      typeof service === "object" &&
      service?.url === undefined &&
      service?.discover === undefined &&
      service?.mock !== undefined &&
      service.mock !== "mock"
    )
      report({
        code: "E503",
        path: ["services", name],
        message: `Service "${name}" has no url, and its mode is "${service.mock}".`,
        fix: 'Add a url, or set mock: "mock".',
      })
  }
  if (!choices) return
  const used = new Set(choices.flatMap((choice) => servicesOf(choice, { defaults })))
  for (const name of services.keys())
    if (!used.has(name))
      report({
        code: "E504",
        path: ["services", name],
        on: "key",
        message: `Service "${name}" is not used by any route.`,
        fix: "Add a route to it, or remove it.",
      })
}
