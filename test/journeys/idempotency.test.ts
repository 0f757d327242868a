import { Database } from "bun:sqlite"
import { writeFileSync } from "node:fs"
import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { executable, folder, serving } from "../support/executable.ts"
import { configSource, gateway } from "../support/gateway.ts"
import { connect, requestText } from "../support/raw.ts"

/** A payment service that takes money every time it is asked. */
function paymentService(hold?: Promise<void>) {
  const keys: (string | null)[] = []
  const asked = Promise.withResolvers<void>()
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    development: false,
    async fetch(request) {
      keys.push(request.headers.get("idempotency-key"))
      asked.resolve()
      await hold
      return Response.json({ charge: keys.length, secret: crypto.randomUUID() }, { status: 201 })
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}`,
    /** The keys of all charges, one for each. */
    keys,
    asked: asked.promise,
    [Symbol.dispose]: () => void server.stop(true),
  }
}

const checkout = (payment: { url: string }, more: object = {}, options: object = {}) => ({
  ...more,
  services: { payment: payment.url },
  routes: { "POST /checkout": { aggregate: { charge: "payment POST /charge" }, ...options } },
})

interface Answered {
  readonly status: number
  readonly body: string
  readonly isReplayed: boolean
  readonly headers: Headers
}

async function post(at: { url: string }, key?: string, given: RequestInit = {}): Promise<Answered> {
  const response = await fetch(`${at.url}/checkout`, {
    method: "POST",
    body: '{"cart":7}',
    ...given,
    headers: {
      "content-type": "application/json",
      ...(key === undefined ? {} : { "idempotency-key": key }),
      ...given.headers,
    },
  })
  const { status, headers } = response
  return { status, headers, isReplayed: headers.get("x-bellhop-replayed") === "true", body: await response.text() }
}

describe("an idempotency key", () => {
  it("makes 50 copies of a checkout at the same time one charge, and all of them the same bytes", async () => {
    const hold = Promise.withResolvers<void>()
    using payment = paymentService(hold.promise)
    await using served = await gateway(checkout(payment))
    const copies = Array.from({ length: 50 }, () => post(served, "k"))
    await payment.asked
    hold.resolve()
    const answers = await Promise.all(copies)
    expect(payment.keys).toEqual(["k"])
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`)).size).toBe(1)
    expect(answers.filter(({ isReplayed }) => isReplayed)).toHaveLength(49)
    const later = await post(served, "k")
    expect([later.isReplayed, later.body]).toEqual([true, answers[0]?.body])
    expect((await post(served, "k2")).isReplayed).toBe(false)
    expect(payment.keys).toEqual(["k", "k2"])
  })

  it("is never shared by users, and belongs to one request only", async () => {
    using payment = paymentService()
    await using served = await gateway(checkout(payment))
    const one = await post(served, "k", { headers: { authorization: "Bearer one" } })
    const other = await post(served, "k", { headers: { authorization: "Bearer other" } })
    expect(other.isReplayed).toBe(false)
    expect(other.body).not.toBe(one.body)
    await post(served, "k")
    const reused = await post(served, "k", { body: '{"cart":8}' })
    expect(reused.status).toBe(422)
    expect(reused.headers.get("content-type")).toBe("application/problem+json")
    expect(JSON.parse(reused.body)).toMatchObject({ type: "urn:bellhop:idempotency_key_reused" })
    expect((await post(served, "two words")).status).toBe(400)
    expect(payment.keys).toHaveLength(3)
  })

  it("is made by the gateway for the service when the client has none, unless one is required", async () => {
    using payment = paymentService()
    await using served = await gateway(checkout(payment))
    await Promise.all([post(served), post(served)])
    expect(new Set(payment.keys).size).toBe(2)
    for (const key of payment.keys) expect(key).toMatch(/^[0-9a-f-]{36}$/)
    await using strict = await gateway(checkout(payment, {}, { idempotency: { required: true } }))
    expect(await post(strict)).toMatchObject({ status: 400, body: expect.stringContaining("idempotency_key_missing") })
    expect(payment.keys).toHaveLength(2)
  })

  it("has its answer for a client that was gone when the charge was made", async () => {
    const hold = Promise.withResolvers<void>()
    using payment = paymentService(hold.promise)
    await using served = await gateway(checkout(payment))
    const client = await connect(served.url)
    const headers = ["idempotency-key: k", "content-type: application/json"]
    client.send(
      requestText("/checkout", { method: "POST", host: new URL(served.url).host, headers, body: '{"cart":7}' }),
    )
    await payment.asked
    client[Symbol.dispose]()
    const back = post(served, "k")
    hold.resolve()
    expect(await back).toMatchObject({ status: 200, isReplayed: true })
    expect(payment.keys).toEqual(["k"])
  })

  it("survives reloads in memory", async () => {
    using payment = paymentService()
    await using served = await gateway(checkout(payment), { args: ["--watch"] })
    const first = await post(served, "k")
    const changed = checkout(payment, {}, { timeout: "9s" })
    served.folder.write("gateway.config.ts", configSource(JSON.stringify(changed)))
    await served.next(({ event, outcome }) => event === "reload" && outcome === "applied")
    expect(await post(served, "k")).toMatchObject({ isReplayed: true, body: first.body })
    expect(payment.keys).toHaveLength(1)
  })
})

