import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import { type Reply, replyFrom } from "../core/reply.ts"
import { HeaderList } from "../http/header-list.ts"
import type { MockAnswer } from "./format.ts"
import { jsonText } from "./json-text.ts"
import { type MockFunction, type MockRequest, mockRequest } from "./request.ts"

/** The reply of a mock; source is what the answer says about where it comes from. */
export function answerWith(
  mock: { readonly answer: MockAnswer; readonly status: number | undefined; readonly name: string },
  exchange: Exchange,
  params: MockRequest["params"],
  source: string,
): Reply | Promise<Reply> {
  const { answer, status } = mock
  exchange.span?.set("bellhop.source", source)
  if ("run" in answer) return exchange.unlessOver(computed(answer.run, status, mock.name, exchange, params, source))
  const headers = new HeaderList(["x-bellhop-source", source])
  if (answer.type !== undefined) headers.append("content-type", answer.type)
  return forMethod(exchange, { status: status ?? 200, headers, body: answer.body })
}

/** What an answer says about its source, in letters that a header may hold. */
export const sourceText = (source: "mock" | "fallback", name: string): string =>
  `${source}; file=${name.toWellFormed().replace(/[^!-~]|[%;,"]/gu, encodeURIComponent)}`

async function computed(
  run: MockFunction,
  status: number | undefined,
  name: string,
  exchange: Exchange,
  params: MockRequest["params"],
  source: string,
): Promise<Reply> {
  try {
    const reply = replyOf(await run(mockRequest(exchange, params)), status)
    reply.headers.set("x-bellhop-source", source)
    return forMethod(exchange, reply)
  } catch (error) {
    throw error instanceof GatewayError ? error : blaming(name, error)
  }
}

function replyOf(value: unknown, status: number | undefined): Reply {
  if (value instanceof Response) {
    if (value.bodyUsed) throw new TypeError("its Response was sent before; make a new one for each request")
    if (value.status < 200) throw new TypeError(`its Response has status ${value.status}, which ends no exchange`)
    return replyFrom(value)
  }
  if (value === undefined || value === null) return { status: status ?? 204, headers: new HeaderList(), body: null }
  return { status: status ?? 200, headers: new HeaderList(["content-type", "application/json"]), body: jsonText(value) }
}

// RFC 9110 section 9.3.2: the answer to HEAD is the answer to GET without its body.
function forMethod(exchange: Exchange, reply: Reply): Reply {
  if (exchange.method !== "HEAD" || reply.body === null) return reply
  const { body } = reply
  if (body instanceof ReadableStream) void body.cancel()
  else reply.headers.set("content-length", String(Buffer.byteLength(body)))
  reply.body = null
  return reply
}

// The log prints a stack; the mock's own has the line to look at, but not always the file that was asked.
function blaming(name: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error)
  const made = new Error(`${name} failed: ${reason}`, { cause: error })
  if (error instanceof Error && error.stack !== undefined) made.stack = `${made.message}\n${error.stack}`
  return made
}
