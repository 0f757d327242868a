import { afterEach, describe, expect, it, vi } from "vitest"

import { check } from "../../src/config/check.ts"
import { policiesOf } from "../../src/config/route.ts"
import type { Handler } from "../../src/core/handler.ts"
import { jsonReply, type Reply } from "../../src/core/reply.ts"
import { compile, type Gateway } from "../../src/gateway/compile.ts"
import { policies } from "../../src/policies/index.ts"
import {
  type Answer,
  type Asked,
  exchange,
  linesOf,
  type TestTools,
  textOf,
  tools,
  valueOf,
} from "../support/exchange.ts"

/** A gateway out of a config as it is written; its services are mocks of the test. */
function gateway(config: object, mocks: Record<string, Answer> = {}): Gateway & Pick<TestTools, "calls" | "logged"> {
  const services = Object.fromEntries(Object.keys(mocks).map((name) => [name, {}]))
  const { config: checked, problems } = check({ services, ...config })
  const wrong = problems.filter(({ code }) => code !== "E504")
  if (wrong.length > 0) throw new Error(wrong.map(({ message }) => message).join(" "))
  const ground = tools({ mocks })
  return { ...compile(checked, ground), calls: ground.calls, logged: ground.logged }
}

async function ask(from: Gateway, request: string, asked: Asked = {}): Promise<Reply & { counted: string }> {
  const [method = "GET", path = "/"] = request.split(" ")
  const counted: string[] = []
  const reply = await from.answer(exchange({ method, path, ...asked }), (route, status) =>
    counted.push(`${route} ${status}`),
  )
  expect(counted).toHaveLength(1)
  return { ...reply, counted: counted[0] ?? "" }
}

afterEach(() => void vi.restoreAllMocks())

describe("policiesOf()", () => {
  const names = (route: object, defaults?: object): string[] => {
    const { config } = check({ ...(defaults ? { defaults } : {}), routes: { "/x": { reply: {}, ...route } } })
    const choice = config.routes[0]?.choices[0]
    return choice ? policiesOf(choice, config).map(({ part }) => part.name) : []
  }
  const standard = policies.flatMap((part) => (part.standard === undefined ? [] : [part.name]))

  it("has the standard ones where the config says nothing", () => {
    expect(standard).toContain("requestId")
    expect(standard).toContain("timeout")
    expect(names({})).toEqual(standard)
  })

  it("has those of the shelf in its order, however the config is written", () => {
    const written = { timeout: "1s", headers: {}, bodyLimit: "1kb", requestId: {} }
    const expected = policies.map(({ name }) => name).filter((name) => Object.hasOwn(written, name))
    expect(names(written)).toEqual(expected)
    expect(names(Object.fromEntries(Object.entries(written).reverse()))).toEqual(expected)
    expect(names({ bodyLimit: "1kb" }, { headers: {} })).toEqual(expected)
  })

  it("leaves out what is switched off, for one route or for all", () => {
    expect(names({ timeout: false })).not.toContain("timeout")
    expect(names({}, { timeout: false })).not.toContain("timeout")
    expect(names({ timeout: "1s" }, { timeout: false })).toContain("timeout")
    expect(names({ bodyLimit: false }, { bodyLimit: "1kb" })).not.toContain("bodyLimit")
  })

  it("prefers the options of the route over those of all, and these over the standard", () => {
    const timeout = (route: object, defaults: object): unknown => {
      const { config } = check({ defaults, routes: { "/x": { reply: {}, ...route } } })
      const choice = config.routes[0]?.choices[0]
      return choice && policiesOf(choice, config).find(({ part }) => part.name === "timeout")?.options
    }
    expect([timeout({}, {}), timeout({}, { timeout: "2s" }), timeout({ timeout: "3s" }, { timeout: "2s" })]).toEqual([
      30_000, 2000, 3000,
    ])
  })
})

