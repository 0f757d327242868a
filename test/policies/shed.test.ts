import { describe, expect, it } from "vitest"

import { type Identity, identity } from "../../src/core/identity.ts"
import type { Problem } from "../../src/core/schema.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { shed } from "../../src/policies/shed.ts"
import { problemsOf } from "../contracts/part-contract.ts"
import { type Asked, exchange, tools } from "../support/exchange.ts"

const fail = ({ message }: Problem): never => expect.fail(message)
const ofPlan = (plan?: string): Identity => identity({ scheme: "apiKey", subject: "a", plan })

interface Caller extends Asked {
  identity?: Identity
  route?: string
}

/** The policy in front of answers that wait until they are let go. */
function holding(options: unknown, given = tools()) {
  const open: (() => void)[] = []
  const handle = shed.create(
    shed.options.parse(options, [], fail),
    given,
  )(async () => {
    await new Promise<void>((resolve) => open.push(resolve))
    return { status: 200, headers: new HeaderList(), body: null }
  })
  /** Undefined while the answer is waited for. */
  async function ask({ identity: who, route = "/x", ...asked }: Caller = {}): Promise<number | undefined> {
    const one = exchange(asked)
    one.identity = who
    one.route = route
    const came = Promise.resolve(handle(one)).then(
      ({ status }) => status,
      (error: unknown) => given.problem(error, one).status,
    )
    return await Promise.race([came, new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)))])
  }
  return { given, open, ask, handle }
}

const waits = undefined

describe("shed()", () => {
  it("refuses who comes when as many wait as may, until one has its answer", async () => {
    const { ask, open } = holding({ inFlight: 2 })
    expect([await ask(), await ask(), await ask()]).toEqual([waits, waits, 503])
    open.shift()?.()
    await new Promise(setImmediate)
    expect([await ask(), await ask()]).toEqual([waits, 503])
  })

  it("says that it is overloaded and when to come again, and tells the log once a minute", async () => {
    const { handle, ask, given } = holding({ inFlight: 1, retryAfter: "2500ms" })
    await ask()
    await ask()
    const reply = await Promise.resolve(handle(exchange())).catch((error: unknown) => given.problem(error, exchange()))
    expect(reply.headers.get("retry-after")).toBe("3")
    expect(JSON.parse(String(reply.body))).toMatchObject({ status: 503, code: "overloaded" })
    expect(given.logged).toEqual([
      {
        level: "warn",
        message: "Overloaded: 1 requests wait for their answers, and that is all there may be. 1 were refused so far.",
      },
    ])
  })

  it("counts those that fail no longer than others", async () => {
    const handle = shed.create(
      shed.options.parse({ inFlight: 1 }, [], fail),
      tools(),
    )(() => Promise.reject(new Error("mine")))
    for (const _ of [1, 2, 3]) await expect(handle(exchange())).rejects.toThrow("mine")
  })

  it("refuses what is least important first, by the plan of who signed in", async () => {
    const { ask } = holding({ inFlight: 10, priority: { plans: { pro: "high", free: "low" } } })
    const free = { identity: ofPlan("free") }
    const pro = { identity: ofPlan("pro") }
    for (let count = 0; count < 5; count++) expect(await ask(free)).toBe(waits)
    expect(await ask(free)).toBe(503)
    // Those whose plan says nothing, and those who did not sign in.
    for (const who of [{ identity: ofPlan("constructor") }, { identity: ofPlan() }, {}])
      expect(await ask(who)).toBe(waits)
    expect(await ask()).toBe(503)
    expect([await ask(pro), await ask(pro), await ask(pro)]).toEqual([waits, waits, 503])
  })

  it("asks a function how important a request is", async () => {
    const priority = ({ path }: { path: string }) => (path === "/pay" ? "high" : path === "/ads" ? "low" : undefined)
    const { ask } = holding({ inFlight: 5, priority })
    const asks = []
    for (const path of ["/ads", "/ads", "/ads", "/ads", "/", "/", "/pay", "/pay"]) asks.push(await ask({ path }))
    expect(asks).toEqual([waits, waits, waits, 503, waits, 503, waits, 503])
  })

  it("fails where a function gives no priority", async () => {
    const { ask, given } = holding({ inFlight: 5, priority: () => "urgent" })
    expect(await ask()).toBe(500)
    expect(String(given.logged[0]?.error)).toContain('The function "priority" has to return')
  })

  it("counts all routes together, or each for itself, and goes on after a reload", async () => {
    const together = holding({ inFlight: 1 })
    await together.ask({ route: "/x" })
    expect(await holding({ inFlight: 1, priority: "high" }, together.given).ask({ route: "/y" })).toBe(503)

    const each = holding({ inFlight: 1, scope: "route" })
    await each.ask({ route: "/x" })
    const other = holding({ inFlight: 1, scope: "route" }, each.given)
    expect(await other.ask({ route: "/y" })).toBe(waits)
    const same = holding({ inFlight: 1, scope: "route" }, each.given)
    expect(await same.ask({ route: "/x" })).toBe(503)
  })

  it("looks after the lag of the gateway only where it is asked for, from when the config serves", () => {
    expect(holding({ inFlight: 1 }).given.begins).toHaveLength(0)
    const { begins } = holding({ lag: "100ms" }).given
    expect(begins).toHaveLength(1)
    const end = begins[0]?.()
    end?.()
  })

  it("is refused by the config where nothing says what is too much", () => {
    expect(problemsOf({ service: "cart", shed: { atLeast: 3 } }).map(({ message }) => message)).toEqual([
      "Nothing says what is too much.",
    ])
  })
})
