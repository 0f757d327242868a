import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import type { Handler } from "../core/handler.ts"
import { definePolicy } from "../core/part.ts"
import type { Reply } from "../core/reply.ts"
import { asking } from "./auth/asking.ts"
import { authorizeOptions, type MethodRules } from "./authorize/options.ts"
import { type Rule, ruleOf } from "./authorize/rules.ts"

/** Lets in only those who may do what they ask for. */
export const authorize = definePolicy({
  name: "authorize",
  about:
    "Lets in only those who may do what they ask for: all that stands here has to be so. Others get a 403 that does not say why; the log does.",
  options: authorizeOptions,
  check({ methods }, _, path, report) {
    const named = [...(methods?.keys() ?? [])].flatMap((key) => key.split(",").map((name) => ({ name, key })))
    for (const [at, { name, key }] of named.entries())
      if (named.findIndex((other) => other.name === name) < at)
        report({
          code: "E204",
          path: [...path, "methods", key],
          on: "key",
          message: `"${name}" is there twice.`,
          fix: "Keep one of them.",
        })
  },
  create({ methods, ...general }) {
    const forAll = Object.values(general).some((one) => one !== undefined) ? [ruleOf(general)] : []
    const rulesOf = methods ? byMethod(methods, forAll) : () => forAll
    return (next) => (exchange) => {
      const rules = rulesOf(exchange.method)
      if (!rules) throw refused(exchange, `${exchange.method} is not among the methods`)
      if (rules.length === 0) return next(exchange)
      const { identity } = exchange
      if (!identity) throw new GatewayError("unauthorized", "Send the credentials that this route takes.")
      let waiting: Promise<unknown>[] | undefined
      for (let at = 0; at < rules.length; at++) {
        const { wrong, check } = rules[at] as Rule
        const reason = wrong(identity)
        if (reason !== undefined) throw refused(exchange, reason)
        if (!check) continue
        const said = check(identity, asking(exchange))
        if (said instanceof Promise) (waiting ??= []).push(said)
        else if (said !== true) throw refused(exchange, "the function says no")
      }
      return waiting ? onceAllowed(exchange, waiting, next) : next(exchange)
    }
  },
})

/** The rules for a method; undefined for those that are refused. */
function byMethod(methods: MethodRules, forAll: readonly Rule[]): (method: string) => readonly Rule[] | undefined {
  const known = new Map<string, readonly Rule[]>()
  for (const [key, rule] of methods) {
    const rules = rule === true ? forAll : [...forAll, ruleOf(rule)]
    for (const name of key.split(",")) known.set(name, rules)
  }
  const others = known.get("*")
  return (method) => known.get(method) ?? (method === "HEAD" ? known.get("GET") : undefined) ?? others
}

async function onceAllowed(exchange: Exchange, waiting: readonly Promise<unknown>[], next: Handler): Promise<Reply> {
  const said = await exchange.unlessOver(Promise.all(waiting))
  if (!said.every((one) => one === true)) throw refused(exchange, "the function says no")
  return next(exchange)
}

/** Tells the client nothing, and the log why. */
const refused = ({ identity }: Exchange, reason: string): GatewayError =>
  new GatewayError("forbidden", "The request is not allowed.", {
    cause: new Error(`${identity ? `${identity.scheme} "${identity.subject}"` : "Nobody"} may not: ${reason}.`),
  })
