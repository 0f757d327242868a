import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import type { Exchange } from "../../../src/core/exchange.ts"
import type { Handler } from "../../../src/core/handler.ts"
import { identity } from "../../../src/core/identity.ts"
import { Kept } from "../../../src/core/kept.ts"
import { jsonReply, type Reply } from "../../../src/core/reply.ts"
import type { Store } from "../../../src/core/store.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { memory } from "../../../src/stores/memory.ts"
import { pendingEntry } from "../../../src/targets/aggregate/idempotency-answer.ts"
import { keyedTools } from "../../../src/targets/aggregate/idempotency-key.ts"
import { idempotencyOption, type IdempotencyOptions, idempotent } from "../../../src/targets/aggregate/idempotency.ts"
import {
  type Asked,
  exchange,
  failureOf,
  linesOf,
  streamOf,
  type TestTools,
  textOf,
  tools,
} from "../../support/exchange.ts"
import { settle } from "../aggregated.ts"

const options = (given: object = {}): IdempotencyOptions =>
  idempotencyOption.parse(given, [], ({ message }) => expect.fail(message)) as IdempotencyOptions

const header = "idempotency-key"

/** A request to check out, with this key. */
const checkout = (key?: string, asked: Asked = {}): Exchange => {
  const made = exchange({
    method: "POST",
    path: "/checkout",
    body: '{"cart":1}',
    ...asked,
    headers: { ...(key === undefined ? {} : { [header]: key }), ...(asked.headers as Record<string, string>) },
  })
  made.route = "POST /checkout"
  return made
}

/** An aggregate that charges once, in short. */
function shop(
  given: {
    options?: object
    charge?: Handler
    tools?: TestTools
    /** What else it does with the answer of the charge. */
    response?: (reply: Reply, exchange: Exchange) => Reply
  } = {},
) {
  let charges = 0
  const charge: Handler = given.charge ?? (() => jsonReply({ charge: charges }))
  const services = {
    payment: (asked: Exchange) => {
      charges++
      return charge(asked)
    },
  }
  const own = given.tools ?? tools()
  const ground = { ...own, service: tools({ services }).service }
  const pay = keyedTools(ground, options(given.options).header.toLowerCase()).service("payment")
  const handler: Handler = async (asked) => {
    const { rawPath, path, search, headers } = asked
    const reply = await pay(
      asked.derive({ method: "POST", rawPath, path, search, headers: headers.copy(), body: null }),
    )
    return (given.response ?? ((made) => made))(reply, asked)
  }
  return {
    handle: idempotent(handler, options(given.options), ground),
    charges: () => charges,
    logged: own.logged,
  }
}

const status =
  (code: number): Handler =>
  () => ({ status: code, headers: new HeaderList(), body: "{}" })

/** An answer in all that a client sees of it. */
const seen = async ({ status: code, headers, body }: Reply) => ({
  status: code,
  headers: linesOf(headers).filter(([name]) => name !== "x-bellhop-replayed"),
  body: await textOf(body),
})

const isReplayed = (reply: Reply): boolean => reply.headers.get("x-bellhop-replayed") === "true"

