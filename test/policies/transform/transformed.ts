import type { Exchange } from "../../../src/core/exchange.ts"
import type { Reply, ReplyBody } from "../../../src/core/reply.ts"
import type { Problem } from "../../../src/core/schema.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { transform } from "../../../src/policies/transform.ts"
import { type Asked, exchange, textOf, tools } from "../../support/exchange.ts"

/** What a service of a test answers; JSON unless it says otherwise. */
export interface Answered {
  status?: number
  type?: string
  headers?: Readonly<Record<string, string>>
  body?: ReplyBody
  json?: unknown
}

/** A request as the service got it. */
export interface Sent {
  readonly search: string
  readonly headers: HeaderList
  readonly body: string | undefined
}

/** An answer as the client gets it. */
export interface Got {
  readonly status: number
  readonly headers: HeaderList
  readonly text: string
  readonly reply: Reply
  /** What the service was asked, each time. */
  readonly sent: readonly Sent[]
  readonly exchange: Exchange
}

/** The reply of a service. */
export function replyOf({ status = 200, type = "application/json", headers = {}, json, body }: Answered): Reply {
  const lines = type === "" ? {} : { "content-type": type }
  const content = body === undefined ? (json === undefined ? null : JSON.stringify(json)) : body
  return { status, headers: HeaderList.of({ ...lines, ...headers }), body: content }
}

/** The options as they are used, and what is wrong with them. */
export function parsed(options: unknown) {
  const problems: Problem[] = []
  const made = transform.options.parse(options, [], (problem) => void problems.push(problem))
  return { made, problems }
}

/** Sends a request through the policy to a service, and reads what comes back; fails where the policy does. */
export async function transformed(
  options: unknown,
  asked: Asked = {},
  answer: Answered | ((exchange: Exchange) => Answered | Promise<Answered>) = {},
): Promise<Got> {
  const { made, problems } = parsed(options)
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join(" "))
  const sent: Sent[] = []
  const handle = transform.create(
    made,
    tools(),
  )(async (given) => {
    const body = given.body === null ? undefined : await textOf(given.body)
    sent.push({ search: given.search, headers: given.headers.copy(), body })
    return replyOf(typeof answer === "function" ? await answer(given) : answer)
  })
  const given = exchange(asked)
  const reply = await handle(given)
  const text = await textOf(reply.body)
  return { status: reply.status, headers: reply.headers, text, reply, sent, exchange: given }
}

/** A request with a JSON body. */
export const posted = (json: unknown, asked: Asked = {}): Asked => ({
  method: "POST",
  ...asked,
  headers: { "content-type": "application/json", ...(asked.headers as Record<string, string>) },
  body: JSON.stringify(json),
})
