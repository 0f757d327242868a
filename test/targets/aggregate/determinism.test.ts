import { expect, it } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import type { Exchange } from "../../../src/core/exchange.ts"
import type { Handler } from "../../../src/core/handler.ts"
import { jsonReply, type Reply } from "../../../src/core/reply.ts"
import type { Answer } from "../../support/exchange.ts"
import { aggregating, answering, type Got } from "./aggregating.ts"

/** Numbers that look random, the same for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

let pick = numbers(0)

/** Answers after a number of turns of the microtask queue that nobody knows before. */
const delayed =
  (answer: Answer): Answer =>
  async (asked: Exchange): Promise<Reply> => {
    for (let turns = pick(40); turns > 0; turns--) await undefined
    return typeof answer === "function" ? answer(asked) : jsonReply(answer.json)
  }

const down: Answer = () => Promise.reject(new GatewayError("unreachable", "No."))
const echo: Handler = ({ method, path, search }) => jsonReply({ id: `${method} ${path}${search}` })

const parts = {
  cart: "echo GET /cart",
  user: { call: "down GET /user", fallback: { id: "guest" } },
  late: "echo GET /late?of=:product.id",
  product: "echo GET /product?of=:cart.id",
  items: { call: "odd GET /:item", forEach: { items: "body.ids", concurrency: 2, failed: "drop" } },
  inner: { aggregate: { a: "echo GET /a", b: { call: "gone GET /b", required: false }, c: "echo GET /c?of=:a.id" } },
  offers: { call: "gone GET /offers", required: false },
  reserve: "echo POST /reserve",
  charge: { call: "echo POST /charge?of=:reserve.id" },
}

const odd: Answer = (asked) => (Number(asked.path.slice(1)) % 2 === 1 ? answering(404)() : echo(asked))

const services = { echo, down, odd, gone: answering(410) }

const said =
  "cart=200, user=fallback, late=200, product=200, items=200*3+failed*2, inner=partial, offers=failed, reserve=200, charge=200"

const routes: [name: string, status: number, said: string, route: object][] = [
  ["by name", 200, said, { aggregate: parts }],
  ["merged", 200, said, { aggregate: parts, merge: { arrays: "concat" } }],
  [
    "two that fail",
    410,
    'Part "gone" answered 410.',
    { aggregate: { ...parts, gone: "gone GET /x", down: "down GET /y" } },
  ],
  [
    "several that fail, and need each other in another order than they are declared",
    502,
    'Part "b" failed: No.',
    { aggregate: { a: "echo GET /", early: "gone GET /:c.id", b: "down GET /", c: "gone GET /", ...parts } },
  ],
  [
    "changes that fail, and what needs them",
    410,
    'Part "z" answered 410.',
    { aggregate: { ...parts, x: "gone POST /x", y: "down POST /y?of=:charge.id", z: "gone GET /z?of=:charge.id" } },
  ],
  [
    "a list with items that fail",
    404,
    'Part "all[2]" answered 404.',
    { aggregate: { all: { call: "odd GET /:item", forEach: "body.ids" }, ...parts } },
  ],
]

it.each(routes)(
  "an aggregate has the same bytes whatever the order of arrival: %s",
  async (_, status, expected, route) => {
    const { ask } = aggregating(
      route,
      Object.fromEntries(Object.entries(services).map(([name, answer]) => [name, delayed(answer)])),
    )
    const seen = new Map<string, Got>()
    for (let seed = 0; seed < 1000; seed++) {
      pick = numbers(seed)
      const got = await ask({ method: "POST", body: '{"ids":[2,4,5,1,6]}' })
      seen.set(JSON.stringify([got.status, got.text, got.parts, got.headers["cache-control"]]), got)
    }
    const [first, ...others] = seen.values()
    expect(others).toEqual([])
    const detail = (first?.body as { detail?: string } | undefined)?.detail
    expect([first?.status, first?.parts ?? detail]).toEqual([status, expected])
  },
)
