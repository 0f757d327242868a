import { Exchange } from "../../src/core/exchange.ts"
import type { Handler } from "../../src/core/handler.ts"
import { Kept } from "../../src/core/kept.ts"
import type { Tools } from "../../src/core/part.ts"
import { bytesOf, jsonReply, type Reply, type ReplyBody } from "../../src/core/reply.ts"
import type { Store } from "../../src/core/store.ts"
import { untilOver } from "../../src/core/until-over.ts"
import { problemReply } from "../../src/gateway/problem.ts"
import { canonicalPath } from "../../src/http/canonical-path.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { Metrics } from "../../src/observe/metrics.ts"
import { memory } from "../../src/stores/memory.ts"

/** What a test says about a request; the rest is ordinary. */
export interface Asked {
  id?: string
  method?: string
  scheme?: "http" | "https"
  host?: string
  /** As the client writes it, with a query if there is one. */
  path?: string
  headers?: Readonly<Record<string, string>> | readonly (readonly [string, string])[]
  client?: string
  body?: string | ReadableStream<Uint8Array>
  params?: Readonly<Record<string, string>>
  signal?: AbortSignal
}

/** An exchange as the door would make it; a path that the door refuses is its own canonical path. */
export function exchange(asked: Asked = {}): Exchange {
  const { path: target = "/", headers = {}, body, signal } = asked
  const question = target.indexOf("?")
  const rawPath = question < 0 ? target : target.slice(0, question)
  const lines = Array.isArray(headers) ? headers : Object.entries(headers)
  const made = new Exchange({
    id: asked.id ?? "test-1",
    method: asked.method ?? "GET",
    scheme: asked.scheme ?? "http",
    host: asked.host ?? "shop.example",
    rawPath,
    path: canonicalPath(rawPath) ?? rawPath,
    search: question < 0 ? "" : target.slice(question),
    headers: new HeaderList(lines.flatMap(([name, value]: readonly [string, string]) => [name.toLowerCase(), value])),
    client: asked.client ?? "192.0.2.7",
    body: typeof body === "string" ? streamOf(body) : (body ?? null),
    signal: signal && (() => signal),
  })
  if (asked.params) made.params = new Map(Object.entries(asked.params))
  return made
}

/** A body that arrives in these pieces. */
export function streamOf(...pieces: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece))
      controller.close()
    },
  })
}

/** The whole of a body as text. */
export async function textOf(body: ReplyBody | undefined): Promise<string> {
  return new TextDecoder().decode(await bytesOf(body ?? null, 64 * 1024 * 1024))
}

/** The whole of a reply's body as the JSON value that it is. */
export const valueOf = async (reply: Reply): Promise<unknown> => JSON.parse(await textOf(reply.body))

/** The lines of a header list. */
export const linesOf = (headers: HeaderList): [string, string][] => [...headers]

/** A handler of a test: a function, or a JSON value that is always the answer. */
export type Answer = Handler | { readonly json: unknown }

/** Tools whose services and mocks are handlers of the test, with a record of what they were asked. */
export interface TestTools extends Tools {
  readonly calls: { readonly to: string; readonly exchange: Exchange }[]
  /** What is to begin once the config serves. */
  readonly begins: (() => () => void)[]
  readonly logged: { readonly level: "info" | "warn" | "error"; readonly message: string; readonly error?: unknown }[]
}

/** Makes tools for the parts under test; asking for anything that is not given fails the test. */
export function tools(
  given: {
    services?: Readonly<Record<string, Answer>>
    mocks?: Readonly<Record<string, Answer>>
    /** Mock files by name, and "function" for those that are functions. */
    files?: Readonly<Record<string, Answer>>
    gateway?: Answer
    store?: Store
    plans?: Tools["plans"]
    usage?: Tools["usage"]
  } = {},
): TestTools {
  const calls: TestTools["calls"] = []
  const begins: TestTools["begins"] = []
  const logged: TestTools["logged"] = []
  const log: Tools["log"] = {
    info: (message) => void logged.push({ level: "info", message }),
    warn: (message) => void logged.push({ level: "warn", message }),
    error: (message, error) => void logged.push({ level: "error", message, error }),
  }
  const recorded = (to: string, answers: Readonly<Record<string, Answer>> | undefined, name: string): Handler => {
    const answer = answers && Object.hasOwn(answers, name) ? answers[name] : undefined
    if (!answer) throw new Error(`The test has nothing for ${to}.`)
    return (asked) => {
      calls.push({ to, exchange: asked })
      return typeof answer === "function" ? answer(asked) : jsonReply(answer.json)
    }
  }
  return {
    calls,
    begins,
    logged,
    whenServed: (begin) => void begins.push(begin),
    // As a service does it.
    service: (name) => untilOver(recorded(name, given.services, name)),
    mocks: (name, source) => recorded(`${source} of ${name}`, given.mocks, name),
    gateway: () => recorded("the gateway", given.gateway && { gateway: given.gateway }, "gateway"),
    problem: (error, asked) => problemReply(error, asked, log),
    mock: (of) =>
      recorded(typeof of === "string" ? of : "a mock function", given.files, typeof of === "string" ? of : "function"),
    keep: new Kept().generation().keep,
    store: given.store ?? memory.create({ limit: 16 * 1024 * 1024 }, { root: "/config", now: Date.now }),
    plans: given.plans ?? new Map(),
    usage: given.usage,
    log,
    metrics: new Metrics(),
    hides: () => undefined,
    root: "/config",
  }
}

/** The outcome of a handler: what it throws is what the test wants to see. */
export async function failureOf(answer: () => unknown): Promise<unknown> {
  try {
    await answer()
  } catch (error) {
    return error
  }
  throw new Error("It did not fail.")
}
