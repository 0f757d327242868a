import { describe, expect, it } from "vitest"

import type { ServiceOptions } from "../../src/services/options.ts"
import { createService, isUp } from "../../src/services/service.ts"
import { exchange, failureOf, tools, valueOf } from "../support/exchange.ts"

const make = (given: string | Partial<ServiceOptions>) => {
  const options =
    typeof given === "string"
      ? given
      : { url: undefined, mock: undefined, balance: "roundRobin", timeout: undefined, ...given }
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
  ] as [string | Partial<ServiceOptions>, string][])("of %j is %s", (given, mode) => {
    expect(make(given).service).toMatchObject({ name: "user", mode })
  })

  it("has an upstream for each URL, its base path without a slash at the end", () => {
    const { service } = make({ url: ["http://a:4001/", "https://b/base/", "http://[::1]:8080/x"] })
    expect(service.upstreams.map(({ url, host, basePath }) => [url, host, basePath])).toEqual([
      ["http://a:4001/", "a:4001", ""],
      ["https://b/base/", "b", "/base"],
      ["http://[::1]:8080/x", "[::1]:8080", "/x"],
    ])
  })

  it("answers from its mocks when that is its mode, whether or not it has a URL", async () => {
    for (const given of [{}, { mock: "mock" as const, url: "http://localhost:4001" }]) {
      const { service, calls } = make(given)
      const asked = exchange()
      expect(await valueOf(await service.answer(asked))).toBe("from the mock")
      expect(calls).toEqual([{ to: "mock of user", exchange: asked }])
    }
  })

  it("answers from its mocks as a fallback when it has nobody to ask, body and all", async () => {
    const { service, calls } = make({ mock: "fallback" })
    const reply = await service.answer(exchange({ method: "POST", body: "sent" }))
    expect(await valueOf(reply)).toBe("from the mock")
    expect(calls.map(({ to }) => to)).toEqual(["fallback of user"])
    expect(await new Response(calls[0]?.exchange.body).text()).toBe("sent")
  })

  it("takes no mock for a client that is gone", async () => {
    const { service, calls } = make({ mock: "fallback" })
    const asked = exchange()
    asked.end(new Error("The client went away."))
    await failureOf(() => service.answer(asked))
    expect(calls).toEqual([])
  })

  it("is unavailable when it has nobody to ask", async () => {
    expect(await failureOf(() => make({ mock: "real" }).service.answer(exchange()))).toMatchObject({
      code: "unavailable",
      status: 503,
      message: 'Service "user" has no upstream.',
    })
  })

  it("shares the connections to one address between services, and over a reload", () => {
    const used = tools()
    const [one, two] = ["one", "two"].map((name) => createService(name, "http://localhost:4001/base", used))
    expect(one?.upstreams[0]?.pool).toBe(two?.upstreams[0]?.pool)
    const other = createService("other", "https://localhost:4001", used)
    expect(other.upstreams[0]?.pool).not.toBe(one?.upstreams[0]?.pool)
  })
})

describe("isUp()", () => {
  it("asks nobody about a service that is mocked", async () => {
    expect(await isUp(make({}).service)).toBeUndefined()
  })
})
