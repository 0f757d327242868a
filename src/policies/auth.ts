import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import type { Handler } from "../core/handler.ts"
import type { Identity } from "../core/identity.ts"
import type { Count } from "../core/metrics.ts"
import { definePolicy, type Tools } from "../core/part.ts"
import type { Reply } from "../core/reply.ts"
import { type AuthOptions, authOptions } from "./auth/options.ts"
import { stripping } from "./auth/place.ts"
import { type Place, Refused, type Scheme } from "./auth/scheme.ts"
import { type Telling, telling } from "./auth/tell.ts"

/** Lets in only those whose credentials a scheme vouches for. */
export const auth = definePolicy({
  name: "auth",
  about:
    "Lets in only those whose credentials one of these schemes vouches for; the services get to know who it is by `tell`. Schemes are asked in the order of this list. The first that finds credentials of its kind decides: a yes wins, whatever else was sent, and a no refuses the request, even if it has other credentials that hold. Credentials of all these schemes are kept from the service, those that nobody looked at in any case.",
  options: authOptions,
  check({ schemes }, known, path, report) {
    for (const { part, options } of schemes) part.check?.(options, known, [...path, part.name], report)
  },
  routes: ({ schemes }) => schemes.flatMap(({ part, options }) => part.routes?.(options) ?? []),
  uses: ({ schemes }) => schemes.flatMap(({ part, options }) => part.uses?.(options) ?? []),
  join: (general, own) => ({ ...own, tell: own.tell ?? general.tell }),
  // A service that believes these headers believes them on routes that are open too.
  off: ({ tell }) => tell && { schemes: [], anonymous: true, tell },
  create(options, tools) {
    const asked = schemesOf(options, tools)
    const told = options.tell && !tools.inherits ? telling(options.tell) : undefined
    return (next) => {
      const inner = asked.reduceRight((behind, { scheme }) => scheme.around?.(behind) ?? behind, next)
      // What none of them takes for credentials may still be some to a service.
      const stripAll = tools.inherits ? nothing : stripping(asked.flatMap(({ scheme }) => scheme.places))
      const bare = counter(tools, "none", options.anonymous ? "admitted" : "refused")
      return guard(asked, told, options.anonymous ? stripAll : undefined, inner, bare)
    }
  },
})

interface Asked {
  readonly name: string
  readonly scheme: Scheme
  readonly admitted: Count
  readonly refused: Count
  /** What is done to a request that it vouched for. */
  readonly strip: (exchange: Exchange) => void
}

function schemesOf({ schemes }: AuthOptions, tools: Tools): Asked[] {
  const built = schemes.map(({ part, options }) => ({ name: part.name, scheme: part.create(options, tools) }))
  for (const { scheme } of built) for (const { name } of scheme.places) tools.hides(name)
  const all = new Map(built.flatMap(({ scheme }) => scheme.places.map((place) => [keyOf(place), place] as const)))
  return built.map(({ name, scheme }) => {
    const kept = new Set(scheme.forward ? scheme.places.map(keyOf) : [])
    const counts = { admitted: counter(tools, name, "admitted"), refused: counter(tools, name, "refused") }
    if (tools.inherits) return { name, scheme, ...counts, strip: nothing }
    const strip = stripping([...all].flatMap(([key, place]) => (kept.has(key) ? [] : [place])))
    return { name, scheme, ...counts, strip }
  })
}

const counter = ({ metrics }: Tools, scheme: string, outcome: string): Count =>
  metrics.counter("bellhop_auth_total", "Requests that came to auth, by scheme and outcome.", { scheme, outcome })

const nothing = (): void => undefined

const keyOf = ({ in: where, name, word }: Place): string => JSON.stringify([where, name, word])

/** With `openTo`, requests without credentials come in too, after this is done to them. */
function guard(
  asked: readonly Asked[],
  told: Telling | undefined,
  openTo: ((exchange: Exchange) => void) | undefined,
  next: Handler,
  bare: Count,
): Handler {
  function askFrom(exchange: Exchange, first: number): Reply | Promise<Reply> {
    for (let at = first; at < asked.length; at++) {
      const one = asked[at] as Asked
      let said: ReturnType<Scheme["identify"]>
      try {
        said = one.scheme.identify(exchange)
      } catch (error) {
        return refuse(exchange, one, error)
      }
      if (said instanceof Promise) return wait(exchange, said, at)
      if (said) return admit(exchange, one, said)
    }
    bare.value++
    if (!openTo) return unknown(exchange)
    exchange.identity = undefined
    openTo(exchange)
    told?.clear(exchange)
    return openly(exchange)
  }

  /** Without an identity; who asks for one further in gets the client to know how to give it. */
  async function openly(exchange: Exchange): Promise<Reply> {
    try {
      return await next(exchange)
    } catch (error) {
      if (asked.length === 0 || !(error instanceof GatewayError) || error.code !== "unauthorized") throw error
      return unknown(exchange)
    }
  }

  async function wait(exchange: Exchange, said: Promise<Identity | undefined>, at: number): Promise<Reply> {
    const one = asked[at] as Asked
    let identity: Identity | undefined
    try {
      identity = await said
    } catch (error) {
      return refuse(exchange, one, error)
    }
    return identity ? admit(exchange, one, identity) : askFrom(exchange, at + 1)
  }

  function admit(exchange: Exchange, { strip, admitted }: Asked, identity: Identity): Reply | Promise<Reply> {
    admitted.value++
    exchange.identity = identity
    strip(exchange)
    // Only now: the token for the service may stand where the client had its own.
    told?.clear(exchange)
    const waiting = told?.tell(exchange, identity)
    return waiting ? after(exchange, waiting) : next(exchange)
  }

  async function after(exchange: Exchange, waiting: Promise<unknown>): Promise<Reply> {
    await waiting
    return next(exchange)
  }

  function refuse(exchange: Exchange, { name, refused }: Asked, error: unknown): Reply | Promise<Reply> {
    if (!(error instanceof Refused)) throw error
    refused.value++
    const cause = new Error(`${name}: ${error.message}`, { cause: error.cause })
    return unknown(exchange, { name, error, cause })
  }

  function unknown(
    exchange: Exchange,
    refused?: { name: string; error: Refused; cause: Error },
  ): Reply | Promise<Reply> {
    const challenges = asked
      .map(({ name, scheme }) => scheme.challenge(exchange, refused?.name === name ? refused.error : undefined))
      .filter((challenge) => challenge !== undefined)
    const problem = new GatewayError(
      "unauthorized",
      refused ? "The credentials of the request do not hold." : "Send the credentials that this route takes.",
      // RFC 9110 section 15.5.2: there is at least one.
      { headers: { "www-authenticate": challenges.join(", ") || "Unknown" }, cause: refused?.cause },
    )
    return invited(exchange, problem)
  }

  async function invited(exchange: Exchange, problem: GatewayError): Promise<Reply> {
    for (const { scheme } of asked) {
      const reply = await scheme.invite?.(exchange)
      if (reply) return reply
    }
    throw problem
  }

  return (exchange) => askFrom(exchange, 0)
}
