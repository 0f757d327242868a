import type { Exchange } from "../../../src/core/exchange.ts"
import type { Reply } from "../../../src/core/reply.ts"
import type { Problem } from "../../../src/core/schema.ts"
import { problemReply } from "../../../src/gateway/problem.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { auth } from "../../../src/policies/auth.ts"
import { type Asked, exchange, type TestTools, tools } from "../../support/exchange.ts"

/** What a request came to behind `auth`: its answer, and the request as the service got it. */
export interface Outcome {
  readonly status: number
  readonly reply: Reply
  /** Undefined where the service was not asked. */
  readonly served: Exchange | undefined
}

/** A route behind `auth`, for tests that ask it. */
export interface Guarded {
  readonly tools: TestTools
  ask(asked?: Asked): Promise<Outcome>
  /** The answer as the policy gives it: at once, or as a promise. */
  handle(asked: Exchange): Reply | Promise<Reply>
}

/** Builds `auth` as a config writes it; fails the test where the config would be refused. */
export function guarded(written: unknown, given: TestTools = tools()): Guarded {
  const problems: Problem[] = []
  const options = auth.options.parse(written, [], (problem) => void problems.push(problem))
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join(" "))
  const served = new Set<Exchange>()
  const handle = auth.create(
    options,
    given,
  )((asked) => {
    served.add(asked)
    return { status: 200, headers: new HeaderList(), body: "fine" }
  })
  return {
    tools: given,
    handle,
    async ask(asked) {
      const made = exchange(asked)
      let reply: Reply
      try {
        reply = await handle(made)
      } catch (error) {
        reply = problemReply(error, made, given.log)
      }
      made.settled()
      return { status: reply.status, reply, served: served.has(made) ? made : undefined }
    },
  }
}

/** What a config is told about options of `auth`. */
export function problemsOf(written: unknown): string[] {
  const problems: string[] = []
  auth.options.parse(written, ["auth"], ({ path, message }) => void problems.push(`${path.join(".")}: ${message}`))
  return problems
}
