import { expect } from "vitest"

import type { Exchange } from "../../../src/core/exchange.ts"
import type { Handler } from "../../../src/core/handler.ts"
import type { Identity } from "../../../src/core/identity.ts"
import type { Reply } from "../../../src/core/reply.ts"
import type { Problem } from "../../../src/core/schema.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { rateLimit } from "../../../src/policies/rate-limit.ts"
import { memory } from "../../../src/stores/memory.ts"
import { type Asked, exchange, type TestTools, textOf, tools } from "../../support/exchange.ts"

/** What came of a request. */
export interface Outcome {
  readonly status: number
  readonly reply: Reply
  /** What the policy has every answer say, by header. */
  readonly said: ReadonlyMap<string, string>
  readonly problem: Record<string, unknown> | undefined
}

/** Who asks, and when. */
export interface Caller extends Asked {
  readonly identity?: Identity
  readonly route?: string
}

/** Limits in front of a handler, on a clock of the test's own. */
export interface Limited {
  readonly tools: TestTools
  /** The time that the store goes by; to be set. */
  now: number
  /** How many requests came through. */
  readonly passed: number
  ask(caller?: Caller): Promise<Outcome>
  /** The same, with an exchange that the test has in its hands. */
  answer(asked: Exchange): Promise<Outcome>
}

/** Options as the policy reads them; problems fail the test. */
export const optionsOf = (value: unknown): ReturnType<typeof rateLimit.options.parse> =>
  rateLimit.options.parse(value, [], ({ message }: Problem) => expect.fail(message))

/** Builds the policy over a store in memory, or over one that is given. */
export function limited(
  value: unknown,
  {
    next = () => ({ status: 200, headers: new HeaderList(), body: "fine" }),
    ...given
  }: { next?: Handler; tools?: TestTools } = {},
): Limited {
  const clock = { now: 960_000 }
  const store = memory.create({ limit: 1024 * 1024 }, { root: "/config", now: () => clock.now })
  const made = given.tools ?? tools({ store })
  let passed = 0
  const handle = rateLimit.create(
    optionsOf(value),
    made,
  )((asked) => {
    passed++
    return next(asked)
  })

  async function answer(asked: Exchange): Promise<Outcome> {
    let reply: Reply
    let problem: Outcome["problem"]
    try {
      reply = await handle(asked)
    } catch (error) {
      reply = made.problem(error, asked)
      problem = JSON.parse(await textOf(reply.body)) as Record<string, unknown>
    }
    return { status: reply.status, reply, problem, said: new Map(asked.answerHeaders) }
  }

  return {
    tools: made,
    get now() {
      return clock.now
    },
    set now(time) {
      clock.now = time
    },
    get passed() {
      return passed
    },
    answer,
    ask({ identity, route = "/x", ...asked } = {}) {
      const one = exchange(asked)
      one.identity = identity
      one.route = route
      return answer(one)
    },
  }
}
