import { describe, expect, it, vi } from "vitest"

import { type Identity, identity } from "../../src/core/identity.ts"
import type { Problem } from "../../src/core/schema.ts"
import type { Store } from "../../src/core/store.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { rateLimit } from "../../src/policies/rate-limit.ts"
import { memory } from "../../src/stores/memory.ts"
import { problemsOf } from "../contracts/part-contract.ts"
import { exchange, tools } from "../support/exchange.ts"
import { limited, optionsOf } from "./rate-limit/limited.ts"

const alice = identity({ scheme: "apiKey", subject: "alice", credential: "key-1", plan: "pro" })
const bob = identity({ scheme: "apiKey", subject: "bob", credential: "key-2" })

const statuses = async (asks: readonly Promise<{ status: number }>[]): Promise<number[]> =>
  (await Promise.all(asks)).map(({ status }) => status)

describe("rateLimit()", () => {
  it("refuses the third request in a window of two", async () => {
    const limit = limited({ limit: 2, per: "1m" })
    expect(await statuses([limit.ask(), limit.ask(), limit.ask()])).toEqual([200, 200, 429])
    expect(limit.passed).toBe(2)
  })

  it("says why, for how long, and by which limit", async () => {
    const limit = limited({ algorithm: "fixed", limit: 1, per: "1m", name: "small" })
    limit.now = 60_000_000
    await limit.ask()
    limit.now += 30_500
    const { reply, problem } = await limit.ask()
    expect(reply.headers.get("retry-after")).toBe("30")
    expect(problem).toMatchObject({
      status: 429,
      code: "rate_limited",
      detail: "The limit is 1 in 1m. Try again in 30s.",
      "violated-policies": ["small"],
    })
  })

  it("never tells a client to come back at once", async () => {
    const limit = limited({ algorithm: "bucket", limit: 1000, per: "1s", burst: 1 })
    await limit.ask()
    expect((await limit.ask()).reply.headers.get("retry-after")).toBe("1")
  })

  it("counts identities where there are some, and addresses otherwise", async () => {
    const limit = limited({ limit: 1, per: "1m" })
    const asks = [
      limit.ask({ identity: alice }),
      limit.ask({ identity: alice, client: "192.0.2.99" }),
      limit.ask({ identity: bob }),
      limit.ask(),
      limit.ask({ client: "192.0.2.99" }),
      limit.ask(),
    ]
    expect(await statuses(asks)).toEqual([200, 429, 200, 200, 200, 429])
  })

  it("takes all limits or none", async () => {
    const limit = limited([
      { limit: 1, per: "1m", by: "ip", name: "each" },
      { limit: 3, per: "1m", by: "all", name: "all" },
    ])
    const asks = [limit.ask(), limit.ask(), limit.ask(), limit.ask({ client: "192.0.2.1" })]
    expect(await statuses(asks)).toEqual([200, 429, 429, 200])
    // The refused ones used up nothing of the other limit.
    const { said } = await limit.ask({ client: "192.0.2.2" })
    expect(said.get("ratelimit")).toBe('"each";r=0;t=120, "all";r=0;t=120')
  })

  it("counts each route for itself, and limits of one name together", async () => {
    const own = limited({ limit: 1, per: "1m" })
    expect(await statuses([own.ask({ route: "/x" })])).toEqual([200])
    const other = limited({ limit: 1, per: "1m" }, { tools: own.tools })
    expect(await statuses([other.ask({ route: "/y" }), other.ask({ route: "/y" })])).toEqual([200, 429])

    const shared = { limit: 1, per: "1m", name: "both" }
    const first = limited(shared)
    const second = limited(shared, { tools: first.tools })
    expect(await statuses([first.ask({ route: "/x" }), second.ask({ route: "/y" })])).toEqual([200, 429])
  })

  it("goes on counting after a reload, with another limit too", async () => {
    const before = limited({ limit: 2, per: "1m" })
    await before.ask()
    await before.ask()
    const same = limited({ limit: 2, per: "1m" }, { tools: before.tools })
    const higher = limited({ limit: 3, per: "1m" }, { tools: before.tools })
    expect(await statuses([same.ask(), higher.ask(), higher.ask()])).toEqual([429, 200, 429])
  })

  it("takes what a request costs", async () => {
    const fixed = limited({ limit: 10, per: "1m", cost: 4 })
    expect(await statuses([fixed.ask(), fixed.ask(), fixed.ask()])).toEqual([200, 200, 429])
    const cost = ({ method }: { method: string }): number => (method === "GET" ? 0 : 6)
    const asked = limited({ limit: 10, per: "1m", cost })
    const asks = ["POST", "POST", "GET", "GET"].map((method) => asked.ask({ method }))
    expect(await statuses(asks)).toEqual([200, 429, 200, 200])
  })

  it("takes what an answer says it cost, and keeps that from the client", async () => {
    const next = () => ({ status: 200, headers: new HeaderList(["x-cost", "7"]), body: null })
    const limit = limited({ limit: 10, per: "1m", cost: { response: "X-Cost" } }, { next })
    const first = await limit.ask()
    expect(first.said.get("ratelimit")).toBe('"default";r=3;t=120')
    expect(first.reply.headers.has("x-cost")).toBe(false)
    expect((await limit.ask()).said.get("ratelimit")).toBe('"default";r=0;t=120')
    expect((await limit.ask()).status).toBe(429)
  })

  it("passes the header with the cost on where it is told to, and takes 1 where an answer says nothing of use", async () => {
    const says = ["5", "-5", "1e9", "x", ""]
    const next = () => ({ status: 200, headers: new HeaderList(["x-cost", says.shift() ?? ""]), body: null })
    const limit = limited({ limit: 20, per: "1m", cost: { response: "x-cost", pass: true } }, { next })
    const left = []
    for (const word of says.slice()) {
      const { reply, said } = await limit.ask()
      expect(reply.headers.get("x-cost")).toBe(word)
      left.push(/r=(\d+)/.exec(said.get("ratelimit") ?? "")?.[1])
    }
    expect(left).toEqual(["15", "14", "13", "12", "11"])
  })

  it("takes 1 of a request that fails before its answer can tell its cost", async () => {
    const next = () => Promise.reject(new Error("gone"))
    const limit = limited({ limit: 3, per: "1m", cost: { response: () => 3 } }, { next })
    expect((await limit.ask()).said.get("ratelimit")).toBe('"default";r=2;t=120')
  })

  it("passes an answer on whose cost cannot be told or counted, and tells the log", async () => {
    const wrong = limited({ limit: 3, per: "1m", cost: { response: () => Number.NaN } })
    expect(await wrong.ask()).toMatchObject({ status: 200 })
    expect(String(wrong.tools.logged[0]?.error)).toContain('The function "response" of a cost has to return a number')

    const given = tools()
    const broken = { ...given.store, adjust: () => Promise.reject(new Error("no store")) }
    const limit = limited({ limit: 3, per: "1m", cost: { response: () => 2 } }, { tools: { ...given, store: broken } })
    expect(await limit.ask()).toMatchObject({ status: 200 })
    expect(String(given.logged[0]?.error)).toBe("Error: no store")
  })

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, "1", undefined])(
    "fails where a function says that a request costs %s",
    async (cost) => {
      const limit = limited({ limit: 3, per: "1m", cost: () => cost })
      expect((await limit.ask()).status).toBe(500)
      expect(limit.passed).toBe(0)
    },
  )

  it("refuses what costs more than there ever is, with a time to come again", async () => {
    const limit = limited({ limit: 3, per: "1m", cost: () => 4 })
    const { status, reply } = await limit.ask()
    expect([status, reply.headers.get("retry-after")]).toEqual([429, "60"])
  })

  it("gives a client that leaves its queue no turn", async () => {
    const limit = limited({ algorithm: "queue", limit: 1, per: "1h", patience: "2h" })
    await limit.ask()
    const asked = exchange()
    asked.route = "/x"
    const answer = limit.answer(asked)
    asked.end(new Error("gone"))
    expect((await answer).status).toBe(500)
    expect(limit.passed).toBe(1)
  })

  it("in shadow refuses nobody, tells no client, and tells the log", async () => {
    const limit = limited([
      { limit: 1, per: "1m", shadow: true, name: "new" },
      { limit: 3, per: "1m", name: "old" },
    ])
    const outcomes = await Promise.all([limit.ask(), limit.ask(), limit.ask(), limit.ask()])
    expect(outcomes.map(({ status }) => status)).toEqual([200, 200, 200, 429])
    expect(outcomes[3]?.problem?.["violated-policies"]).toEqual(["old"])
    expect(outcomes[0]?.said.get("ratelimit")).toBe('"old";r=2;t=120')
    expect(limit.tools.logged.map(({ message }) => message)).toEqual([
      'The limit "new" is in shadow: it would have refused 1 since the config is served.',
    ])
  })

  const friends: readonly (readonly [string, Record<string, unknown>, { identity?: Identity; client?: string }])[] = [
    ["at an address", { addresses: ["10.0.0.0/8", "2001:db8::/32"] }, { client: "10.1.2.3" }],
    ["at an address of IPv6", { addresses: ["2001:db8::/32"] }, { client: "2001:db8::7" }],
    ["of a subject", { identities: ["alice"] }, { identity: alice }],
    ["with a credential", { identities: ["key-1"] }, { identity: alice }],
    ["of a plan", { plans: ["pro"] }, { identity: alice }],
    ["that a function knows", { when: (_: unknown, who?: Identity) => who?.subject === "alice" }, { identity: alice }],
  ]

  it.each(friends)("does not limit clients %s", async (_, exempt, friend) => {
    const limit = limited({ limit: 1, per: "1m", exempt })
    expect(await statuses([limit.ask(friend), limit.ask(friend), limit.ask(friend)])).toEqual([200, 200, 200])
    expect(await statuses([limit.ask({ identity: bob }), limit.ask({ identity: bob })])).toEqual([200, 429])
  })

  it("exempts nobody whom a function says anything else of than true", async () => {
    const limit = limited({ limit: 1, per: "1m", exempt: { when: () => Promise.resolve(true) } })
    expect(await statuses([limit.ask(), limit.ask()])).toEqual([200, 429])
  })

  it("tells what is left in the fields of the draft, of older ones, of both or not at all", async () => {
    const said = async (headers: unknown): Promise<unknown> => {
      const limit = limited({ algorithm: "bucket", limit: 10, per: "20s", headers })
      return [...(await limit.ask()).said]
    }
    const draft = [
      ["ratelimit-policy", '"default";q=10;w=20'],
      ["ratelimit", '"default";r=9;t=2'],
    ]
    const legacy = [
      ["x-ratelimit-limit", "10"],
      ["x-ratelimit-remaining", "9"],
      ["x-ratelimit-reset", "2"],
    ]
    expect(await said(undefined)).toEqual(draft)
    expect(await said("legacy")).toEqual(legacy)
    expect(await said("both")).toEqual([...draft, ...legacy])
    expect(await said(false)).toEqual([])
  })

  it("tells of the nearest limit where a header has room for one", async () => {
    const limit = limited([
      { limit: 100, per: "1h", headers: "legacy", name: "long" },
      { limit: 5, per: "1m", headers: "legacy", name: "short" },
    ])
    expect((await limit.ask()).said.get("x-ratelimit-limit")).toBe("5")
  })

  it("asks the store once for all limits, and through a promise where it takes one", async () => {
    const clock = { root: "/config", now: () => 60_000_000 }
    const store = memory.create({ limit: 1024 * 1024 }, clock)
    const take = vi.fn<Store["take"]>(async (wants) => store.take(wants))
    const limit = limited(
      [
        { limit: 2, per: "1m", name: "a" },
        { limit: 9, per: "1h", name: "b" },
      ],
      { tools: tools({ store: { ...store, take } }) },
    )
    expect(await statuses([limit.ask(), limit.ask(), limit.ask()])).toEqual([200, 200, 429])
    expect(take).toHaveBeenCalledTimes(3)
  })

  it("answers at once where the store does", () => {
    const reply = { status: 200, headers: new HeaderList(), body: null }
    const { tools: given } = limited({ limit: 1, per: "1m" })
    const handle = rateLimit.create(optionsOf({ limit: 1, per: "1m" }), given)(() => reply)
    const asked = { client: "192.0.2.1", route: "/x", answerHeaders: [] }
    expect(handle(asked as never)).toBe(reply)
  })

  it("fails with what the store fails with", async () => {
    const given = tools()
    const broken = { ...given.store, take: () => Promise.reject(new Error("no store")) }
    const limit = limited({ limit: 1, per: "1m" }, { tools: { ...given, store: broken } })
    expect((await limit.ask()).status).toBe(500)
    expect(limit.passed).toBe(0)
  })
})

