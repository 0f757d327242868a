import { afterEach, beforeEach, vi } from "vitest"

import type { Exchange } from "../../../src/core/exchange.ts"
import { Kept } from "../../../src/core/kept.ts"
import type { Reply, ReplyBody } from "../../../src/core/reply.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { cache } from "../../../src/policies/cache.ts"
import { cacheOptions } from "../../../src/policies/cache/options.ts"
import { cacheRoom } from "../../../src/policies/cache/room.ts"
import { type Asked, exchange, textOf, tools } from "../../support/exchange.ts"

const start = Date.UTC(2026, 0, 1)

/** The clock stands still, but for what a test says. */
export function stoppedClock(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] })
    vi.setSystemTime(start)
  })
  afterEach(() => void vi.useRealTimers())
}

/** So many seconds go by. */
export const later = (seconds: number): void => void vi.setSystemTime(Date.now() + seconds * 1000)

/** What a service of a test answers: a body, or more than that. */
export type Answer =
  string | { status?: number; headers?: Readonly<Record<string, string>> | [string, string][]; body?: ReplyBody }

/** A service of a test: what it says to the nth request. */
export type Service = (asked: Exchange, count: number) => Answer | Promise<Answer>

/** An answer of the cache as a test looks at it. */
export interface Seen {
  readonly status: number
  readonly text: string
  readonly headers: HeaderList
  /** What Cache-Status says, without the name. */
  readonly story: string
}

/** An answer as the service gives it. */
export function replyOf(answer: Answer): Reply {
  if (typeof answer === "string") return { status: 200, headers: new HeaderList(), body: answer }
  const { status = 200, headers = {}, body = "" } = answer
  const lines = Array.isArray(headers) ? headers : Object.entries(headers)
  return { status, headers: new HeaderList(lines.flatMap(([name, value]) => [name.toLowerCase(), value])), body }
}

/** A route with the policy `cache`, and what its service was asked. */
export function cached(service: Service, options: unknown = true, more: { kept?: Kept; choice?: string } = {}) {
  const { kept = new Kept(), choice = "choice" } = more
  const given = { ...tools(), keep: kept.generation().keep, choice }
  const parsed = cacheOptions.parse(options, [], (problem) => {
    throw new Error(problem.message)
  })
  const asked: Exchange[] = []
  const handle = cache.create(
    parsed,
    given,
  )(async (one) => {
    asked.push(one)
    return replyOf(await service(one, asked.length))
  })
  const send = async (request: Asked | Exchange = {}): Promise<Reply> => {
    const one = "origin" in request ? request : exchange(request)
    return handle(one)
  }
  const get = async (request: Asked | Exchange | string = {}): Promise<Seen> =>
    seen(await send(typeof request === "string" ? { path: request } : request))
  return { handle, send, get, asked, room: cacheRoom(given.keep), kept }
}

/** All of an answer. */
export async function seen(reply: Reply): Promise<Seen> {
  const { status, headers } = reply
  const story = (headers.get("cache-status") ?? "").replace(/^bellhop; /, "")
  return { status, headers, story, text: await textOf(reply.body) }
}

/** A body that comes when the test says so. */
export function heldBody() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  let cancelled = false
  const body = new ReadableStream<Uint8Array>({
    start: (given) => void (controller = given),
    cancel: () => void (cancelled = true),
  })
  return {
    body,
    write: (text: string) => controller?.enqueue(new TextEncoder().encode(text)),
    end: () => controller?.close(),
    fail: () => controller?.error(new Error("broken")),
    get cancelled() {
      return cancelled
    },
  }
}
