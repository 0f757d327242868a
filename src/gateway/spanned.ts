import { codeOf } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import type { Policy } from "../core/handler.ts"
import type { Reply } from "../core/reply.ts"
import type { Span } from "../core/span.ts"

/** A policy that has a span of its own in exchanges that somebody wants to see: until it goes on, answers, or refuses. */
export function spanned(name: string, policy: Policy): Policy {
  return (next) => {
    const handle = policy((exchange) => {
      const { span } = exchange
      if (span !== undefined && span.kind === "policy" && span.name === name && span.ended === 0) passed(exchange, span)
      return next(exchange)
    })
    return (exchange) => {
      const around = exchange.span
      if (around === undefined) return handle(exchange)
      const span = around.child("policy", name)
      exchange.span = span
      let answer: Reply | Promise<Reply>
      try {
        answer = handle(exchange)
      } catch (error) {
        throw refused(exchange, around, span, error)
      }
      if (!(answer instanceof Promise)) return answered(exchange, around, span, answer)
      if (span.ended === 0) span.set("bellhop.policy.waits", true)
      return answer.then(
        (reply) => answered(exchange, around, span, reply),
        (error: unknown) => {
          throw refused(exchange, around, span, error)
        },
      )
    }
  }
}

// What is worked on from here on is not within the policy: its span is about what it does by itself.
function passed(exchange: Exchange, span: Span): void {
  span.set("bellhop.policy.verdict", "passed")
  span.end()
  exchange.span = span.parent
}

function answered(exchange: Exchange, around: Span, span: Span, reply: Reply): Reply {
  exchange.span = around
  if (span.ended > 0) return reply
  span.set("bellhop.policy.verdict", "answered")
  span.end(reply.status)
  return reply
}

function refused(exchange: Exchange, around: Span, span: Span, error: unknown): unknown {
  exchange.span = around
  if (span.ended > 0) return error
  span.set("bellhop.policy.verdict", "refused")
  span.end(0, codeOf(error))
  return error
}