describe("idempotent()", () => {
  it("answers the same request with the same key from what it came to the first time", async () => {
    const { handle, charges } = shop()
    const first = await handle(checkout("k"))
    const again = await handle(checkout("k"))
    expect([charges(), isReplayed(first), isReplayed(again)]).toEqual([1, false, true])
    expect(await seen(again)).toEqual(await seen(first))
  })

  it("runs once for 50 copies at the same time, and gives all of them the same bytes", async () => {
    const waiting = Promise.withResolvers<Reply>()
    const { handle, charges } = shop({ charge: () => waiting.promise })
    const copies = Array.from({ length: 50 }, async () => handle(checkout("k")))
    await settle()
    waiting.resolve({ status: 201, headers: new HeaderList(["x-a", "1"]), body: streamOf("o", "nce") })
    const replies = await Promise.all(copies)
    expect(charges()).toBe(1)
    expect(replies.filter(isReplayed)).toHaveLength(49)
    for (const reply of replies)
      expect(await seen(reply)).toEqual({ status: 201, headers: [["x-a", "1"]], body: "once" })
  })

  it("keeps what belongs to the answer, and not what belongs to one connection", async () => {
    const lines = [
      "content-type",
      "text/plain",
      "set-cookie",
      "a=1",
      "set-cookie",
      "b=2",
      "date",
      "x",
      "x-request-id",
      "x",
    ]
    const { handle } = shop({
      response: (_, asked) => {
        asked.answerHeaders.push(["x-of-a-part", "1"])
        return {
          status: 202,
          headers: new HeaderList([...lines, "connection", "x", "content-length", "2"]),
          body: "ok",
        }
      },
    })
    await handle(checkout("k"))
    expect(linesOf((await handle(checkout("k"))).headers)).toEqual([
      ["content-type", "text/plain"],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["x-of-a-part", "1"],
      ["x-bellhop-replayed", "true"],
    ])
  })

  it("tells keys, routes, hosts and users apart", async () => {
    const { handle, charges } = shop()
    const other = checkout("k")
    other.route = "POST /*"
    const all = [
      checkout("k"),
      checkout("K"),
      other,
      checkout("k", { host: "other.example" }),
      checkout("k", { headers: { authorization: "Bearer a" } }),
      checkout("k", { headers: { authorization: "Bearer b" } }),
      checkout("k", { headers: { cookie: "session=a" } }),
      checkout("k", { headers: { "x-api-key": "a" } }),
    ]
    for (const one of all) expect(isReplayed(await handle(one))).toBe(false)
    expect(charges()).toBe(all.length)
    expect(isReplayed(await handle(checkout("k", { host: "SHOP.example:8080" })))).toBe(true)
    expect(isReplayed(await handle(checkout("k", { headers: { "user-agent": "other" } })))).toBe(true)
  })

  it("tells users apart whose credentials `auth` has taken out of the request", async () => {
    const { handle, charges } = shop()
    const by = (scheme: string, subject: string): Exchange => {
      const made = checkout("k")
      made.identity = identity({ scheme, subject })
      return made
    }
    for (const one of [by("apiKey", "ada"), by("apiKey", "bob"), by("jwt", "ada"), checkout("k")])
      expect(isReplayed(await handle(one))).toBe(false)
    expect(isReplayed(await handle(by("apiKey", "ada")))).toBe(true)
    expect(charges()).toBe(4)
  })

  it("takes other headers for the user when it is told so", async () => {
    const { handle, charges } = shop({ options: { identity: ["X-User"] } })
    await handle(checkout("k", { headers: { cookie: "a=1", "x-user": "a" } }))
    expect(isReplayed(await handle(checkout("k", { headers: { cookie: "a=2", "x-user": "a" } })))).toBe(true)
    expect(isReplayed(await handle(checkout("k", { headers: { cookie: "a=1", "x-user": "b" } })))).toBe(false)
    expect(charges()).toBe(2)
  })

  it.each([
    ["body", { body: '{"cart":2}' }],
    ["path", { path: "/checkout/now" }],
    ["query", { path: "/checkout?now" }],
    ["method", { method: "PATCH" }],
    ["content type", { headers: { "content-type": "text/plain" } }],
  ])("refuses a key that comes with another %s, before and after there is an answer", async (_, asked) => {
    const waiting = Promise.withResolvers<Reply>()
    const { handle, charges } = shop({ charge: () => waiting.promise })
    const first = handle(checkout("k"))
    await settle()
    const reused = { code: "idempotency_key_reused", status: 422 }
    expect(await failureOf(() => handle(checkout("k", asked)))).toMatchObject(reused)
    waiting.resolve(jsonReply({}))
    await first
    expect(await failureOf(() => handle(checkout("k", asked)))).toMatchObject(reused)
    expect(charges()).toBe(1)
  })

  it("leaves requests alone that change nothing", async () => {
    const { handle, charges } = shop({ options: { required: true } })
    for (let time = 1; time <= 2; time++) {
      expect(isReplayed(await handle(checkout("k", { method: "GET" })))).toBe(false)
      expect(charges()).toBe(time)
    }
  })

  it("refuses requests without a key where one is required, and keys that are none", async () => {
    const { handle, charges } = shop({ options: { required: true, header: "X-Once" } })
    expect(await failureOf(() => handle(checkout("k")))).toMatchObject({
      code: "idempotency_key_missing",
      status: 400,
      message: 'Send a key of your own in the header "x-once".',
    })
    expect(await failureOf(() => handle(checkout(undefined, { headers: { "x-once": "a b" } })))).toMatchObject({
      code: "idempotency_key_invalid",
    })
    expect(charges()).toBe(0)
    await handle(checkout(undefined, { headers: { "x-once": "k" } }))
    expect(isReplayed(await handle(checkout(undefined, { headers: { "x-once": '"k"' } })))).toBe(true)
  })

  it("forgets an answer when its time is over", async () => {
    let time = 0
    const store = memory.create({ limit: 1_000_000 }, { root: "/", now: () => time })
    const { handle, charges } = shop({ options: { ttl: "1h" }, tools: tools({ store }) })
    await handle(checkout("k"))
    time = 3_599_999
    expect(isReplayed(await handle(checkout("k")))).toBe(true)
    time = 3_600_000
    expect(isReplayed(await handle(checkout("k")))).toBe(false)
    expect(charges()).toBe(2)
  })

  it("does not run when the body is larger than an aggregate reads", async () => {
    const { handle, charges } = shop()
    const body = "x".repeat(10 * 1024 * 1024 + 1)
    expect(await failureOf(() => handle(checkout("k", { body })))).toMatchObject({ code: "body_too_large" })
    expect(charges()).toBe(0)
  })
})

