import { readFileSync } from "node:fs"
import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { gateway } from "../support/gateway.ts"
import { receiver, type SentSpan } from "../support/otlp.ts"
import { ask } from "../support/raw.ts"
import { type RawUpstream, rawUpstream } from "../support/upstream.ts"

const json = (value: unknown, status = "200 OK"): string => {
  const body = JSON.stringify(value)
  return `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

// As the example that the project comes with has it.
const checkout = `"POST /checkout": {
  aggregate: {
    cart: "cart GET /cart",
    user: { call: "user GET /user", fallback: { name: "guest" } },
    charge: {
      call: "payment POST /charge",
      needs: ["cart"],
      body: ({ cart }) => ({ amount: cart.total, currency: cart.currency }),
    },
  },
}`

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736"
const parentId = "00f067aa0ba902b7"

/** Names of spans below those that they are within. */
function treeOf(spans: readonly SentSpan[], parent = parentId): unknown[] {
  return spans
    .filter(({ parentSpanId }) => parentSpanId === parent)
    .map(({ name, spanId }) => {
      const inside = treeOf(spans, spanId)
      return inside.length === 0 ? name : { [name]: inside }
    })
}

/** The span that a service was told of as its caller. */
const callerOf = ({ received }: RawUpstream, at = 0): string | undefined => received[at]?.get("traceparent")

describe("traces", () => {
  it.each(["protobuf", "json"])("of a checkout come to an OTLP receiver as a tree, in %s", async (format) => {
    using collector = receiver()
    using cart = await rawUpstream(({ target }) => json(target === "/cart" ? { total: 42, currency: "EUR" } : {}))
    let asked = 0
    using user = await rawUpstream(() => (++asked === 1 ? json({}, "503 Service Unavailable") : json({ name: "Ada" })))
    using payment = await rawUpstream(() => json({ paid: true }, "201 Created"))
    await using served = await gateway(`{
      observe: {
        otlp: { url: "${collector.url}", format: "${format}", every: "20ms" },
        log: { format: "json", to: { path: "access.log" }, fields: ["trace", "span"] },
      },
      services: {
        cart: "${cart.url}",
        user: { url: "${user.url}", retry: { backoff: { first: "1ms", max: "1ms" } } },
        payment: "${payment.url}",
      },
      routes: { ${checkout} },
    }`)
    const answer = await ask(served.url, "/checkout", {
      method: "POST",
      headers: [`traceparent: 00-${traceId}-${parentId}-01`, "tracestate: rojo=1", "baggage: tenant=7"],
      body: "{}",
    })
    expect(answer.status).toBe(200)
    await collector.has("spans", 8)

    const { spans } = collector
    expect(treeOf(spans)).toEqual([
      {
        "POST /checkout": [
          { "part cart": ["GET cart"] },
          { "part user": ["GET user", "GET user"] },
          { "part charge": ["POST payment"] },
        ],
      },
    ])
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]))
    const ofTries = (name: string): string[] =>
      spans.filter((span) => span.name === name).map(({ spanId }) => `00-${traceId}-${spanId}-01`)
    expect(callerOf(cart)).toBe(ofTries("GET cart")[0])
    expect([callerOf(user), callerOf(user, 1)]).toEqual(ofTries("GET user"))
    expect(callerOf(payment)).toBe(ofTries("POST payment")[0])
    for (const { received } of [cart, user, payment]) {
      expect(received[0]?.get("tracestate")).toBe("rojo=1")
      expect(received[0]?.get("baggage")).toBe("tenant=7")
    }

    const named = (name: string, at = 0): SentSpan => spans.filter((span) => span.name === name)[at] as SentSpan
    expect(named("POST /checkout")).toMatchObject({ kind: "SERVER", status: "UNSET" })
    expect(named("POST /checkout").attributes).toMatchObject({ "http.route": "/checkout", "url.path": "/checkout" })
    expect(named("GET user")).toMatchObject({ kind: "CLIENT", status: "ERROR" })
    expect(named("GET user").attributes).toMatchObject({ "http.response.status_code": 503, "error.type": "503" })
    expect(named("GET user", 1)).toMatchObject({ status: "UNSET" })
    expect(named("POST payment").attributes).toMatchObject({
      "http.response.status_code": 201,
      "server.address": "127.0.0.1",
    })
    // What needs the cart begins when that is there, and everything is within the exchange.
    expect(named("part charge").start).toBeGreaterThanOrEqual(named("part cart").end)
    for (const { start, end } of spans) {
      expect(start).toBeGreaterThanOrEqual(named("POST /checkout").start)
      expect(end).toBeLessThanOrEqual(named("POST /checkout").end)
    }
    served.kill("SIGTERM")
    await served.exited
    const line = JSON.parse(readFileSync(join(served.folder.path, "access.log"), "utf8")) as Record<string, unknown>
    expect(line).toMatchObject({ trace: traceId, span: named("POST /checkout").spanId })
    expect(collector.posted[0]?.resource).toMatchObject({ "service.name": "bellhop" })
    expect(collector.posted[0]?.headers.get("content-encoding")).toBe("gzip")
  })

  it("of what was answered last are sent before the gateway ends", async () => {
    using collector = receiver()
    using user = await rawUpstream()
    await using served = await gateway({
      observe: { otlp: { url: collector.url, every: "1h", send: ["traces", "logs"] } },
      services: { user: user.url },
      routes: { "GET /user": "user" },
    })
    const answer = await ask(served.url, "/user?token=secret")
    expect(answer.status).toBe(200)
    expect(collector.posted).toEqual([])
    served.kill("SIGTERM")
    await served.exited
    expect(collector.spans.map(({ name }) => name)).toEqual(["GET /user", "GET user"])
    const [line] = collector.posted.flatMap(({ logs }) => logs)
    expect(line).toMatchObject({ body: "GET /user 200", severity: "INFO", traceId: collector.spans[0]?.traceId })
    expect(line?.spanId).toBe(collector.spans[0]?.spanId)
  })

  it("are not all that is sent: metrics are those of /metrics", async () => {
    using collector = receiver()
    using user = await rawUpstream()
    await using served = await gateway({
      observe: { otlp: { url: collector.url, every: "5ms", metricsEvery: "5ms", send: ["metrics"] } },
      services: { user: user.url },
      routes: { "GET /user": "user" },
    })
    await ask(served.url, "/user")
    const countOf = (): unknown =>
      collector.posted
        .flatMap(({ metrics }) => metrics.filter(({ name }) => name === "bellhop_requests_total"))
        .at(-1)
        ?.points.find(({ attributes }) => attributes.route === "GET /user")?.asDouble
    while (countOf() === undefined) await collector.more()
    expect(countOf()).toBe(1)
    const scraped = await (await fetch(`${served.admin}/metrics`)).text()
    expect(scraped).toMatch(/^bellhop_otlp_items_total\{signal="metrics",outcome="sent"\} \d+$/m)
  })

  it("are none of the clients' business: exchanges go on while the receiver is away, or does not answer", async () => {
    using collector = receiver(() => new Promise<Response>(() => undefined))
    using user = await rawUpstream()
    await using served = await gateway({
      observe: { otlp: { url: collector.url, every: "1ms", queue: 256, timeout: "1h" } },
      services: { user: user.url },
      routes: { "GET /user": "user" },
    })
    for (let number = 0; number < 300; number++) expect((await ask(served.url, "/user")).status).toBe(200)
    served.kill("SIGTERM")
    expect(await served.exited).toBe(0)
  })

  it("that are not sampled have no spans but those that failed, and services are told", async () => {
    using collector = receiver()
    using user = await rawUpstream(({ target }) => json({}, target === "/bad" ? "500 Internal Server Error" : "200 OK"))
    await using served = await gateway({
      observe: { otlp: { url: collector.url, every: "1ms" }, traces: { sample: 0 } },
      services: { user: user.url },
      routes: { "GET /good": "user", "GET /bad": "user" },
    })
    await ask(served.url, "/good")
    await ask(served.url, "/bad")
    await collector.has("spans", 2)
    served.kill("SIGTERM")
    await served.exited
    expect(collector.spans.map(({ name, status }) => `${name} ${status}`)).toEqual(["GET /bad ERROR", "GET user ERROR"])
    expect(callerOf(user)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-02$/)
  })

  it("nobody asks for leave their headers as they come", async () => {
    using user = await rawUpstream()
    await using served = await gateway({ services: { user: user.url }, routes: { "GET /user": "user" } })
    await ask(served.url, "/user", { headers: ["traceparent: not-a-trace", "tracestate: ,,", "baggage: a=1", "b3: 0"] })
    const [asked] = user.received
    expect(asked?.get("traceparent")).toBe("not-a-trace")
    expect(asked?.get("tracestate")).toBe(",,")
    expect(asked?.get("baggage")).toBe("a=1")
    expect(asked?.get("b3")).toBe("0")
    await ask(served.url, "/user")
    expect(user.received[1]?.get("traceparent")).toBeUndefined()
  })

  it("go by B3 where the config asks for it", async () => {
    using user = await rawUpstream()
    await using served = await gateway({
      observe: { traces: { b3: "multi" } },
      services: { user: user.url },
      routes: { "GET /user": "user" },
    })
    await ask(served.url, "/user", {
      headers: [`X-B3-TraceId: ${traceId}`, `X-B3-SpanId: ${parentId}`, "X-B3-Sampled: 0"],
    })
    const [asked] = user.received
    expect(asked?.get("x-b3-traceid")).toBe(traceId)
    expect(asked?.get("x-b3-sampled")).toBe("0")
    expect(asked?.all("x-b3-spanid")).toHaveLength(1)
    expect(asked?.get("traceparent")).toBe(`00-${traceId}-${asked?.get("x-b3-spanid")}-00`)
  })
})
