import { readText } from "../../config/files.ts"
import { places } from "../../config/places.ts"
import type { Choice } from "../../config/route.ts"
import { nearest } from "../../core/suggest.ts"
import { policiesOf, type Route } from "../../gateway/compile.ts"
import { policies as shelf } from "../../policies/index.ts"
import type { Opened } from "../open-config.ts"
import { at, disclosed } from "./disclosed.ts"
import { type ExplainedPart, partsOf } from "./parts.ts"
import type { Subject } from "./subject.ts"

/** What a gateway would do with a request. */
export interface Explained {
  readonly request: { method: string; host: string; path: string; query: string }
  /** The status that the gateway itself answers with when no route does. */
  readonly refused: 400 | 404 | 405 | null
  /** With 405: what the path takes. */
  readonly allow: readonly string[]
  /** With 404: the routes that may be meant. */
  readonly nearest: readonly string[]
  readonly route: ExplainedRoute | null
}

/** The route that takes a request. */
export interface ExplainedRoute {
  readonly key: string
  readonly file: string
  readonly line: number | undefined
  readonly params: Readonly<Record<string, string>>
  /** Tried in this order by their conditions. */
  readonly choices: readonly ExplainedChoice[]
}

/** One way in which a route answers. */
export interface ExplainedChoice {
  readonly when: unknown
  readonly policies: readonly ExplainedPolicy[]
  readonly target: { readonly name: string; readonly options: Readonly<Record<string, unknown>> }
  readonly parts: readonly ExplainedPart[] | undefined
  readonly services: readonly ExplainedService[]
}

/** A policy around a target, and where it was chosen. */
export interface ExplainedPolicy {
  readonly name: string
  readonly from: "route" | "defaults" | "standard"
  /** Undefined when it is switched off here. */
  readonly options: unknown
}

/** A service that a route asks. */
export interface ExplainedService {
  readonly name: string
  readonly mode: string
  readonly upstreams: readonly unknown[]
}

/** Says what the gateway of a config would do with a request. */
export function explainRequest(subject: Subject, opened: Opened): Explained {
  const { gateway } = opened.built
  const { method, host, path, rawPath, search } = subject
  const request = { method, host, path: path ?? rawPath, query: search }
  const nothing = { request, allow: [], nearest: [], route: null }
  if (path === undefined) return { ...nothing, refused: 400 }
  const match = gateway.find(method, host, path, rawPath)
  if (match) return { ...nothing, refused: null, route: explainRoute(match.route, match.params, opened) }
  const allow = gateway.allowed(host, path)
  if (allow.length > 0) return { ...nothing, refused: 405, allow: [...new Set([...allow, "OPTIONS"])] }
  return { ...nothing, refused: 404, nearest: nearestRoutes(path, gateway.routes) }
}

function explainRoute(route: Route, params: ReadonlyMap<string, string>, opened: Opened): ExplainedRoute {
  return {
    key: route.key,
    file: opened.name,
    ...placeOf(route, opened),
    params: Object.fromEntries(params),
    choices: route.choices.map((choice) => explainChoice(choice, opened)),
  }
}

function placeOf(route: Route, { file, root }: Opened): { file: string; line: number } | { line: undefined } {
  const place = places(file, readText).find(["routes", route.key], "key")
  if (!place) return { line: undefined }
  return { file: place.file.startsWith(`${root}/`) ? place.file.slice(root.length + 1) : place.file, line: place.line }
}

function explainChoice(choice: Choice, opened: Opened): ExplainedChoice {
  const { part, options } = choice.target
  const written = at(opened.value, choice.path)
  return {
    when: disclosed(at(written, ["when"])),
    policies: explainPolicies(choice, opened),
    target: { name: part.name, options: targetOptions(part, written) },
    parts: part.name === "aggregate" ? partsOf(at(written, ["aggregate"]), options) : undefined,
    services: [...new Set(part.uses?.(options) ?? [])].flatMap((name) => explainService(name, opened)),
  }
}

/** What a route says to its target, as it is written; the parts of an aggregate are told by themselves. */
function targetOptions(part: Choice["target"]["part"], written: unknown): Readonly<Record<string, unknown>> {
  // A route that is only a name is short for a service of that name.
  if (typeof written === "string") return { service: written }
  const fields = Object.keys(part.options.fields ?? {}).filter((field) => field !== "aggregate")
  const given = fields.map((field) => [field, disclosed(at(written, [field]), field)] as const)
  return Object.fromEntries(given.filter(([, value]) => value !== undefined))
}

function explainPolicies(choice: Choice, { built, value }: Opened): ExplainedPolicy[] {
  const { config } = built.gateway
  const running = new Set(policiesOf(choice, config).map(({ part }) => part.name))
  return shelf.flatMap((part): ExplainedPolicy[] => {
    const own = choice.policies.get(part.name)
    const written = at(value, ["defaults", part.name])
    const from = own !== undefined ? "route" : written !== undefined ? "defaults" : "standard"
    const chosen = { route: at(value, [...choice.path, part.name]), defaults: written, standard: part.standard }[from]
    if (running.has(part.name)) return [{ name: part.name, from, options: disclosed(chosen, part.name) }]
    // Worth telling only where it would have run otherwise.
    const isOff = own === false && config.defaults.get(part.name)
    return isOff || (from === "defaults" && part.standard !== undefined)
      ? [{ name: part.name, from, options: undefined }]
      : []
  })
}

/** A service as the config names its upstreams: an address out of a secret stays one. */
export function explainService(name: string, { built, value }: Opened): ExplainedService[] {
  const service = built.gateway.services.get(name)
  if (!service) return []
  const written = at(value, ["services", name])
  const url = at(written, ["url"]) ?? (service.upstreams.length > 0 ? written : [])
  return [{ name, mode: service.mode, upstreams: [disclosed(url)].flat() }]
}

/** The keys of the routes whose paths are most like a path, parameters standing for whatever is there. */
function nearestRoutes(path: string, routes: readonly Route[]): string[] {
  const segments = path.split("/")
  const alike = new Map<string, string[]>()
  for (const { key, pattern } of routes) {
    const filled = pattern
      .split("/")
      .flatMap((segment, index) =>
        segment === "*" ? segments.slice(index) : [segment.startsWith(":") ? (segments[index] ?? segment) : segment],
      )
      .join("/")
    alike.set(filled, [...(alike.get(filled) ?? []), key])
  }
  const found: string[] = []
  while (found.length < 3) {
    const next = nearest(path, alike.keys())
    if (next === undefined) break
    found.push(...(alike.get(next) ?? []))
    alike.delete(next)
  }
  return found.slice(0, 3)
}