describe("the key that a service gets", () => {
  const sentTo = async (asked: Exchange, call = "POST", name?: string): Promise<string | undefined> => {
    let sent: string | undefined
    const service: Handler = (one) => {
      sent = one.headers.get(header)
      return jsonReply({})
    }
    const part = keyedTools(tools({ services: { payment: service } }), header, name).service("payment")
    const { rawPath, path, search, headers } = asked
    const handler: Handler = (one) =>
      part(one.derive({ method: call, rawPath, path, search, headers: headers.copy(), body: null }))
    await idempotent(handler, options(), tools())(asked)
    return sent
  }

  it("is the client's, as it was sent", async () => {
    expect(await sentTo(checkout("k"))).toBe("k")
    expect(await sentTo(checkout('"k"'))).toBe('"k"')
  })

  it("has the name of its part behind it when there are several for a service", async () => {
    expect(await sentTo(checkout("k"), "POST", "charge")).toBe("k-charge")
    expect(await sentTo(checkout('"k"'), "PUT", "charge")).toBe('"k-charge"')
  })

  it("is a new one for each request without one", async () => {
    const keys = new Set([await sentTo(checkout()), await sentTo(checkout()), await sentTo(checkout(), "POST", "a")])
    expect(keys.size).toBe(3)
    for (const key of keys) expect(key).toMatch(/^[0-9a-f-]{36}(-a)?$/)
  })

  it("goes to no service that is only asked", async () => {
    for (const method of ["GET", "HEAD", "OPTIONS"]) expect(await sentTo(checkout("k"), method)).toBeUndefined()
  })
})

