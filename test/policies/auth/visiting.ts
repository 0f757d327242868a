import type { Exchange } from "../../../src/core/exchange.ts"
import type { Reply } from "../../../src/core/reply.ts"
import type { Problem } from "../../../src/core/schema.ts"
import { problemReply } from "../../../src/gateway/problem.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { auth } from "../../../src/policies/auth.ts"
import { type Asked, exchange, type TestTools, tools } from "../../support/exchange.ts"

/** What a visit came to. */
export interface Visit {
  readonly status: number
  readonly location: string
  /** The word for what failed. */
  readonly code: unknown
  readonly reply: Reply
  /** The request as the service got it; undefined where it was not asked. */
  readonly served: Exchange | undefined
  /** The cookies that were set, as they were. */
  readonly set: readonly string[]
  /** It was answered without waiting for anything. */
  readonly atOnce: boolean
}

/** Somebody's browser, as far as cookies go. */
export interface Visitor {
  /** Name and value; a test may change them. */
  readonly jar: Map<string, string>
  visit(asked?: Asked): Promise<Visit>
  /** Somebody else with the same cookies. */
  copy(): Visitor
}

/** A site behind `auth`, with the routes that come along. */
export interface Site {
  readonly tools: TestTools
  visitor(jar?: ReadonlyMap<string, string>): Visitor
}

const ok = (): Reply => ({ status: 200, headers: new HeaderList(), body: "fine" })

/** Builds a site as a config writes its `auth`; the service answers as the test says. */
export function site(written: unknown, given: TestTools = tools(), answer: (asked: Exchange) => Reply = ok): Site {
  const problems: Problem[] = []
  const options = auth.options.parse(written, [], (problem) => void problems.push(problem))
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join(" "))
  const served = new Set<Exchange>()
  const guarded = auth.create(
    options,
    given,
  )((asked) => {
    served.add(asked)
    return answer(asked)
  })
  const own = new Map(
    (auth.routes?.(options) ?? []).map(({ path, part, options: its }) => [path, part.create(its, given)]),
  )

  async function visit(jar: Map<string, string>, asked: Asked): Promise<Visit> {
    const cookies = [...jar].map(([name, value]) => `${name}=${value}`).join("; ")
    const made = exchange({ ...asked, headers: { ...asked.headers, ...(cookies && { cookie: cookies }) } })
    let reply: Reply
    let atOnce = false
    try {
      const answered = (own.get(made.path) ?? guarded)(made)
      atOnce = !(answered instanceof Promise)
      reply = await answered
    } catch (error) {
      reply = problemReply(error, made, given.log)
    }
    made.settled()
    const set = made.answerHeaders.flatMap(([name, value]) => (name === "set-cookie" ? [value] : []))
    for (const line of set) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/; Max-Age=0(;|$)/.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    const { status, headers, body } = reply
    return {
      status,
      location: headers.get("location") ?? "",
      code: status >= 400 ? JSON.parse(String(body)).code : undefined,
      reply,
      served: served.has(made) ? made : undefined,
      set,
      atOnce,
    }
  }

  const visitor = (before: ReadonlyMap<string, string> = new Map()): Visitor => {
    const jar = new Map(before)
    return { jar, visit: (asked = {}) => visit(jar, asked), copy: () => visitor(jar) }
  }
  return { tools: given, visitor }
}

/** Tools of another process that shares the store, or of the same one after a reload with other kept values. */
export const another = (one: TestTools): TestTools => tools({ store: one.store })

/** What a browser says when it opens a page. */
export const page = { accept: "text/html,*/*;q=0.8", "sec-fetch-mode": "navigate", "sec-fetch-site": "none" }
