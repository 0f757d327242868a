import { describe, expect, it } from "vitest"

import { GatewayError } from "../../src/core/errors.ts"
import { service } from "../../src/services/options.ts"
import { createService, isUp } from "../../src/services/service.ts"
import { exchange, failureOf, tools, valueOf } from "../support/exchange.ts"

/** A service as a config writes it; its mocks are those of the test. */
function make(given: unknown) {
  const options = service.parse(given, [], ({ message }) => {
    throw new Error(message)
  })
  const used = tools({ mocks: { user: { json: "from the mock" } } })
  return { service: createService("user", options, used), calls: used.calls }
}

describe("createService()", () => {
  it.each([
    ["http://localhost:4001", "real"],
    [{ url: "http://localhost:4001" }, "real"],
    [{}, "mock"],
    [{ mock: "mock", url: "http://localhost:4001" }, "mock"],
    [{ mock: "real", url: "http://localhost:4001" }, "real"],
    [{ mock: "fallback", url: "http://localhost:4001" }, "fallback"],
  ])("of %j is %s", (given, mode) => {
    expect(make(given).service).toMatchObject({ name: "user", mode })
  })

  it("has an upstream for each URL, its base path without a slash at the end", () => {
    const { service: made } = make({ url: ["http://a:4001/", "https://b/base/", "http://[::1]:8080/x"] })
    expect(made.upstreams.all.map(({ url, host, basePath }) => [url, host, basePath])).toEqual([
      ["http://a:4001/", "a:4001", ""],
      ["https://b/base/", "b", "/base"],
      ["http://[::1]:8080/x", "[::1]:8080", "/x"],
    ])
  })

  it("answers from its mocks when that is its mode, whether or not it has a URL", async () => {
    for (const given of [{}, { mock: "mock" as const, url: "http://localhost:4001" }]) {
      const { service: made, calls } = make(given)
      const asked = exchange()
      expect(await valueOf(await made.answer(asked))).toBe("from the mock")
      expect(calls).toEqual([{ to: "mock of user", exchange: asked }])
    }
  })

  it("answers from its mocks as a fallback when it has nobody to ask, body and all", async () => {
    const { service: made, calls } = make({ mock: "fallback" })
    const reply = await made.answer(exchange({ method: "POST", body: "sent" }))
    expect(await valueOf(reply)).toBe("from the mock")
    expect(calls.map(({ to }) => to)).toEqual(["fallback of user"])
    expect(await new Response(calls[0]?.exchange.body).text()).toBe("sent")
  })

  it("takes no mock for an exchange that nobody waits for any more", async () => {
    const { service: made, calls } = make({ mock: "fallback" })
    const asked = exchange()
    asked.end(new GatewayError("timeout", "No answer within 1s."))
    await failureOf(() => made.answer(asked))
    expect(calls).toEqual([])
  })

  it("is unavailable when it has nobody to ask", async () => {
    expect(await failureOf(() => make({ mock: "real" }).service.answer(exchange()))).toMatchObject({
      code: "unavailable",
      status: 503,
      message: 'Cannot reach service "user": it has no upstream.',
    })
  })

  it("shares the connections to one address between services, and nothing else", () => {
    const used = tools()
    const [one, two, other] = [
      createService("one", "http://localhost:4001/base", used),
      createService("two", "http://localhost:4001", used),
      createService("other", "https://localhost:4001", used),
    ].map(({ upstreams }) => upstreams.all[0])
    expect(one?.pool).toBe(two?.pool)
    expect(one?.state).not.toBe(two?.state)
    expect(one?.pool).not.toBe(other?.pool)
  })

  it("keeps its connections and what it knows of its upstreams over a reload", () => {
    const used = tools()
    const [before, after] = [1, 2].map(() => createService("user", "http://localhost:4001", used).upstreams.all[0])
    expect([after?.pool, after?.state]).toEqual([before?.pool, before?.state])
    expect(after?.state).toBe(before?.state)
  })
})

describe("isUp()", () => {
  it("asks nobody about a service that is mocked", async () => {
    expect(await isUp(make({}).service)).toBeUndefined()
  })
})
