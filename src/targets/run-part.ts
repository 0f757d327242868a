import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import type { Tools } from "../core/part.ts"
import { bytesOf, type Reply } from "../core/reply.ts"
import type { HeaderList } from "../http/header-list.ts"
import type { AggregateRequest, Answers, Call, PartOptions } from "./aggregate-part.ts"
import { pathTemplate } from "./path-template.ts"

/** A part of an aggregate, ready to be called. */
export interface BuiltPart {
  readonly name: string
  /** Every part that has to be there before. */
  readonly needs: ReadonlySet<string>
  /** Whether the client's body has to be read before. */
  readonly readsBody: boolean
  /** Calls the service; the scope is over when its answer is not wanted any more. */
  run(scope: Exchange, answers: Answers, request: AggregateRequest): Promise<unknown>
}

const answerLimit = 10 * 1024 * 1024

// These speak of the client's own body, or would make the answer one that JSON cannot be read from.
const notForParts = /^(content-|if-|range$|expect$|accept-encoding$|transfer-encoding$)/

/** Builds a part: where it calls, with what, and what stands in for it. */
export function buildPart(
  name: string,
  given: Call | PartOptions,
  needs: ReadonlySet<string>,
  tools: Tools,
): BuiltPart {
  const options: Partial<PartOptions> = "call" in given ? given : {}
  const call = "call" in given ? given.call : given
  const { body, timeout } = options
  const answer = tools.service(call.service)
  const path = pathTemplate(call.path)
  const search = pathTemplate(call.search)
  const sendsBody = call.method !== "GET" && call.method !== "HEAD"
  const optional = options.required === false || ("fallback" in options && options.fallback !== undefined)

  const ask = async (scope: Exchange, answers: Answers, request: AggregateRequest) => {
    const content = body
      ? JSON.stringify(await body(answers, request))
      : sendsBody
        ? JSON.stringify(request.body)
        : undefined
    if (scope.isOver) throw new GatewayError("part_failed", `Part "${name}" was not called: another one failed.`)
    const headers = partHeaders(scope, content)
    const rawPath = path(scope)
    const child = scope.derive({
      method: call.method,
      rawPath,
      path: rawPath,
      search: search(scope),
      headers,
      body: content === undefined ? null : new Blob([content]).stream(),
    })
    child.rewrite(rawPath)
    if (timeout !== undefined) child.limit(timeout)
    try {
      return await child.unlessOver(valueOf(name, answer(child)))
    } finally {
      child.settled()
    }
  }

  return {
    name,
    needs,
    readsBody: body !== undefined ? body.length > 1 : sendsBody,
    async run(scope, answers, request) {
      try {
        return await ask(scope, answers, request)
      } catch (error) {
        if (!optional || scope.isOver) throw named(name, error)
        return options.fallback ?? null
      }
    },
  }
}

function partHeaders(exchange: Exchange, content: string | undefined): HeaderList {
  const headers = exchange.headers.copy()
  headers.drop((header) => notForParts.test(header))
  headers.set("accept", "application/json")
  if (content !== undefined) {
    headers.set("content-type", "application/json")
    headers.set("content-length", String(Buffer.byteLength(content)))
  }
  return headers
}

async function valueOf(part: string, answer: Reply | Promise<Reply>): Promise<unknown> {
  const reply = await answer
  const bytes = await bytesOf(reply.body, answerLimit)
  const { status } = reply
  // A redirect is no answer either: nobody follows it.
  if (status >= 300)
    throw new GatewayError("part_failed", `Part "${part}" answered ${status}.`, {
      status: status >= 400 && status < 500 ? status : 502,
    })
  if (!bytes) throw new GatewayError("part_failed", `Part "${part}" answered more than ${answerLimit} bytes.`)
  if (bytes.byteLength === 0) return null
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))
  } catch {
    throw new GatewayError("part_failed", `Part "${part}" did not answer with JSON.`)
  }
}

/** The failure of a part, with the name of the part in it. */
function named(part: string, error: unknown): unknown {
  if (!(error instanceof GatewayError) || error.code === "part_failed") return error
  return new GatewayError("part_failed", `Part "${part}" failed: ${error.message}`, {
    status: error.status,
    cause: error,
  })
}
