import type { Config } from "../config/check.ts"
import type { CheckedRoute } from "../config/overlaps.ts"
import { type Choice, policiesOf } from "../config/route.ts"
import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import type { Handler } from "../core/handler.ts"
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
}

/** One compiled config. */
export interface Gateway {
  readonly config: Config
  readonly routes: readonly Route[]
  readonly services: ReadonlyMap<string, Service>
  /** How the paths of requests are read before they come here. */
  readonly paths: PathRules
  /** Answers an exchange, whatever happens; `counted` is told under which route and status. */
  answer(exchange: Exchange, counted: (route: string, status: number) => void): Promise<Reply>
  /** The route that takes a request, for those who only want to know. */
  find: Router<Route>["find"]
  allowed: Router<Route>["allowed"]
}

/** What a config is compiled with: everything of the tools that does not come out of the config itself. */
export type Ground = Omit<Tools, "service">

/** Builds the handlers of a checked config; opens no socket and starts no timer. */
export function compile(config: Config, ground: Ground): Gateway {
  const services = new Map<string, Service>()
  const tools: Tools = {
    ...ground,
    service: (name) => {
      const found = services.get(name)
      if (!found) throw new Error(`Service "${name}" was not checked.`)
      return found.answer
    },
  }
  for (const [name, options] of config.services) services.set(name, createService(name, options, tools))
  const routes = config.routes.map((route): Route => ({ ...route, handle: routeHandler(route, config, tools) }))
  const router = new Router(routes)
  const find = router.find.bind(router)
  const allowed = router.allowed.bind(router)

  return {
    config,
    routes,
    services,
    paths: pathRules(config.settings.paths),
    find,
    allowed,
    async answer(exchange, counted) {
      let label = ""
      let reply: Reply
      try {
        const match = find(exchange.method, exchange.host, exchange.path, exchange.rawPath)
        if (match) {
          label = match.route.key
          exchange.params = match.params
          reply = await match.route.handle(exchange)
        } else reply = unmatched(exchange, allowed(exchange.host, exchange.path))
      } catch (error) {
        reply = problemReply(error, exchange, ground.log)
      }
      for (const [name, value] of exchange.answerHeaders)
        // Each cookie has a line of its own: those of the service stay.
        if (name === "set-cookie") reply.headers.append(name, value)
        else reply.headers.set(name, value)
      counted(label, reply.status)
      return reply
    },
  }
}

function unmatched(exchange: Exchange, methods: readonly string[]): Reply {
  if (methods.length === 0)
    throw new GatewayError("route_not_found", `No route for ${exchange.method} ${exchange.path}.`)
  const allow = [...new Set([...methods, "OPTIONS"])].join(", ")
  if (exchange.method === "OPTIONS") return { status: 204, headers: new HeaderList(["allow", allow]), body: null }
  throw new GatewayError("method_not_allowed", `${exchange.path} takes ${allow}.`, { headers: { allow } })
}

function routeHandler(route: CheckedRoute, config: Config, tools: Tools): Handler {
  const choices = route.choices.map((choice, index) => ({
    takes: condition(choice.when, index),
    handle: choiceHandler(choice, config, tools),
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

function choiceHandler(choice: Choice, config: Config, tools: Tools): Handler {
  const { part: chosen, options: given } = choice.target
  const target = chosen.create(given, tools)
  return policiesOf(choice, config).reduceRight(
    (next, { part, options }) => part.create(options, tools)(next),
    chosen.websockets ? target : withoutWebSockets(chosen.name, target),
  )
}
