import { expect } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import type { Exchange } from "../../../src/core/exchange.ts"
import type { Handler } from "../../../src/core/handler.ts"
import type { Identity } from "../../../src/core/identity.ts"
import { identity } from "../../../src/core/identity.ts"
import type { Tools } from "../../../src/core/part.ts"
import type { Usage } from "../../../src/core/usage.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { quota } from "../../../src/policies/quota.ts"
import { plansOption } from "../../../src/policies/quota/plans.ts"
import { type Asked, exchange, tools } from "../../support/exchange.ts"

/** Plans as a config writes them, which have to be right. */
export function plansOf(given: object): Tools["plans"] {
  return plansOption.parse(given, ["plans"], ({ message }) => {
    throw new Error(message)
  })
}

/** Somebody who asks. */
export const asker = (subject: string, more: Partial<Identity> = {}): Identity =>
  identity({ scheme: "apiKey", subject, ...more })

/** An account that a test can look at: what was added, by line and meter. */
export function account(bytes = false): Usage & { readonly sums: Readonly<Record<string, number>> } {
  const sums: Record<string, number> = {}
  return {
    bytes,
    sums,
    line: ({ subject, identity: who, key, tenant, route, plan }) =>
      [subject, who, key, tenant, route, plan].map((one) => one ?? "-").join(" "),
    add(line, meter, amount) {
      const name = `${line} ${meter}`
      sums[name] = (sums[name] ?? 0) + amount
    },
  }
}

/** An answer of ten bytes. */
export const ok: Handler = () => ({ status: 200, headers: new HeaderList(), body: "0123456789" })

interface Setting {
  plans?: object
  usage?: ReturnType<typeof account>
  next?: Handler
}

/** A route with a quota, and how to ask it. */
export function route(options: object, { plans = {}, usage, next = ok }: Setting = {}) {
  const made = tools({ plans: plansOf(plans), usage })
  const problems: string[] = []
  const parsed = quota.options.parse(options, [], ({ message }) => void problems.push(message))
  expect(problems).toEqual([])
  const handle = quota.create(parsed, made)(next)
  const ask = async (who?: Identity, asked: Asked = {}) => {
    const asks: Exchange = exchange(asked)
    asks.identity = who
    asks.route = "GET /x"
    try {
      const reply = await handle(asks)
      return { status: reply.status, reply, headers: Object.fromEntries(asks.answerHeaders) }
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      return { status: error.status, error, headers: Object.fromEntries(asks.answerHeaders) }
    }
  }
  return { ask, handle, logged: made.logged, store: made.store }
}

/** The statuses of one after the other. */
export const statuses = async (ask: () => Promise<{ status: number }>, times: number): Promise<number[]> => {
  const found: number[] = []
  for (let time = 0; time < times; time++) found.push((await ask()).status)
  return found
}
