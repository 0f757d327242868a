import { describe, expect, it } from "vitest"

import { type FaultyUpstream, faultyUpstream } from "../support/faulty-upstream.ts"
import { gateway } from "../support/gateway.ts"
import { ask } from "../support/raw.ts"
import { serviceProcess } from "../support/service-process.ts"
import { rawUpstream } from "../support/upstream.ts"

/** What came of one request of a load. */
interface Came {
  readonly id: string
  readonly method: string
  /** 0: there was no answer at all. */
  readonly status: number
  /** The name of the service that answered. */
  readonly by: string
}

/** Clients that ask without a pause, one POST to two GETs, until they are told to stop. */
function load(url: string, clients: number) {
  const came: Came[] = []
  const waiting: { isThere: () => boolean; resolve: () => void }[] = []
  let stopped = false
  let number = 0

  async function one(): Promise<void> {
    const id = String(number++)
    const method = Number(id) % 3 === 0 ? "POST" : "GET"
    const body = method === "POST" ? { body: "x".repeat(1000) } : {}
    const answer = await fetch(`${url}/${id}`, { method, headers: { "x-id": id }, ...body }).then(
      async (response) => ({ status: response.status, by: await response.text() }),
      () => ({ status: 0, by: "" }),
    )
    came.push({ id, method, ...answer })
    for (const waiter of waiting.filter(({ isThere }) => isThere())) waiter.resolve()
  }
  const running = Array.from({ length: clients }, async () => {
    while (!stopped) await one()
  })
  /** Settles when this is so after an answer. */
  const until = (isThere: () => boolean): Promise<void> => new Promise((resolve) => waiting.push({ isThere, resolve }))
  return {
    came,
    until,
    /** Settles after so many more answers; these. */
    async more(count: number): Promise<readonly Came[]> {
      const from = came.length
      await until(() => came.length >= from + count)
      return came.slice(from, from + count)
    },
    async stop(): Promise<void> {
      stopped = true
      await Promise.all(running)
    },
  }
}

const local = (url: string): string => url.replace("localhost", "127.0.0.1")

const failed = (came: readonly Came[], method: string): Came[] =>
  came.filter((one) => one.method === method && one.status !== 200)

/** What part of the answers a service gave. */
const share = (came: readonly Came[], name: string): number => came.filter(({ by }) => by === name).length / came.length

describe("when the process of one of three upstreams is killed under load", () => {
  const slowStart = "3s"
  it.each<[string, object]>([
    ["retries", { retry: { budget: 5 } }],
    ["retries and outliers", { slowStart, retry: {}, outliers: { eject: "300ms", max: "1s" } }],
    [
      "retries and a breaker",
      { slowStart, retry: {}, breaker: { failures: 10, minimum: 5, open: "300ms", probes: 1 } },
    ],
    [
      "retries and health checks",
      { slowStart, retry: {}, health: { path: "/", interval: "100ms", unhealthy: 1, healthy: 1 } },
    ],
  ])(
    "%s hide that from every GET, no POST is sent twice, and its share comes back, slowly if so wished",
    async (_, guard) => {
      await using a = await serviceProcess("a")
      await using b = await serviceProcess("b")
      await using c = await serviceProcess("c")
      const url = [a.url, b.url, c.url]
      await using served = await gateway({ services: { up: { url, ...guard } }, routes: { "/*": "up" } })
      const clients = load(local(served.url), 12)

      expect(share(await clients.more(600), "b")).toBeGreaterThan(0.25)
      await b.kill()
      const killed = b.seen.length
      await clients.more(100)
      expect(share(await clients.more(600), "b")).toBe(0)
      await b.start()
      const away = clients.came.length
      await clients.until(() => clients.came.slice(away).some(({ by }) => by === "b"))
      const first = await clients.more(60)
      await clients.until(() => share(clients.came.slice(-300), "b") > 0.25)
      await clients.stop()

      if ("slowStart" in guard) expect(share(first, "b")).toBeLessThan(0.25)
      expect(b.seen.length).toBeGreaterThan(killed)
      expect(failed(clients.came, "GET")).toEqual([])
      const posts = new Map(clients.came.filter(({ method }) => method === "POST").map(({ id }) => [id, 0]))
      for (const id of [a, b, c].flatMap(({ seen }) => seen)) if (posts.has(id)) posts.set(id, (posts.get(id) ?? 0) + 1)
      expect([...posts].filter(([, times]) => times > 1)).toEqual([])
      // Only those can fail that were under way when it was killed; those whose connection was refused went elsewhere.
      const lost = failed(clients.came, "POST")
      expect(lost.length).toBeLessThanOrEqual(12)
      expect(lost.filter(({ status }) => status !== 502)).toEqual([])
      const arrived = [...posts].filter(([, times]) => times === 1).length
      expect(arrived).toBeGreaterThanOrEqual(posts.size - lost.length)
    },
  )
})

