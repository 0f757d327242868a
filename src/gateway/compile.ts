import type { Config } from "../config/check.ts"
import type { CheckedRoute } from "../config/overlaps.ts"
import { type Choice, type Chosen, policiesOf } from "../config/route.ts"
import { codeOf, GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import type { Handler, Policy } from "../core/handler.ts"
import type { Failed, Tools } from "../core/part.ts"
import type { Reply } from "../core/reply.ts"
import type { Span } from "../core/span.ts"
import { HeaderList } from "../http/header-list.ts"
import { type PathRules, pathRules } from "../http/path-rules.ts"
import { preflightMethod } from "../http/preflight.ts"
import type { ProxyRules } from "../http/proxy-rules.ts"
import { addVary } from "../http/vary.ts"
import { createService, type Service } from "../services/service.ts"
import { choiceName } from "./choice-name.ts"
import { condition } from "./conditions.ts"
import { problemReply } from "./problem.ts"
import { type Match, Router } from "./router.ts"
import { spanned } from "./spanned.ts"

/** A route with its handlers built. */
export interface Route extends CheckedRoute {
  readonly handle: Handler
  /** Answers what browsers ask before a request of another origin; undefined where no policy does. */
  readonly preflight: Handler | undefined
  /** Which of the config's routes it is. */
  readonly place: number
}

/** One compiled config. */
export interface Gateway {
  readonly config: Config
  readonly routes: readonly Route[]
  readonly services: ReadonlyMap<string, Service>
  /** How the paths of requests are read before they come here. */
  readonly paths: PathRules
  /** Which proxies are believed; undefined where none is. */
  readonly proxies: ProxyRules | undefined
  /** Answers an exchange, whatever happens, at once if nothing has to be waited for; `counted` is told under which route and status. */
  answer(exchange: Exchange, counted: Counted): Reply | Promise<Reply>
  /** The route that takes a request, for those who only want to know. */
  find: Router<Route>["find"]
  allowed: Router<Route>["allowed"]
}

/** Is told of each answer: of which route, with which status, and which place the route has; -1 for none. */
export type Counted = (route: string, status: number, place: number) => void

/** What a config is compiled with: everything of the tools that does not come out of the config itself. */
export type Ground = Omit<Tools, "service" | "gateway" | "problem" | "choice"> & {
  /** Is told of each exchange before anything is done with it: who wants to see spans of it gives it one. */
  readonly watch?: ((exchange: Exchange) => void) | undefined
}

/** Builds the handlers of a checked config, which was written like this; opens no socket and starts no timer. */
export function compile(config: Config, ground: Ground, written?: unknown): Gateway {
  const services = new Map<string, Service>()
  const paths = pathRules(config.settings.paths)
  // Whoever serves this gateway counts in one place: answers to its own requests are counted there too.
  let count: Counted = () => undefined
  const problem: Tools["problem"] = (error, exchange) =>
    withAnswerHeaders(problemReply(error, exchange, ground.log), exchange)
  const tools: Tools = {
    ...ground,
    service: (name) => {
      const found = services.get(name)
      if (!found) throw new Error(`Service "${name}" was not checked.`)
      return found.answer
    },
    gateway: (keys) => {
      const open = new Set(keys)
      return async (exchange) => {
        try {
          admit(exchange, open, paths, find)
        } catch (error) {
          const reply = problem(error, exchange)
          count("", reply.status, -1)
          return reply
        }
        return exchange.span ? inSpan(exchange, exchange.span) : answer(exchange, count)
      }
    },
    problem,
  }
  for (const [name, options] of config.services) services.set(name, createService(name, options, tools))
  const chain = chains(config, tools, written, ground.watch !== undefined)
  // What every request needs comes first: that much of a route is in one line of the processor's cache.
  const routes = config.routes.map((route, place): Route => {
    const choices = choicesOf(route, chain, config)
    return { handle: routeHandler(choices), place, ...route, preflight: preflightHandler(choices) }
  })
  const router = new Router(routes)
  const find = router.find.bind(router)
  const allowed = router.allowed.bind(router)

  function answer(exchange: Exchange, counted: Counted): Reply | Promise<Reply> {
    count = counted
    let label = ""
    let place = -1
    let reply: Reply
    try {
      const asked = exchange.method === "OPTIONS" ? preflighted(exchange) : undefined
      const match = asked ?? find(exchange.method, exchange.host, exchange.path, exchange.rawPath)
      if (match) {
        const { route } = match
        label = route.key
        place = route.place
        exchange.takenBy(label, match, place)
        if (exchange.span) exchange.span.name = label
        const made = ((asked && route.preflight) ?? route.handle)(exchange)
        if (made instanceof Promise) return answerLater(made, exchange, counted, label, place)
        reply = made
      } else reply = unmatched(exchange, allowed(exchange.host, exchange.path))
    } catch (error) {
      reply = failed(error, exchange)
    }
    withAnswerHeaders(reply, exchange)
    counted(label, reply.status, place)
    return reply
  }

  // Apart, because a promise of what is there already is a tenth of what a small request costs.
  async function answerLater(
    made: Promise<Reply>,
    exchange: Exchange,
    counted: Counted,
    label: string,
    place: number,
  ): Promise<Reply> {
    let reply: Reply
    try {
      reply = await made
    } catch (error) {
      reply = failed(error, exchange)
    }
    withAnswerHeaders(reply, exchange)
    counted(label, reply.status, place)
    return reply
  }

  function failed(error: unknown, exchange: Exchange): Reply {
    const code = codeOf(error)
    exchange.failure = code
    if (exchange.span) exchange.span.failure = code
    return problemReply(error, exchange, ground.log)
  }

  /** A request of the gateway's own is a stretch of the work on the one that it is made for. */
  async function inSpan(exchange: Exchange, around: Span): Promise<Reply> {
    const span = around.child("route", "")
    exchange.span = span
    const reply = await answer(exchange, count)
    span.end(reply.status, span.failure)
    return reply
  }

  /** The route that a browser asks about before it sends another method there, where that one has an answer. */
  function preflighted({ method, headers, host, path, rawPath }: Exchange): Match<Route> | undefined {
    const wanted = preflightMethod(method, headers)
    const match = wanted === undefined ? undefined : find(wanted, host, path, rawPath)
    return match?.route.preflight && match
  }

  const { watch } = ground
  const watched: Gateway["answer"] = (exchange, counted) => {
    watch?.(exchange)
    return answer(exchange, counted)
  }
  const { proxies } = config.settings
  return { config, routes, services, paths, proxies, find, allowed, answer: watch ? watched : answer }
}

function withAnswerHeaders(reply: Reply, exchange: Failed): Reply {
  const { answerHeaders, finishers } = exchange
  if (finishers) for (const finish of finishers) finish(reply)
  for (const line of answerHeaders) {
    const name = line[0]
    // Each cookie has a line of its own, and what answers depend on adds up: those of the service stay.
    if (name === "set-cookie") reply.headers.append(name, line[1])
    else if (name === "vary") addVary(reply.headers, line[1])
    else reply.headers.set(name, line[1])
  }
  return reply
}

/** Lets in a request of the gateway's own as the door does one of a client, but to these routes only. */
function admit(exchange: Exchange, open: ReadonlySet<string>, paths: PathRules, find: Gateway["find"]): void {
  const path = paths.canonical(exchange.rawPath)
  if (path === undefined) throw new GatewayError("bad_path", paths.advice)
  exchange.path = path
  if (paths.forwardsCanonical) exchange.rawPath = path
  const match = find(exchange.method, exchange.host, path, exchange.rawPath)
  if (match && !open.has(match.route.key))
    throw new GatewayError("not_in_batch", `${exchange.method} ${path} is not open to this batch.`)
}

function unmatched(exchange: Exchange, methods: readonly string[]): Reply {
  if (methods.length === 0)
    throw new GatewayError("route_not_found", `No route for ${exchange.method} ${exchange.path}.`)
  const allow = [...new Set([...methods, "OPTIONS"])].join(", ")
  if (exchange.method === "OPTIONS") return { status: 204, headers: new HeaderList(["allow", allow]), body: null }
  throw new GatewayError("method_not_allowed", `${exchange.path} takes ${allow}.`, { headers: { allow } })
}

interface BuiltChoice {
  readonly takes: ReturnType<typeof condition>
  readonly handle: Handler
  readonly preflights: boolean
}

const choicesOf = (route: CheckedRoute, chain: (choice: Choice) => Handler, config: Config): BuiltChoice[] =>
  route.choices.map((choice, index) => ({
    takes: condition(choice.when, index),
    handle: chain(choice),
    preflights: policiesOf(choice, config).some(({ part }) => part.preflights === true),
  }))

/** The question comes without the headers of the request: where no choice takes it, the first is asked. */
function preflightHandler(choices: readonly BuiltChoice[]): Handler | undefined {
  const able = choices.filter(({ preflights }) => preflights)
  const [first] = able
  return first && ((exchange) => (able.find(({ takes }) => !takes || takes(exchange)) ?? first).handle(exchange))
}

function routeHandler(choices: readonly BuiltChoice[]): Handler {
  const [only] = choices
  if (choices.length === 1 && only && !only.takes) return only.handle
  return (exchange) => {
    for (const { takes, handle } of choices) if (!takes || takes(exchange)) return handle(exchange)
    throw new GatewayError("route_not_found", `No choice of the route takes ${exchange.method} ${exchange.path}.`)
  }
}

// Half of a conversation is none: better a clear no than an answer that the client cannot take.
function withoutWebSockets(name: string, target: Handler): Handler {
  return (exchange) => {
    if (!exchange.websocket) return target(exchange)
    throw new GatewayError("no_websocket", `Only services take WebSockets: this route has the target "${name}".`)
  }
}

/** Builds targets inside their policies; choices that come to the same share one, where nothing in it keeps state. */
function chains(config: Config, given: Tools, written: unknown, isWatched: boolean): (choice: Choice) => Handler {
  const known = new Map<Handler, { policies: Chosen<Policy>[]; handle: Handler }[]>()
  return (choice) => {
    const { part: chosen, options: own } = choice.target
    const tools: Tools = {
      ...given,
      choice: choiceName(written, choice, config),
      route: String(choice.path[1] ?? ""),
      inherits: chosen.inherits,
    }
    const target = chosen.create(own, tools)
    const policies = policiesOf(choice, config)
    const like = known.get(target) ?? []
    known.set(target, like)
    const same = like.find((other) => areSame(other.policies, policies))
    if (same) return same.handle
    const handle = policies.reduceRight(
      (next, { part, options }) => {
        const policy = part.create(options, tools)
        return (isWatched ? spanned(part.name, policy) : policy)(next)
      },
      chosen.websockets ? target : withoutWebSockets(chosen.name, target),
    )
    if (policies.every(({ part }) => part.stateless)) like.push({ policies, handle })
    return handle
  }
}

const areSame = (some: readonly Chosen<Policy>[], others: readonly Chosen<Policy>[]): boolean =>
  some.length === others.length &&
  some.every(({ part, options }, at) => part === others[at]?.part && options === others[at]?.options)
