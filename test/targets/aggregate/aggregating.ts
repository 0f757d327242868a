import type { GatewayError } from "../../../src/core/errors.ts"
import type { Exchange } from "../../../src/core/exchange.ts"
import type { Kept } from "../../../src/core/kept.ts"
import { type Reply, toResponse } from "../../../src/core/reply.ts"
import { problemReply } from "../../../src/gateway/problem.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { aggregate } from "../../../src/targets/aggregate.ts"
import { type Answer, type Asked, exchange, type TestTools, textOf, tools } from "../../support/exchange.ts"
import { built } from "../checked.ts"

/** What a client gets: times are left out of what is said about parts. */
export interface Got {
  readonly status: number
  readonly text: string
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
  readonly parts: string | undefined
  readonly complete: string | undefined
}

/** An aggregate with handlers of the test for its services, as a client sees it. */
export function aggregating(
  route: object,
  services: Readonly<Record<string, Answer>>,
  more: { mocks?: Record<string, Answer>; files?: Record<string, Answer>; kept?: Kept } = {},
): TestTools & {
  handle(asked: Exchange): Promise<Reply>
  ask(asked?: Asked): Promise<Got>
  /** The services that were called, in order. */
  called(): string[]
} {
  const made = tools({ services, ...more })
  const given = more.kept ? { ...made, keep: more.kept.generation().keep } : made
  const handler = built(aggregate, route, given)
  const handle = async (asked: Exchange): Promise<Reply> => handler(asked)
  return {
    ...given,
    handle,
    async ask(asked = {}) {
      const one = exchange(asked)
      return gotOf(await handle(one).catch((error: GatewayError) => problemReply(error, one, given.log)))
    },
    called: () =>
      given.calls.map(({ to, exchange: { method, rawPath, search } }) => `${to} ${method} ${rawPath}${search}`),
  }
}

async function gotOf(reply: Reply): Promise<Got> {
  const text = await textOf(reply.body)
  // What cannot be sent is found here.
  toResponse({ ...reply, body: null })
  const headers: Record<string, string> = {}
  for (const [name, value] of reply.headers) headers[name] = name in headers ? `${headers[name]} | ${value}` : value
  const parts = headers["x-bellhop-parts"]?.replace(/;\d+ms/g, "")
  const complete = headers["x-bellhop-complete"]
  return { status: reply.status, text, body: json(text), headers, parts, complete }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The `errors` of a problem. */
export const errorsOf = ({ body }: Got): { part: string; status: number; code: string; detail: string }[] =>
  (body as { errors?: { part: string; status: number; code: string; detail: string }[] }).errors ?? []

/** A service that answers with this status, body and headers. */
export const answering =
  (status: number, body: unknown = {}, headers: Record<string, string> | [string, string][] = {}): (() => Reply) =>
  () => ({
    status,
    headers: new HeaderList(
      (Array.isArray(headers) ? headers : Object.entries({ "content-type": "application/json", ...headers })).flat(),
    ),
    body: typeof body === "string" ? body : JSON.stringify(body),
  })
