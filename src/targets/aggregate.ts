import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import { defineTarget } from "../core/part.ts"
import { bytesOf, jsonReply, replyFrom } from "../core/reply.ts"
import { about, object, optional, printed, record } from "../core/schema.ts"
import { untilOver } from "../core/until-over.ts"
import { fn } from "../core/values.ts"
import type { AggregateRequest, Answers } from "./aggregate-part.ts"
import { partOption } from "./aggregate-part.ts"
import { checkParts, neededBy } from "./check-parts.ts"
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
    const parts = [...given].map(([name, part]) => buildPart(name, part, neededBy(name, given), tools))
    const wantsBody = (response !== undefined && response.length > 1) || parts.some((part) => part.readsBody)
    return untilOver(async (exchange) => {
      const request = await requestOf(exchange, wantsBody)
      const answers = await runAll(parts, exchange, request)
      if (!response) return jsonReply(answers)
      const made = await response(answers, request)
      return made instanceof Response ? replyFrom(made) : jsonReply(made ?? null)
    })
  },
})

/** Runs every part as soon as its needs are there; the first required failure ends the rest. */
async function runAll(parts: readonly BuiltPart[], exchange: Exchange, request: AggregateRequest): Promise<Answers> {
  // What the parts are called for: over with the first failure, so that nothing is called after it.
  const scope = exchange.derive({ ...exchange, body: null })
  const answers = new Map<string, unknown>()
  const started = new Map<string, Promise<void>>()
  const run = async (part: BuiltPart): Promise<void> => {
    const needed = parts.filter(({ name }) => part.needs.has(name))
    try {
      await Promise.all(needed.map(start))
      answers.set(part.name, await part.run(scope, inOrder(needed, answers), request))
    } catch (error) {
      scope.end(error instanceof Error ? error : new Error("A part failed."))
      throw error
    }
  }
  const start = (part: BuiltPart): Promise<void> => {
    const running = started.get(part.name) ?? run(part)
    started.set(part.name, running)
    return running
  }
  await Promise.all(parts.map(start))
  return inOrder(parts, answers)
}

// Declared order, never arrival order: the same request gives the same bytes.
const inOrder = (parts: readonly BuiltPart[], answers: ReadonlyMap<string, unknown>): Answers =>
  Object.fromEntries(parts.map(({ name }) => [name, answers.get(name)]))

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
