import type { Config } from "../config/check.ts"
import type { CheckedRoute } from "../config/overlaps.ts"
import { type Choice, type Chosen, policiesOf } from "../config/route.ts"
import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import type { Handler, Policy } from "../core/handler.ts"
import type { Tools } from "../core/part.ts"
import type { Reply } from "../core/reply.ts"
import { HeaderList } from "../http/header-list.ts"
import { type PathRules, pathRules } from "../http/path-rules.ts"
import { createService, type Service } from "../services/service.ts"
import { condition } from "./conditions.ts"
import { problemReply } from "./problem.ts"
import { Router } from "./router.ts"

/** A route with its handlers built. */
export interface Route extends CheckedRoute {
  readonly handle: Handler
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
  /** Answers an exchange, whatever happens; `counted` is told under which route and status. */
  answer(exchange: Exchange, counted: Counted): Promise<Reply>
  /** The route that takes a request, for those who only want to know. */
  find: Router<Route>["find"]
  allowed: Router<Route>["allowed"]
}

/** Is told of each answer: of which route, with which status, and which place the route has; -1 for none. */
export type Counted = (route: string, status: number, place: number) => void

/** What a config is compiled with: everything of the tools that does not come out of the config itself. */
export type Ground = Omit<Tools, "service" | "gateway" | "problem">

/** Builds the handlers of a checked config; opens no socket and starts no timer. */
export function compile(config: Config, ground: Ground): Gateway {
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
        return answer(exchange, count)
      }
    },
    problem,
  }
  for (const [name, options] of config.services) services.set(name, createService(name, options, tools))
  const chain = chains(config, tools)
  // What every request needs comes first: that much of a route is in one line of the processor's cache.
  const routes = config.routes.map((route, place): Route => ({ handle: routeHandler(route, chain), place, ...route }))
  const router = new Router(routes)
  const find = router.find.bind(router)
  const allowed = router.allowed.bind(router)

  async function answer(exchange: Exchange, counted: Counted): Promise<Reply> {
    count = counted
    let label = ""
    let place = -1
    let reply: Reply
    try {
      const match = find(exchange.method, exchange.host, exchange.path, exchange.rawPath)
      if (match) {
        const { route } = match
        label = route.key
        place = route.place
        exchange.takenBy(label, match)
        reply = await route.handle(exchange)
      } else reply = unmatched(exchange, allowed(exchange.host, exchange.path))
    } catch (error) {
      reply = problemReply(error, exchange, ground.log)
    }
    withAnswerHeaders(reply, exchange)
    counted(label, reply.status, place)
    return reply
  }

  return { config, routes, services, paths, find, allowed, answer }
}

function withAnswerHeaders(reply: Reply, { answerHeaders }: Pick<Exchange, "answerHeaders">): Reply {
  for (const [name, value] of answerHeaders)
    // Each cookie has a line of its own: those of the service stay.
    if (name === "set-cookie") reply.headers.append(name, value)
    else reply.headers.set(name, value)
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

function routeHandler(route: CheckedRoute, chain: (choice: Choice) => Handler): Handler {
  const choices = route.choices.map((choice, index) => ({
    takes: condition(choice.when, index),
    handle: chain(choice),
  }))
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
function chains(config: Config, tools: Tools): (choice: Choice) => Handler {
  const known = new Map<Handler, { policies: Chosen<Policy>[]; handle: Handler }[]>()
  return (choice) => {
    const { part: chosen, options: given } = choice.target
    const target = chosen.create(given, tools)
    const policies = policiesOf(choice, config)
    const like = known.get(target) ?? []
    known.set(target, like)
    const same = like.find((other) => areSame(other.policies, policies))
    if (same) return same.handle
    const handle = policies.reduceRight(
      (next, { part, options }) => part.create(options, tools)(next),
      chosen.websockets ? target : withoutWebSockets(chosen.name, target),
    )
    if (policies.every(({ part }) => part.stateless)) like.push({ policies, handle })
    return handle
  }
}

const areSame = (some: readonly Chosen<Policy>[], others: readonly Chosen<Policy>[]): boolean =>
  some.length === others.length &&
  some.every(({ part, options }, at) => part === others[at]?.part && options === others[at]?.options)
