import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import { defineTarget } from "../core/part.ts"
import { bytesOf, jsonReply, replyFrom } from "../core/reply.ts"
import { about, object, optional, printed, record } from "../core/schema.ts"
import { fn } from "../core/values.ts"
import type { AggregateRequest, Answers } from "./aggregate-part.ts"
import { partOption } from "./aggregate-part.ts"
import { checkParts } from "./check-parts.ts"
import { buildPart, type BuiltPart } from "./run-part.ts"

const bodyLimit = 10 * 1024 * 1024

/** Asks several services and puts their answers together. */
export const aggregate = defineTarget({
  name: "aggregate",
  about: "Asks several services, as parallel as their needs allow, and puts their answers together by part name.",
  options: object({
    aggregate: about(
      "The parts by name; the answer has them in this order.",
      printed("Aggregate<S, P>", record(partOption)),
    ),
    response: about(
      "Makes the answer out of the parts: a JSON value or a `Response`.",
      optional(
        fn<(parts: Answers, request: AggregateRequest) => unknown>(
          "(parts: { readonly [N in keyof P]: Answer }, request: AggregateRequest) => unknown",
        ),
      ),
    ),
  }),
  check({ aggregate: given }, known, path, report) {
    checkParts(given, known, [...path, "aggregate"], report)
  },
  uses: ({ aggregate: given }) => [...given.values()].map((part) => ("call" in part ? part.call : part).service),
  create({ aggregate: given, response }, tools) {
    const parts = [...given].map(([name, part]) => buildPart(name, part, tools))
    const wantsBody = response !== undefined || parts.some((part) => part.readsBody)
    return async (exchange) => {
      const request = await requestOf(exchange, wantsBody)
      const answers = await runAll(parts, exchange, request)
      if (!response) return jsonReply(answers)
      const made = await response(answers, request)
      return made instanceof Response ? replyFrom(made) : jsonReply(made ?? null)
    }
  },
})

/** Runs every part as soon as its needs are there; the first required failure ends the rest. */
async function runAll(parts: readonly BuiltPart[], exchange: Exchange, request: AggregateRequest): Promise<Answers> {
  const answers = new Map<string, unknown>()
  const started = new Map<string, Promise<void>>()
  const children = new Set<Exchange>()
  const start = (part: BuiltPart): Promise<void> => {
    const found = started.get(part.name)
    if (found) return found
    const running = (async () => {
      if (part.needs.length > 0) {
        await Promise.all(parts.filter((other) => part.needs.includes(other.name)).map(start))
      }
      answers.set(part.name, await part.run(exchange, Object.fromEntries(answers), request, children))
    })()
    started.set(part.name, running)
    return running
  }
  try {
    await Promise.all(parts.map(start))
  } catch (error) {
    for (const child of children) child.end(error instanceof Error ? error : new Error("A part failed."))
    throw error
  }
  // Declared order, never arrival order: the same request gives the same bytes.
  return Object.fromEntries(parts.map((part) => [part.name, answers.get(part.name)]))
}

async function requestOf(exchange: Exchange, wantsBody: boolean): Promise<AggregateRequest> {
  return {
    params: exchange.decodedParams(),
    query: new URLSearchParams(exchange.search),
    headers: exchange.headers.toWeb(),
    body: wantsBody ? await clientBody(exchange) : undefined,
  }
}

async function clientBody(exchange: Exchange): Promise<unknown> {
  if (exchange.body === null) return undefined
  const bytes = await bytesOf(exchange.body, bodyLimit)
  if (!bytes) throw new GatewayError("body_too_large", `The body is larger than ${bodyLimit} bytes.`)
  if (bytes.byteLength === 0) return undefined
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))
  } catch {
    throw new GatewayError("bad_request", "The body is not JSON.")
  }
}
