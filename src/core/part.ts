import type { Exchange } from "./exchange.ts"
import type { Handler, Policy } from "./handler.ts"
import type { Keep } from "./kept.ts"
import type { Log } from "./log.ts"
import type { PartMetrics } from "./metrics.ts"
import type { Plans } from "./plan.ts"
import type { Reply } from "./reply.ts"
import { type Path, type Report, type Schema, schema } from "./schema.ts"
import type { Store } from "./store.ts"
import type { Usage } from "./usage.ts"

/** What a part is handed while it is built: how parts meet without importing each other. */
export interface Tools {
  /** The service of this name, as a handler. */
  service(name: string): Handler
  /** The mocks of a service, as a handler; source is what its answers say about themselves. */
  mocks(service: string, source: "mock" | "fallback"): Handler
  /** One mock file or one mock function, as a handler. */
  mock(given: string | ((request: never) => unknown)): Handler
  /** The gateway itself, as a handler, but for these routes only: by their keys. Never fails: failures are answers. */
  gateway(routes: readonly string[]): Handler
  /** A failure as the answer that a client gets. */
  problem(error: unknown, exchange: Failed): Reply
  /** A value that outlives a reload. */
  keep: Keep
  /** Where state lives that is shared: by exchanges, and by processes if the config says so. */
  store: Store
  /** The plans of the config, for those who hold clients to them. */
  plans: Plans
  /** Where usage is written down; undefined where the config does not ask for it. */
  usage: Usage | undefined
  /** Where parts count what they do, by series that they ask for while they are built. */
  metrics: PartMetrics
  /** Begins something once this config serves (checks, watchers) and ends it, by what `begin` gives, with the config. */
  whenServed(begin: () => () => void): void
  /** Stands for the choice of a route that a part is built for, as long as it is written the same, reloads or not. */
  readonly choice?: string | undefined
  /** Whether the target that policies are built around needs the credentials of the client. */
  inherits?: boolean | undefined
  /** Credentials stand under this name in requests: whoever shows those hides them. */
  hides(name: string): void
  log: Log
  /** The key of the route that a part is built for; undefined for what belongs to none. */
  readonly route?: string | undefined
  /** The folder that the config lives in. */
  root: string
}

/** What the answer about a failure takes from the exchange that failed. */
export type Failed = Pick<Exchange, "id" | "method" | "path" | "answerHeaders"> & Partial<Pick<Exchange, "finishers">>

/** What a part may know of the rest of the config while its own options are checked. */
export interface Known {
  services: ReadonlySet<string>
  /** The parameters that the route of this part has. */
  params: ReadonlySet<string>
  /** All routes by their keys, and what they are answered by. */
  routes: ReadonlyMap<string, ReadonlySet<string>>
  plans: Plans
  /** Whether the config keeps an account of usage. */
  usage: boolean
  /** The store ends with the process: nothing can be put into it from outside. */
  storeEnds?: boolean
}

/** A route that a part brings along: the gateway adds it wherever the config chooses the part. */
export interface OwnRoute {
  readonly methods: readonly string[]
  readonly path: string
  /** What answers it, inside of the default policies that come before the one that brings it. */
  readonly part: AnyPart<Handler>
  readonly options: unknown
}

/** One choice that the config can name. */
export interface Part<Name extends string, T, Product> {
  /** The word used in gateway.config.ts. */
  readonly name: Name
  /** One sentence for hover text and the reference. */
  readonly about: string
  readonly options: Schema<T>
  /** Options that apply where the config says nothing. */
  readonly standard?: unknown
  /** Finds names in the options that point nowhere; path is where the options stand. */
  check?(options: T, known: Known, path: Path, report: Report): void
  /** Answers clients that ask for a WebSocket too. */
  readonly websockets?: true
  /** Answers what browsers ask before a request of another origin, for whatever method that will be. */
  readonly preflights?: true
  /** A target that makes requests out of the client's, each through the policies of its own route: it needs the credentials. */
  readonly inherits?: true
  /** Keeps nothing of its own: routes that chose the same and lead to the same may share one. */
  readonly stateless?: true
  /** What a route's options mean beside those of the defaults; without it, they take their place. */
  join?(general: T, own: T): T
  /** What stays of the options of the defaults on a route that switches them off; without it, nothing does. */
  off?(general: T): T | undefined
  /** The routes that these options bring along. */
  routes?(options: T): readonly OwnRoute[]
  /** What of these options may surprise, in a sentence, for `bellhop explain`. */
  note?(options: T): string | undefined
  /** The services that these options call. */
  uses?(options: T): readonly string[]
  /** The mock files that these options name, each with its place below them. */
  mockFiles?(options: T): readonly { readonly file: string; readonly path: Path }[]
  /** Runs once for each use in a config; opens no socket and starts no timer. */
  create(options: T, tools: Tools): Product
}

/** A part whose options are known to itself only: what a shelf lists. */
export type AnyPart<Product> = Part<string, unknown, Product>

const define =
  <Product>() =>
  <const Name extends string, T>(part: Part<Name, T, Product>): Part<Name, T, Product> =>
    part

/** A rule around a handler. */
export const definePolicy = define<Policy>()

/** A way to answer a route. */
export const defineTarget = define<Handler>()

/** What answers an own route. No config can name it: its options are what the part that brings the route gives. */
export const ownTarget = <T>(made: {
  name: string
  about: string
  create(options: T, tools: Tools): Handler
}): AnyPart<Handler> => ({
  ...made,
  options: schema({ expected: "nothing", types: "never", accepts: () => true }),
  create: (options, tools) => made.create(options as T, tools),
})