describe("compile()", () => {
  it("runs policies from the first of the shelf inwards, and back out", async () => {
    const order: string[] = []
    for (const part of policies)
      vi.spyOn(part, "create").mockImplementation(() => (next: Handler) => async (asked) => {
        order.push(part.name)
        const reply = await next(asked)
        order.push(`/${part.name}`)
        return reply
      })
    const all = { headers: {}, timeout: "1s", requestId: {}, bodyLimit: "1kb" }
    await ask(gateway({ routes: { "/x": { reply: {}, ...all } } }), "GET /x")
    const names = policies.map(({ name }) => name).filter((name) => Object.hasOwn(all, name))
    expect(order).toEqual([...names, ...names.toReversed().map((name) => `/${name}`)])
  })

  it("tells the exchange which route took it", async () => {
    const made = gateway({ routes: { "GET /users/:id": "user" } }, { user: ({ route }) => jsonReply({ route }) })
    expect(await valueOf(await ask(made, "GET /users/7"))).toEqual({ route: "GET /users/:id" })
  })

  it("builds each service once, however many routes use it", async () => {
    const mocks = vi.fn(() => () => Promise.reject(new Error("not asked")))
    const { config } = check({ services: { user: {}, cart: {} }, routes: { "/a": "user", "/b": "user", "/c": "cart" } })
    const { services } = compile(config, { ...tools(), mocks })
    expect(mocks.mock.calls).toEqual([
      ["user", "mock"],
      ["cart", "mock"],
    ])
    expect([...services.keys()]).toEqual(["user", "cart"])
  })

  it("answers with the target of the route, its parameters as the client wrote them", async () => {
    const made = gateway(
      { routes: { "GET /users/:id": { service: "user", path: "/v2/:id" }, "/": { reply: { body: "home" } } } },
      { user: (asked) => ({ status: 200, headers: exchange().headers, body: asked.rawPath }) },
    )
    const reply = await ask(made, "GET //users/%41%2f")
    expect([await textOf(reply.body), reply.counted]).toEqual(["/v2/%41%2f", "GET /users/:id 200"])
    expect(await textOf((await ask(made, "POST /")).body)).toBe("home")
  })

  it("finds no route, and says so under the name of none", async () => {
    const reply = await ask(gateway({ routes: { "/x": { reply: {} } } }), "GET /y")
    expect(reply).toMatchObject({ status: 404, counted: " 404" })
    expect(await valueOf(reply)).toMatchObject({
      code: "route_not_found",
      detail: "No route for GET /y.",
      exchange: "test-1",
    })
  })

  it("says which methods a path takes when it is another", async () => {
    const made = gateway({ routes: { "GET,POST /x": { reply: {} }, "DELETE /:any": { reply: {} } } })
    const reply = await ask(made, "PUT /x")
    expect([reply.status, reply.headers.get("allow")?.split(", ").sort(), reply.counted]).toEqual([
      405,
      ["DELETE", "GET", "HEAD", "OPTIONS", "POST"],
      " 405",
    ])
    expect(await valueOf(reply)).toMatchObject({ code: "method_not_allowed" })
    const options = await ask(made, "OPTIONS /x")
    expect([options.status, options.headers.get("allow"), options.body]).toEqual([
      204,
      reply.headers.get("allow"),
      null,
    ])
    expect((await ask(made, "OPTIONS /x/y")).status).toBe(404)
  })

  it("lets a route answer OPTIONS itself", async () => {
    const made = gateway({ routes: { "OPTIONS /x": { reply: { body: "mine" } }, "GET /x": { reply: {} } } })
    expect(await textOf((await ask(made, "OPTIONS /x")).body)).toBe("mine")
  })

  it("tries choices in order, each with policies of its own", async () => {
    const made = gateway({
      routes: {
        "/x": [
          {
            when: { header: { "x-v": "1" } },
            reply: { body: "one" },
            headers: { response: { set: { "x-by": "one" } } },
          },
          { when: { query: { v: true } }, reply: { body: "two" } },
          { reply: { body: "rest" } },
        ],
        "/y": [{ when: { query: { v: "1" } }, reply: {} }],
      },
    })
    const one = await ask(made, "GET /x?v", { headers: { "x-v": "1" } })
    expect([one.body, one.headers.get("x-by")]).toEqual(["one", "one"])
    const two = await ask(made, "GET /x?v")
    expect([two.body, two.headers.has("x-by")]).toEqual(["two", false])
    expect((await ask(made, "GET /x")).body).toBe("rest")
    expect((await ask(made, "GET /y?v=1")).status).toBe(200)
    const none = await ask(made, "GET /y?v=2")
    expect([none.status, none.counted]).toEqual([404, "/y 404"])
  })

  it.each([
    [
      "at once",
      () => {
        throw new Error("hunter2")
      },
    ],
    ["later", async () => Promise.reject(new Error("hunter2"))],
  ])("answers a handler that throws %s with a 500 without details, counted for its route", async (_, handler) => {
    const made = gateway({ routes: { "/x": { handler } } })
    const reply = await ask(made, "GET /x")
    expect([reply.status, reply.counted]).toEqual([500, "/x 500"])
    expect(await textOf(reply.body)).not.toContain("hunter2")
    expect(made.logged).toMatchObject([{ level: "error", error: new Error("hunter2") }])
  })

  it("names every answer of a route, failures too", async () => {
    const made = gateway({
      routes: {
        "/ok": { reply: {} },
        "/bad": { handler: () => Promise.reject(new Error("no")) },
        "/large": { reply: {}, bodyLimit: "1b" },
        "/quiet": { reply: {}, requestId: false },
      },
    })
    const id = async (request: string, asked: Asked = {}) =>
      (await ask(made, request, { headers: { "x-request-id": "theirs" }, ...asked })).headers.all("x-request-id")
    expect(await id("GET /ok")).toEqual(["theirs"])
    expect(await id("GET /bad")).toEqual(["theirs"])
    const headers = { "x-request-id": "theirs", "content-length": "2" }
    expect(await id("POST /large", { headers, body: "ab" })).toEqual(["theirs"])
    expect(await id("GET /quiet")).toEqual([])
  })

  it("gives exchanges nothing of each other", async () => {
    const made = gateway({ routes: { "/:a": { reply: { body: "x", headers: { "x-a": "1" } } } } })
    const [one, two] = await Promise.all([ask(made, "GET /1"), ask(made, "GET /2")])
    one.headers.set("x-a", "changed")
    expect(linesOf(two.headers)).toContainEqual(["x-a", "1"])
  })
})

describe("compile(), of routes that come to the same,", () => {
  const services = { shop: {} }
  const handles = (routes: object, defaults: object = {}) => {
    const { routes: made } = gateway({ services, defaults, routes }, { shop: { json: 1 } })
    return made.map(({ handle }) => handle)
  }

  it("builds one handler for all of them", () => {
    const [one, two, other] = handles({ "/a": "shop", "/b/:id": "shop", "/c": { service: "shop", path: "/x" } })
    expect(one).toBe(two)
    expect(other).not.toBe(one)
  })

  it("builds another one where a policy is the route's own, or keeps something of its own", () => {
    const [one, own] = handles({ "/a": "shop", "/b": { service: "shop", timeout: "1s" } })
    expect(own).not.toBe(one)
    const [first, second] = handles({ "/a": "shop", "/b": "shop" }, { mirror: { service: "shop" } })
    expect(second).not.toBe(first)
  })

  it("counts each of them for itself", async () => {
    const made = gateway({ services, routes: { "/a": "shop", "/b": "shop" } }, { shop: { json: 1 } })
    expect([(await ask(made, "GET /a")).counted, (await ask(made, "GET /b")).counted]).toEqual(["/a 200", "/b 200"])
  })
})
