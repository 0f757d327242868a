import { describe, expect, it } from "vitest"

import type { Handler } from "../../../src/core/handler.ts"
import type { Tunnel } from "../../../src/core/tunnel.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { exchange, streamOf, textOf } from "../../support/exchange.ts"
import { limited } from "./limited.ts"

const one = { algorithm: "concurrency", limit: 1 }
const reply = (more: object = {}) => ({ status: 200, headers: new HeaderList(), body: null, ...more })

/** Whether there is a place now, found out without taking it for long. */
async function isFree(limit: ReturnType<typeof limited>): Promise<boolean> {
  const { status, reply: got } = await limit.ask()
  await textOf(got.body)
  return status === 200
}

describe("concurrency", () => {
  it("holds a place until the body of the answer has ended", async () => {
    const limit = limited(one, { next: () => reply({ body: streamOf("a", "b") }) })
    const first = await limit.ask()
    expect((await limit.ask()).status).toBe(429)
    expect(await textOf(first.reply.body)).toBe("ab")
    expect(await isFree(limit)).toBe(true)
  })

  it("lets go of it when nobody wants the rest of the body", async () => {
    const limit = limited(one, { next: () => reply({ body: streamOf("a", "b") }) })
    const first = await limit.ask()
    await (first.reply.body as ReadableStream).cancel()
    expect(await isFree(limit)).toBe(true)
  })

  it("lets go of it when the client leaves", async () => {
    const limit = limited(one, { next: () => reply({ body: streamOf("a") }) })
    const asked = exchange()
    await limit.answer(asked)
    asked.end(new Error("gone"))
    expect(await isFree(limit)).toBe(true)
  })

  it("lets go of it when the answer fails", async () => {
    const answers: Handler[] = [() => Promise.reject(new Error("broken")), () => reply()]
    const limit = limited(one, { next: (asked) => (answers.shift() as Handler)(asked) })
    expect((await limit.ask()).status).toBe(500)
    expect((await limit.ask()).status).toBe(200)
  })

  it("holds the place of a WebSocket until its client is gone", async () => {
    const done: string[] = []
    const tunnel = {
      service: "chat",
      clientClosed: () => void done.push("closed"),
      abandon: () => void done.push("abandoned"),
    }
    const limit = limited(one, { next: () => reply({ status: 101, tunnel: tunnel as unknown as Tunnel }) })
    const first = await limit.ask()
    expect((await limit.ask()).status).toBe(429)
    first.reply.tunnel?.clientClosed(1000, "")
    const second = await limit.ask()
    expect(second.status).toBe(101)
    second.reply.tunnel?.abandon()
    expect((await limit.ask()).status).toBe(101)
    expect(done).toEqual(["closed", "abandoned"])
  })

  it("says which limit it is, and how many are left of it only when there are none", async () => {
    const limit = limited(one, { next: () => reply({ body: streamOf("a") }) })
    const first = await limit.ask()
    expect([...first.said]).toEqual([["ratelimit-policy", '"default";q=1;qu="concurrent-requests"']])
    const second = await limit.ask()
    expect(second.said.get("ratelimit")).toBe('"default";r=0')
    expect(second.reply.headers.get("retry-after")).toBe("1")
    expect(second.problem).toMatchObject({ code: "rate_limited", "violated-policies": ["default"] })
  })

  it("takes nothing of other limits for those who find no place", async () => {
    const limit = limited([one, { limit: 2, per: "1m", by: "all", name: "rate" }], {
      next: () => reply({ body: streamOf("a") }),
    })
    const first = await limit.ask()
    expect(first.said.get("ratelimit-policy")).toBe('"default";q=1;qu="concurrent-requests", "rate";q=2;w=60')
    await limit.ask()
    await textOf(first.reply.body)
    expect((await limit.ask()).status).toBe(200)
  })

  it("lets go of its place when another limit refuses", async () => {
    const limit = limited([
      one,
      { limit: 1, per: "1m", cost: ({ method }: { method: string }) => (method === "GET" ? 1 : 0) },
    ])
    expect((await limit.ask()).status).toBe(200)
    expect((await limit.ask()).problem?.["violated-policies"]).toEqual(["default-2"])
    expect((await limit.ask({ method: "POST" })).status).toBe(200)
  })

  it("lets go of the places that it got when another limit has none", async () => {
    const limit = limited(
      [
        { algorithm: "concurrency", limit: 1, by: "ip", name: "each" },
        { algorithm: "concurrency", limit: 1, by: "all", name: "all" },
      ],
      { next: () => reply({ body: streamOf("a") }) },
    )
    const first = await limit.ask({ client: "192.0.2.1" })
    expect((await limit.ask({ client: "192.0.2.2" })).problem?.["violated-policies"]).toEqual(["all"])
    await textOf(first.reply.body)
    expect((await limit.ask({ client: "192.0.2.2" })).status).toBe(200)
  })

  it("in shadow and for those who are exempt lets everybody in", async () => {
    const next = () => reply({ body: streamOf("a") })
    const shadow = limited({ ...one, shadow: true }, { next })
    expect([(await shadow.ask()).status, (await shadow.ask()).status]).toEqual([200, 200])
    expect(shadow.tools.logged).toHaveLength(1)
    const exempt = limited({ ...one, exempt: { addresses: ["loopback"] } }, { next })
    const local = { client: "127.0.0.1" }
    expect([(await exempt.ask(local)).status, (await exempt.ask(local)).status]).toEqual([200, 200])
  })

  it("gives two requests with one id two places", async () => {
    const limit = limited(one, { next: () => reply({ body: streamOf("a") }) })
    expect([(await limit.ask({ id: "same" })).status, (await limit.ask({ id: "same" })).status]).toEqual([200, 429])
  })
})