describe("what is kept of a first try", () => {
  const gone = (code: "timeout" | "unreachable" | "unavailable" | "bad_upstream", sent = true): Handler => {
    return () => Promise.reject(new GatewayError(code, "No.", { sent }))
  }
  const failing: Handler = () => Promise.reject(new TypeError("secret"))
  const after =
    (code: number): ((reply: Reply) => Reply) =>
    () => ({ status: code, headers: new HeaderList(), body: "later" })
  const thrown =
    (error: unknown): (() => Reply) =>
    () => {
      throw error
    }

  it.each([
    ["a success", { charge: status(200) }],
    ["a redirect of its own", { charge: status(200), response: after(303) }],
    ["a clear no of an unsafe part", { charge: status(402) }],
    ["a failure after something was done", { charge: status(201), response: after(503) }],
    ["a failure that is thrown after something was done", { response: thrown(new GatewayError("part_failed", "No.")) }],
    ["a mistake in the config's code after something was done", { response: thrown(new TypeError("secret")) }],
    ["a please-wait after something was done", { charge: status(200), response: after(429) }],
    ["nothing heard in time", { charge: gone("timeout") }],
    ["a connection that was lost", { charge: gone("unreachable") }],
    ["an answer that makes no sense", { charge: gone("bad_upstream") }],
    ["a part that failed in an unknown way", { charge: failing }],
  ])("is %s: nothing is done again", async (_, given) => {
    const { handle, charges } = shop(given)
    const outcome = async () => {
      try {
        return await seen(await handle(checkout("k")))
      } catch (error) {
        return error instanceof GatewayError ? [error.code, error.status, error.message] : "internal"
      }
    }
    const first = await outcome()
    const again = await outcome()
    if (first === "internal")
      expect(again).toEqual(["internal", 500, "The first request with this idempotency key failed."])
    else expect(again).toEqual(first)
    expect(charges()).toBe(1)
  })

  it.each([
    ["an unsafe part said that it failed", { charge: status(500) }],
    ["an unsafe part is not available", { charge: status(503) }],
    ["an unsafe part asked to wait", { charge: status(429) }],
    ["an unsafe part is at work with it already", { charge: status(409) }],
    ["it never reached its service", { charge: gone("unreachable", false) }],
    ["nobody was there to be asked", { charge: gone("unavailable") }],
  ])("is nothing when %s: the next try is a new one", async (_, given) => {
    const { handle, charges } = shop(given)
    for (let time = 1; time <= 2; time++) {
      const outcome = await Promise.resolve(handle(checkout("k"))).catch((error: unknown) => error)
      if (!(outcome instanceof GatewayError)) expect(isReplayed(outcome as Reply)).toBe(false)
      expect(charges()).toBe(time)
    }
  })

  it("is nothing when it failed before any unsafe part was called, with 4xx too", async () => {
    let tries = 0
    const handler: Handler = () => {
      tries++
      throw new GatewayError("part_failed", "No cart.", { status: 404 })
    }
    const handle = idempotent(handler, options(), tools())
    for (let time = 1; time <= 2; time++) {
      expect(await failureOf(() => handle(checkout("k")))).toMatchObject({ status: 404, headers: {} })
      expect(tries).toBe(time)
    }
  })

  it("is what was under way when another part failed: it may have been done", async () => {
    let charges = 0
    const never: Handler = () => {
      charges++
      return new Promise<Reply>(() => undefined)
    }
    const pay = keyedTools(tools({ services: { payment: never } }), header).service("payment")
    const handler: Handler = (asked) => {
      const { rawPath, path, search, headers } = asked
      void pay(asked.derive({ method: "POST", rawPath, path, search, headers: headers.copy(), body: null }))
      const told = { headers: { "retry-after": "7", "x-a": "1" }, members: { errors: [{ part: "cart" }] } }
      throw new GatewayError("part_failed", "No cart.", { status: 503, ...told })
    }
    const handle = idempotent(handler, options(), tools())
    expect(await failureOf(() => handle(checkout("k")))).toMatchObject({ headers: { "retry-after": "7" } })
    const again = await failureOf(() => handle(checkout("k")))
    expect(again).toMatchObject({ status: 503, message: "No cart.", members: { errors: [{ part: "cart" }] } })
    // Waiting would not help.
    expect((again as GatewayError).headers).toEqual({ "x-a": "1", "x-bellhop-replayed": "true" })
    expect(charges).toBe(1)
  })

  it("gives those who waited for it what it came to, even when nothing is kept", async () => {
    const waiting = Promise.withResolvers<Reply>()
    const { handle, charges } = shop({ charge: () => waiting.promise })
    const copies = Array.from({ length: 3 }, async () => handle(checkout("k")))
    await settle()
    waiting.resolve({ status: 503, headers: new HeaderList(), body: "down" })
    for (const reply of await Promise.all(copies))
      expect(await seen(reply)).toMatchObject({ status: 503, body: "down" })
    expect(charges()).toBe(1)
  })

  it("is only that it was done, when the answer is too large", async () => {
    const { handle, charges } = shop({
      options: { bodyLimit: "8b" },
      charge: () => ({ status: 200, headers: new HeaderList(), body: streamOf("larger ", "than ", "eight") }),
    })
    const waiting = handle(checkout("k"))
    const copy = failureOf(() => handle(checkout("k")))
    expect((await seen(await waiting)).body).toBe("larger than eight")
    const lost = { code: "idempotent_answer_lost", status: 409, headers: { "x-bellhop-replayed": "true" } }
    expect(await copy).toMatchObject(lost)
    expect(await failureOf(() => handle(checkout("k")))).toMatchObject(lost)
    expect(charges()).toBe(1)
  })
})