describe("an idempotency key in a SQLite store", () => {
  it("has the first answer after the gateway was restarted, however it ended", async () => {
    using payment = paymentService()
    using place = folder({ "gateway.config.ts": configSource(JSON.stringify(checkout(payment, { store: "sqlite" }))) })
    let first: Answered | undefined
    for (const signal of ["SIGTERM", "SIGKILL", "SIGKILL"] as const) {
      await using served = await serving(place.path, { command: "start" })
      const answer = await post(served, "k")
      first ??= answer
      expect(answer.body).toBe(first.body)
      expect(answer.isReplayed).toBe(answer !== first)
      served.kill(signal)
      await served.exited
    }
    expect(payment.keys).toEqual(["k"])
  })

  it("is one charge for 50 copies at two gateways on one file", async () => {
    const hold = Promise.withResolvers<void>()
    using payment = paymentService(hold.promise)
    const store = { sqlite: { path: "shared/store.sqlite" } }
    using place = folder({ "gateway.config.ts": configSource(JSON.stringify(checkout(payment, { store }))) })
    await using one = await serving(place.path, { command: "start" })
    await using other = await serving(place.path, { command: "start" })
    const copies = Array.from({ length: 50 }, (_, at) => post(at % 2 === 0 ? one : other, "k"))
    await payment.asked
    hold.resolve()
    const answers = await Promise.all(copies)
    expect(payment.keys).toEqual(["k"])
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`)).size).toBe(1)
  })

  it("is taken for a while after a gateway was killed in the middle, then free again with the same key for the service", async () => {
    const hold = Promise.withResolvers<void>()
    using payment = paymentService(hold.promise)
    const config = checkout(payment, { store: "sqlite" }, { timeout: "1s" })
    using place = folder({ "gateway.config.ts": configSource(JSON.stringify(config)) })
    {
      await using served = await serving(place.path, { command: "start" })
      const cut = post(served, "k").catch(() => "cut off")
      await payment.asked
      served.kill("SIGKILL")
      expect(await cut).toBe("cut off")
    }
    await using served = await serving(place.path, { command: "start" })
    const busy = await post(served, "k")
    expect([busy.status, busy.headers.get("retry-after")]).toEqual([409, "2"])
    expect(payment.keys).toEqual(["k"])
    // Time passes.
    const file = new Database(join(place.path, ".bellhop/store.sqlite"), { readwrite: true, create: false })
    file.run("UPDATE entries SET expires = 0")
    file.close()
    hold.resolve()
    expect(await post(served, "k")).toMatchObject({ status: 200, isReplayed: false })
    expect(payment.keys).toEqual(["k", "k"])
  })

  it("lets no request through that could not be remembered", async () => {
    using payment = paymentService()
    await using served = await gateway(checkout(payment, { store: "sqlite" }))
    await post(served, "k")
    const other = new Database(join(served.folder.path, ".bellhop/store.sqlite"), { readwrite: true, create: false })
    other.run("BEGIN IMMEDIATE")
    const refused = await post(served, "k2")
    expect([refused.status, JSON.parse(refused.body)]).toMatchObject([503, { type: "urn:bellhop:store_failed" }])
    // What is there can be read all the same.
    expect((await post(served, "k")).isReplayed).toBe(true)
    other.run("COMMIT")
    other.close()
    expect((await post(served, "k2")).status).toBe(200)
    expect(payment.keys).toEqual(["k", "k2"])
  })

  it("is a config error where the file cannot be used, at its place, and nothing is started", async () => {
    using place = folder({ "notes.txt": "no database ".repeat(1000) })
    const source = `import { defineGateway } from "bellhop"

export default defineGateway({
  store: { sqlite: { path: "notes.txt" } },
  routes: { "/": { reply: { body: "ok" } } },
})
`
    writeFileSync(join(place.path, "gateway.config.ts"), source)
    const run = Bun.spawnSync([executable, "start"], { cwd: place.path, env: { HOME: place.path } })
    expect(run.exitCode).toBe(3)
    const said = run.stderr.toString() + run.stdout.toString()
    expect(said).toContain("gateway.config.ts:4:10")
    expect(said).toContain("E703")
    expect(said).toContain(`Cannot use the store "${join(place.path, "notes.txt")}": file is not a database.`)
  })
})
