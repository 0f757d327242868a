import { relative } from "node:path"

import { readText } from "../../config/files.ts"
import { places } from "../../config/places.ts"
import { type Choice, policiesOf, servicesOf } from "../../config/route.ts"
import { nearest } from "../../core/suggest.ts"
import type { Route } from "../../gateway/compile.ts"
import { policies as shelf } from "../../policies/index.ts"
import type { Opened } from "../open-config.ts"
import { at, disclosed } from "./disclosed.ts"
import { type ExplainedPart, partsOf } from "./parts.ts"
import type { Subject } from "./subject.ts"

/** What a gateway would do with a request. */
export interface Explained {
  readonly request: { method: string; host: string; path: string; query: string }
  /** The status that the gateway itself answers with when no route does. */
  readonly answers: 204 | 400 | 404 | 405 | null
  /** With 204 and 405: what the path takes. */
  readonly allow: readonly string[]
  /** With 404: the routes that may be meant. */
  readonly nearest: readonly string[]
  readonly route: ExplainedRoute | null
}

/** The route that takes a request. */
export interface ExplainedRoute {
  readonly key: string
  readonly file: string
  readonly line: number | null
  readonly params: Readonly<Record<string, string>>
  /** Tried in this order by their conditions. */
  readonly choices: readonly ExplainedChoice[]
}

/** One way in which a route answers. */
export interface ExplainedChoice {
  /** Null when it takes every request. */
  readonly when: unknown
  readonly policies: readonly ExplainedPolicy[]
  readonly target: { readonly name: string; readonly options: Readonly<Record<string, unknown>> }
  readonly parts: readonly ExplainedPart[] | null
  readonly services: readonly ExplainedService[]
}

/** A policy around a target, and where it was chosen. */
export interface ExplainedPolicy {
  readonly name: string
  readonly from: "route" | "defaults" | "standard"
  /** False when it is switched off. */
  readonly options: unknown
  /** What of the options may surprise. */
  readonly note?: string
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
  const { method, host, rawPath, search } = subject
  const { canonical, forwardsCanonical } = gateway.paths
  const path = canonical(rawPath)
  const request = { method, host, path: path ?? rawPath, query: search }
  const nothing = { request, allow: [], nearest: [], route: null }
  if (path === undefined) return { ...nothing, answers: 400 }
  const match = gateway.find(method, host, path, forwardsCanonical ? path : rawPath)
  if (match) return { ...nothing, answers: null, route: explainRoute(match.route, match.params, opened) }
  const allow = gateway.allowed(host, path)
  if (allow.length > 0)
    return { ...nothing, answers: method === "OPTIONS" ? 204 : 405, allow: [...new Set([...allow, "OPTIONS"])] }
  return { ...nothing, answers: 404, nearest: nearestRoutes(path, gateway.routes) }
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

function placeOf(route: Route, { file, root }: Opened): { file: string; line: number } | { line: null } {
  const place = places(file, readText).find(["routes", route.key], "key")
  return place ? { file: relative(root, place.file), line: place.line } : { line: null }
}

function explainChoice(choice: Choice, opened: Opened): ExplainedChoice {
  const { part, options } = choice.target
  const written = at(opened.value, choice.path)
  return {
    when: disclosed(at(written, ["when"])) ?? null,
    policies: explainPolicies(choice, opened),
    target: { name: part.name, options: targetOptions(part, written) },
    parts: part.name === "aggregate" ? partsOf(at(written, ["aggregate"]), options) : null,
    services: servicesOf(choice, opened.built.gateway.config).flatMap((name) => explainService(name, opened)),
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
  const running = new Map(policiesOf(choice, config).map(({ part, options }) => [part.name, options]))
  return shelf.flatMap((part): ExplainedPolicy[] => {
    const own = choice.policies.get(part.name)
    const written = at(value, ["defaults", part.name])
    const from = own !== undefined ? "route" : written !== undefined ? "defaults" : "standard"
    const chosen = { route: at(value, [...choice.path, part.name]), defaults: written, standard: part.standard }[from]
    const note = running.has(part.name) ? part.note?.(running.get(part.name)) : undefined
    if (running.has(part.name))
      return [{ name: part.name, from, options: disclosed(chosen, part.name), ...(note === undefined ? {} : { note }) }]
    // Worth telling only where it would have run otherwise.
    const isOff = own === false && config.defaults.get(part.name)
    return isOff || (from === "defaults" && part.standard !== undefined)
      ? [{ name: part.name, from, options: false }]
      : []
  })
}

/** A service as the config names its upstreams: an address out of a secret stays one. */
function explainService(name: string, { built, value }: Opened): ExplainedService[] {
  const service = built.gateway.services.get(name)
  if (!service) return []
  const written = at(value, ["services", name])
  const url = at(written, ["url"]) ?? (service.upstreams.all.length > 0 ? written : [])
  return [{ name, mode: service.mode, upstreams: [disclosed(url)].flat() }]
}

/** The keys of the routes that the path would have if a segment or two were written otherwise. */
function nearestRoutes(path: string, routes: readonly Route[]): string[] {
  const segments = path.replace(/\/$/, "").split("/")
  const alike = routes.flatMap(({ key, pattern }) => {
    const changes = changesTo(pattern.replace(/\/$/, "").split("/"), segments)
    return changes === undefined ? [] : [{ key, changes }]
  })
  return alike
    .toSorted((one, other) => one.changes - other.changes)
    .slice(0, 3)
    .map(({ key }) => key)
}

/** How many segments are other than the pattern says; undefined when one is altogether different. */
function changesTo(pattern: readonly string[], segments: readonly string[]): number | undefined {
  const open = pattern.at(-1) === "*"
  if (open ? segments.length < pattern.length : segments.length !== pattern.length) return undefined
  let changes = 0
  for (const [index, wanted] of pattern.entries()) {
    const segment = segments[index] ?? ""
    if (wanted === "*" || wanted.startsWith(":") || wanted === segment) continue
    if (nearest(segment, [wanted]) === undefined) return undefined
    changes++
  }
  return changes
}