describe("a client that leaves", () => {
  it("finds the answer when it comes back: what it began goes on without it", async () => {
    const waiting = Promise.withResolvers<Reply>()
    const { handle, charges } = shop({ charge: () => waiting.promise })
    const leaving = checkout("k")
    const left = failureOf(() => handle(leaving))
    await settle()
    leaving.end(new GatewayError("client_gone", "The client went away."))
    expect(await left).toMatchObject({ code: "client_gone" })
    const back = handle(checkout("k"))
    waiting.resolve(jsonReply({ charge: 1 }))
    expect(await seen(await back)).toMatchObject({ status: 200, body: '{"charge":1}' })
    expect(charges()).toBe(1)
  })

  it("leaves nobody behind who would read an answer that is too large to keep", async () => {
    const waiting = Promise.withResolvers<Reply>()
    const cancelled = Promise.withResolvers<void>()
    const { handle } = shop({ options: { bodyLimit: "1b" }, charge: () => waiting.promise })
    const leaving = checkout("k")
    const left = failureOf(() => handle(leaving))
    await settle()
    leaving.end(new GatewayError("client_gone", "The client went away."))
    await left
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => void controller.enqueue(new Uint8Array(10)),
      cancel: () => void cancelled.resolve(),
    })
    waiting.resolve({ status: 200, headers: new HeaderList(), body })
    await cancelled.promise
  })

  it("takes its own time with it: the work ends when the first one's time is over", async () => {
    const asked = Promise.withResolvers<Exchange>()
    const { handle } = shop({
      charge: (one) => {
        asked.resolve(one)
        return new Promise<Reply>((_, reject) => one.whenOver(reject))
      },
    })
    const leaving = checkout("k")
    leaving.limit(60)
    const left = failureOf(() => handle(leaving))
    const over = Promise.withResolvers<Error>()
    ;(await asked.promise).whenOver(over.resolve)
    expect(await over.promise).toMatchObject({ code: "timeout" })
    expect(await left).toMatchObject({ code: "timeout" })
  })
})