describe("the options of rateLimit()", () => {
  const found = (value: unknown): (readonly [string, string])[] =>
    problemsOf({ service: "cart", rateLimit: value }).map(
      ({ code, path, message }: Problem) => [`${code} ${path.slice(2).join(".")}`, message] as const,
    )

  it.each([
    [{ limit: 100, per: "1m" }],
    [[{ limit: 100, per: "1m" }]],
    [{ algorithm: "concurrency", limit: 10 }],
    [{ limit: 1, per: "1m", by: { service: "cart" } }],
    [
      [
        { algorithm: "queue", limit: 1, per: "1s", patience: "2s" },
        { algorithm: "fixed", limit: 1, per: "1h", name: "x" },
      ],
    ],
  ])("take %j", (value) => {
    expect(found(value)).toEqual([])
  })

  it.each([
    [{ limit: 100 }, "E202 rateLimit", 'Missing option "per".'],
    [{ per: "1m" }, "E202 rateLimit", 'Missing option "limit".'],
    [{ limit: 1, per: "1m", burst: 5 }, "E204 rateLimit.burst", '"burst" has no effect with the algorithm "sliding".'],
    [
      { algorithm: "concurrency", limit: 1, per: "1m" },
      "E204 rateLimit.per",
      '"per" has no effect with the algorithm "concurrency".',
    ],
    [{ limit: 1, per: "1m", lmit: 1 }, "E201 rateLimit.lmit", 'Unknown option "lmit". Did you mean "limit"?'],
    [
      { algorithm: "leaky", limit: 1, per: "1m" },
      "E204 rateLimit.algorithm",
      'Expected one of "sliding", "bucket", "fixed", "queue" or "concurrency", got "leaky".',
    ],
    [
      { limit: 1, per: "1m", by: { service: "crat" } },
      "E301 rateLimit.by.service",
      'Unknown service "crat". Did you mean "cart"?',
    ],
    [
      { limit: 1, per: "1m", by: { header: "a", query: "b" } },
      "E204 rateLimit.by",
      'Expected an object with one of "header", "cookie", "query" or "service", got "header" and "query".',
    ],
    [
      { limit: 10, per: "1m", cost: 11 },
      "E204 rateLimit.cost",
      "A request costs 11, which is more than the limit of 10 ever allows.",
    ],
    [{ limit: 10, per: "1m", exempt: {} }, "E205 rateLimit.exempt", "Nobody is exempt."],
    [
      [
        { limit: 1, per: "1m", name: "a" },
        { limit: 2, per: "1m", name: "a" },
      ],
      "E204 rateLimit.1.name",
      'Two limits of this route have the name "a".',
    ],
    [[], "E205 rateLimit", "Empty list."],
    [["x"], "E203 rateLimit.0", 'Expected a limit such as { limit: 100, per: "1m" }, got "x".'],
  ])("refuse %j", (value, place, message) => {
    expect(found(value)).toEqual([[place, message]])
  })
})