describe("a breaker", () => {
  const get = async (url: string): Promise<{ status: number; after: string | null }> => {
    const response = await fetch(`${local(url)}/`)
    await response.text()
    return { status: response.status, after: response.headers.get("retry-after") }
  }
  const many = (count: number, what: () => Promise<{ status: number }>): Promise<number[]> =>
    Promise.all(Array.from({ length: count }, async () => (await what()).status))

  it.each(["upstream", "service"])(
    "for each %s opens, refuses at once, and closes when all is well again",
    async (scope) => {
      await using up: FaultyUpstream = faultyUpstream()
      const breaker = { minimum: 5, open: "400ms", probes: 2, scope }
      await using served = await gateway({ services: { up: { url: up.url, breaker } }, routes: { "/": "up" } })
      up.status = 500
      for (let time = 0; time < 5; time++) expect(await get(served.url)).toMatchObject({ status: 500 })
      expect(await get(served.url)).toEqual({ status: 503, after: "1" })
      expect(await many(20, () => get(served.url))).toEqual(Array.from({ length: 20 }, () => 503))
      expect(up.seen.length).toBe(5)

      // One probe is enough to see that nothing has changed.
      const probe = up.next()
      while (up.seen.length === 5) await get(served.url)
      await probe
      up.status = 200
      expect(await get(served.url)).toMatchObject({ status: 503 })

      while ((await get(served.url)).status === 503);
      await get(served.url)
      expect(await many(20, () => get(served.url))).toEqual(Array.from({ length: 20 }, () => 200))
      served.kill()
      await served.exited
      const said = served
        .stderr()
        .split("\n")
        .flatMap((line) => /"message":("service.*")}$/.exec(line)?.[1] ?? [])
        .map((message): unknown => JSON.parse(message))
      const what = scope === "service" ? 'service "up"' : `service "up": ${up.url}`
      expect(said).toEqual([`${what} gets nothing for 400ms: 5 of 5 requests failed`, `${what} answers again`])
    },
  )
})

describe("a retry", () => {
  it("sends a whole PUT again to another upstream when the first breaks off", async () => {
    using broken = await rawUpstream(({ socket }) => void socket.destroy())
    using well = await rawUpstream()
    await using served = await gateway({
      services: { up: { url: [broken.url, well.url], retry: {} } },
      routes: { "/*": "up" },
    })
    const body = "0123456789".repeat(3000)
    for (let time = 0; time < 4; time++)
      expect(await ask(served.url, "/", { method: "PUT", body })).toMatchObject({ status: 200, body: "ok" })
    expect(broken.received.length).toBeGreaterThan(0)
    expect(well.received.map((one) => one.body)).toEqual(Array.from({ length: 4 }, () => body))
  })

  it("never sends a POST again that may have arrived, and says so with 502", async () => {
    using broken = await rawUpstream(({ socket }) => void socket.destroy())
    await using served = await gateway({ services: { up: { url: broken.url, retry: {} } }, routes: { "/*": "up" } })
    expect(await ask(served.url, "/", { method: "POST", body: "once" })).toMatchObject({ status: 502 })
    expect(broken.received.length).toBe(1)
  })

  it("gives up a try that takes too long, and its connection, and tells the next one how much time is left", async () => {
    using silent = await rawUpstream(() => undefined)
    using well = await rawUpstream()
    await using served = await gateway({
      services: {
        up: {
          url: [silent.url, well.url],
          timeout: "10s",
          retry: { tryTimeout: "200ms" },
          deadlineHeader: "x-request-timeout",
        },
      },
      routes: { "/*": "up" },
    })
    while (silent.received.length === 0) expect(await ask(served.url, "/")).toMatchObject({ status: 200 })
    await silent.received[0]?.gone
    for (const { get } of [...silent.received, ...well.received]) {
      expect(Number(get("x-request-timeout"))).toBeGreaterThan(0)
      expect(Number(get("x-request-timeout"))).toBeLessThanOrEqual(200)
    }
  })
})

describe("a hedge", () => {
  it("takes the answer of the second upstream, and hangs up on the first", async () => {
    using silent = await rawUpstream(() => undefined)
    using well = await rawUpstream()
    await using served = await gateway({
      services: { up: { url: [silent.url, well.url], hedge: { after: "50ms" } } },
      routes: { "/*": "up" },
    })
    while (silent.received.length === 0) expect(await ask(served.url, "/")).toMatchObject({ status: 200, body: "ok" })
    await silent.received[0]?.gone
    expect(well.received.length).toBeGreaterThan(0)
  })
})