describe("a key that another process has", () => {
  // A process is what has kept values of its own.
  const processes = (store: Store, count: number): TestTools[] =>
    Array.from({ length: count }, () => ({ ...tools({ store }), keep: new Kept().generation().keep }))
  const stored = () => {
    const clock = { now: 0 }
    return { clock, store: memory.create({ limit: 1_000_000 }, { root: "/", now: () => clock.now }) }
  }

  beforeEach(
    () =>
      void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] }),
  )
  afterEach(() => void vi.useRealTimers())

  it("is waited for: its answer is the answer of all copies", async () => {
    const { store } = stored()
    const waiting = Promise.withResolvers<Reply>()
    const shops = processes(store, 3).map((own) => shop({ tools: own, charge: () => waiting.promise }))
    const copies = Array.from({ length: 30 }, async (_, at) => shops[at % 3]?.handle(checkout("k")) as Promise<Reply>)
    await vi.advanceTimersByTimeAsync(2000)
    waiting.resolve(jsonReply({ charge: "one" }))
    await vi.advanceTimersByTimeAsync(1000)
    for (const reply of await Promise.all(copies)) expect((await seen(reply)).body).toBe('{"charge":"one"}')
    expect(shops.map(({ charges }) => charges()).toSorted()).toEqual([0, 0, 1])
  })

  it("is tried anew by exactly one of those who wait when the first try came to nothing", async () => {
    const { store } = stored()
    const waiting = Promise.withResolvers<Reply>()
    const [first, ...others] = processes(store, 3).map((own, at) =>
      shop({ tools: own, charge: at === 0 ? () => waiting.promise : status(201) }),
    )
    const failed = first?.handle(checkout("k"))
    const copies = others.map(({ handle }) => handle(checkout("k")))
    await vi.advanceTimersByTimeAsync(100)
    waiting.resolve({ status: 503, headers: new HeaderList(), body: null })
    await vi.advanceTimersByTimeAsync(1000)
    expect((await failed)?.status).toBe(503)
    for (const reply of await Promise.all(copies)) expect(reply.status).toBe(201)
    expect(others.reduce((sum, { charges }) => sum + charges(), 0)).toBe(1)
  })

  it("is answered with 409 and a Retry-After when the client's time would not be enough", async () => {
    const { store } = stored()
    const [busy, other] = processes(store, 2).map((own) =>
      shop({ tools: own, charge: () => new Promise<Reply>(() => undefined) }),
    )
    void busy?.handle(checkout("k"))
    await vi.advanceTimersByTimeAsync(0)
    for (const asked of [busy, other]) {
      const copy = checkout("k")
      copy.deadline = performance.now() + 3000
      const refused = failureOf(() => asked?.handle(copy))
      await vi.advanceTimersByTimeAsync(2999)
      expect(await refused).toMatchObject({
        code: "idempotency_key_in_use",
        status: 409,
        headers: { "retry-after": "2" },
      })
    }
    expect(other?.charges()).toBe(0)
  })

  it("stays taken while the work goes on, however long that takes", async () => {
    const { store, clock } = stored()
    const waiting = Promise.withResolvers<Reply>()
    const [busy, other] = processes(store, 2).map((own) => shop({ tools: own, charge: () => waiting.promise }))
    const first = busy?.handle(checkout("k"))
    for (let second = 0; second < 50; second++) {
      clock.now += 1000
      await vi.advanceTimersByTimeAsync(1000)
    }
    const copy = other?.handle(checkout("k"))
    await vi.advanceTimersByTimeAsync(1000)
    waiting.resolve(jsonReply({}))
    await vi.advanceTimersByTimeAsync(1000)
    expect([(await first)?.status, (await copy)?.status]).toEqual([200, 200])
    expect([busy?.charges(), other?.charges()]).toEqual([1, 0])
  })

  it("is free again a while after that process ended without a word", async () => {
    const { store, clock } = stored()
    const [own] = processes(store, 1) as [TestTools]
    let place = ""
    const watching: Store = { ...store, add: (key, value, ttl) => ((place = key), store.add(key, value, ttl)) }
    const probe = shop({ tools: { ...own, store: watching } })
    await probe.handle(checkout("k"))
    const entry = JSON.parse(new TextDecoder().decode(await store.get(place)).split("\n")[0] as string) as {
      fingerprint: string
    }
    clock.now += 24 * 3_600_000
    // As that process left it.
    await store.add(place, pendingEntry(entry.fingerprint), 15_000)

    const { handle, charges } = shop({ tools: own })
    const hurried = checkout("k")
    hurried.deadline = performance.now() + 3000
    const refused = failureOf(() => handle(hurried))
    await vi.advanceTimersByTimeAsync(3000)
    expect(await refused).toMatchObject({ code: "idempotency_key_in_use" })
    const patient = handle(checkout("k"))
    await vi.advanceTimersByTimeAsync(1000)
    expect(charges()).toBe(0)
    clock.now += 15_000
    await vi.advanceTimersByTimeAsync(1000)
    expect([isReplayed(await patient), charges()]).toEqual([false, 1])
  })

  it("ends the waiting of a client that leaves", async () => {
    const { store } = stored()
    const [busy, other] = processes(store, 2).map((own) =>
      shop({ tools: own, charge: () => new Promise<Reply>(() => undefined) }),
    )
    void busy?.handle(checkout("k"))
    const copy = checkout("k")
    const left = failureOf(() => other?.handle(copy))
    await vi.advanceTimersByTimeAsync(100)
    copy.end(new GatewayError("client_gone", "The client went away."))
    expect(await left).toMatchObject({ code: "client_gone" })
    await vi.advanceTimersByTimeAsync(1000)
    expect(vi.getTimerCount()).toBe(1)
  })
})

