import { shapeOf } from "../config/overlaps.ts"
import { RouteTree } from "./route-tree.ts"

/** What a router needs to know of a route. */
export interface Routable {
  readonly methods: readonly string[]
  readonly host: string | undefined
  readonly pattern: string
  readonly params: readonly string[]
}

/** A route that takes a request, and what its parameters stand for. */
export interface Match<R> {
  readonly route: R
  readonly params: ReadonlyMap<string, string>
}

const none: ReadonlyMap<string, string> = new Map()

/** Finds the route of a request by method, host and canonical path; built once for each config. */
export class Router<R extends Routable> {
  readonly #hosts = new Map<string, Methods<R>>()
  readonly #suffixes: { suffix: string; methods: Methods<R> }[] = []
  readonly #anyHost: Methods<R>
  readonly #byHost: boolean

  constructor(routes: readonly R[]) {
    this.#anyHost = new Methods(routes.filter((route) => route.host === undefined))
    for (const host of new Set(routes.map((route) => route.host))) {
      if (host === undefined) continue
      const methods = new Methods(routes.filter((route) => route.host === host))
      if (host.startsWith("*.")) this.#suffixes.push({ suffix: host.slice(1), methods })
      else this.#hosts.set(host, methods)
    }
    this.#byHost = this.#hosts.size + this.#suffixes.length > 0
    this.#suffixes.sort((a, b) => b.suffix.length - a.suffix.length)
  }

  /** The most exact route: its own host before a wildcard before any, text before patterns before `:name` before `*`. */
  find(method: string, host: string, path: string, rawPath: string): Match<R> | undefined {
    if (!this.#byHost) return this.#anyHost.find(method, path, rawPath)
    for (const methods of this.#candidates(host)) {
      const found = methods.find(method, path, rawPath)
      if (found) return found
    }
    return undefined
  }

  /** The methods for which the path has a route. */
  allowed(host: string, path: string): string[] {
    return [...new Set(this.#candidates(host).flatMap((methods) => methods.allowed(path)))]
  }

  #candidates(host: string): Methods<R>[] {
    if (!this.#byHost) return [this.#anyHost]
    const colon = host.startsWith("[") ? host.indexOf("]:") + 1 : host.indexOf(":")
    // "api.example." is the same host, fully qualified: it must not go around the rules of "api.example".
    const name = (colon > 0 ? host.slice(0, colon) : host).toLowerCase().replace(/\.$/, "")
    const exact = this.#hosts.get(name)
    const wild = this.#suffixes.filter(({ suffix }) => name.endsWith(suffix) && name.length > suffix.length)
    return [...(exact ? [exact] : []), ...wild.map(({ methods }) => methods), this.#anyHost]
  }
}

/** The routes of one host, a tree for each method: a path with another method does not hide a wider route. */
class Methods<R extends Routable> {
  readonly #trees = new Map<string, RouteTree<R>>()
  readonly #anyMethod: RouteTree<R>

  constructor(routes: readonly R[]) {
    this.#anyMethod = treeOf(routes, ({ methods }) => (methods.length === 0 ? 0 : undefined))
    const named = new Set(routes.flatMap((route) => route.methods))
    if (named.has("GET")) named.add("HEAD")
    for (const method of named)
      this.#trees.set(
        method,
        treeOf(routes, ({ methods }) =>
          methods.includes(method)
            ? 0
            : method === "HEAD" && methods.includes("GET")
              ? 1
              : methods.length === 0
                ? 2
                : undefined,
        ),
      )
  }

  find(method: string, path: string, rawPath: string): Match<R> | undefined {
    const route = (this.#trees.get(method) ?? this.#anyMethod).find(path)
    return route && new Found(route, rawPath)
  }

  allowed(path: string): string[] {
    return [...this.#trees].filter(([, tree]) => tree.find(path)).map(([method]) => method)
  }
}

/** A tree of the routes that have a rank; where several match the same, of the one with the lowest. */
function treeOf<R extends Routable>(routes: readonly R[], rank: (route: R) => number | undefined): RouteTree<R> {
  // In the order of the config, whichever route it is that a shape ends up with: patterns are tried in this order.
  const best = new Map<string, { route: R; rank: number }>()
  for (const route of routes) {
    const own = rank(route)
    if (own === undefined) continue
    const shape = shapeOf(route.pattern)
    const other = best.get(shape)
    if (!other || own < other.rank) best.set(shape, { route, rank: own })
  }
  return new RouteTree(new Map(Array.from(best, ([shape, { route }]) => [shape, route])))
}

/** A match whose parameters are read when somebody asks for them. */
class Found<R extends Routable> implements Match<R> {
  readonly route: R
  readonly #rawPath: string
  #params: ReadonlyMap<string, string> | undefined

  constructor(route: R, rawPath: string) {
    this.route = route
    this.#rawPath = rawPath
  }

  get params(): ReadonlyMap<string, string> {
    return (this.#params ??= this.route.params.length === 0 ? none : paramsOf(this.route, this.#rawPath))
  }
}

/** Parameters as the client wrote them: what is forwarded is not re-encoded. */
function paramsOf(route: Routable, rawPath: string): ReadonlyMap<string, string> {
  const made = new Map<string, string>()
  const segments = route.pattern.slice(1).split("/")
  const names = route.params.values()
  let at = 0
  for (const segment of segments) {
    while (rawPath[at] === "/" && segment !== "*") at++
    if (segment === "*") {
      made.set("*", rawPath.slice(at + 1))
      break
    }
    const end = rawPath.indexOf("/", at)
    const value = rawPath.slice(at, end < 0 ? undefined : end)
    if (segment.startsWith(":")) made.set(names.next().value ?? "", value)
    at = end < 0 ? rawPath.length : end
  }
  return made
}