describe("a store that fails", () => {
  const failing = (...methods: (keyof Store)[]): Store => {
    const store: Store = memory.create({ limit: 1_000_000 }, { root: "/", now: Date.now })
    const no = () => Promise.reject(new GatewayError("store_failed", "The store cannot be used: try again later."))
    return Object.assign(store, Object.fromEntries(methods.map((name) => [name, no])))
  }

  it("lets nothing be done that could not be remembered, for all copies alike", async () => {
    const { handle, charges } = shop({ tools: tools({ store: failing("add") }) })
    const copies = Array.from({ length: 3 }, () => failureOf(() => handle(checkout("k"))))
    for (const failed of copies) expect(await failed).toMatchObject({ code: "store_failed", status: 503 })
    expect(charges()).toBe(0)
  })

  it("does not take the answer away from the client whose request was carried out", async () => {
    const { handle, charges, logged } = shop({ tools: tools({ store: failing("replace") }) })
    expect((await handle(checkout("k"))).status).toBe(200)
    expect(logged).toMatchObject([
      { level: "error", message: "Cannot keep the answer to a request with an idempotency key." },
    ])
    // The mark is still there: nothing is done a second time as long as it is.
    const copy = checkout("k")
    copy.deadline = performance.now() + 120
    expect(await failureOf(() => handle(copy))).toMatchObject({ code: "idempotency_key_in_use" })
    expect(charges()).toBe(1)
  })

  it("keeps at least a word when there is no room for the answer", async () => {
    const store = memory.create({ limit: 2048 }, { root: "/", now: Date.now })
    const { handle, charges } = shop({
      tools: tools({ store }),
      charge: () => ({ status: 200, headers: new HeaderList(), body: "x".repeat(4096) }),
    })
    expect((await handle(checkout("k"))).status).toBe(200)
    expect(await failureOf(() => handle(checkout("k")))).toMatchObject({ code: "idempotent_answer_lost" })
    expect(charges()).toBe(1)
  })

  it("says so in the log when it gave the key away while the work went on", async () => {
    let time = 0
    const store = memory.create({ limit: 1_000_000 }, { root: "/", now: () => time })
    const { handle, logged } = shop({
      tools: tools({ store }),
      charge: () => {
        time += 60_000
        return jsonReply({})
      },
    })
    expect((await handle(checkout("k"))).status).toBe(200)
    expect(logged).toMatchObject([{ level: "warn" }])
  })
})
