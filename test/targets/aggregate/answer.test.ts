import { describe, expect, it } from "vitest"

import { aggregating, answering } from "./aggregating.ts"

const two = { a: "a GET /", b: "b GET /" }

describe("what an answer says about its parts", () => {
  it("is what became of each, in declared order, and whether it is complete", async () => {
    const { ask } = aggregating(
      {
        aggregate: {
          b: "b GET /",
          "größe, x": "a GET /",
          __proto__: "a GET /",
          c: { call: "bad GET /", fallback: 1 },
          d: { call: "bad GET /", required: false },
          e: { call: "a GET /", when: () => false },
        },
      },
      { a: answering(203), b: answering(200), bad: answering(500) },
    )
    const { headers } = await ask()
    expect(headers["x-bellhop-complete"]).toBe("false")
    expect(headers["x-bellhop-parts"]).toMatch(
      /^b=200;\d+ms, gr%C3%B6%C3%9Fe%2C%20x=203;\d+ms, c=fallback;\d+ms, d=failed;\d+ms, e=skipped$/,
    )
  })

  it("stands in the headers that the config names, or in none", async () => {
    const { ask } = aggregating(
      { aggregate: two, report: { parts: "X-Parts", complete: false } },
      { a: answering(200), b: answering(200) },
    )
    const { headers } = await ask()
    expect(Object.keys(headers).toSorted()).toEqual(["content-type", "x-parts"])
    const none = aggregating({ aggregate: two, report: { parts: false } }, { a: answering(200), b: answering(200) })
    expect((await none.ask()).headers).toMatchObject({ "x-bellhop-complete": "true" })
  })

  it("stands beside a Response of the config's own", async () => {
    const response = () => new Response("x", { headers: { "cache-control": "max-age=9" } })
    const fine = aggregating({ aggregate: two, response }, { a: answering(200), b: answering(200) })
    expect(await fine.ask()).toMatchObject({
      text: "x",
      parts: "a=200, b=200",
      complete: "true",
      headers: { "cache-control": "max-age=9" },
    })
    const partial = aggregating(
      { aggregate: { a: { call: "a GET /", fallback: 1 }, b: "b GET /" }, response },
      { a: answering(500), b: answering(200) },
    )
    expect(await partial.ask()).toMatchObject({ complete: "false", headers: { "cache-control": "no-store" } })
  })
})

describe("an answer that mocks had a part in", () => {
  it("says so, by the parts whose services they stand in for", async () => {
    const mock = (file: string) => answering(200, 1, { "x-bellhop-source": file })
    const { ask } = aggregating(
      { aggregate: { a: "a GET /", b: "b GET /", c: { call: "c GET /:item", forEach: "body.ids" } } },
      { a: mock("mock; file=mocks/a.json"), b: answering(200), c: mock("fallback; file=mocks/c.json") },
    )
    expect(await ask({ method: "POST", body: '{"ids":[1,2]}' })).toMatchObject({
      headers: { "x-bellhop-source": "mock; part=a, fallback; part=c" },
    })
  })
})

describe("how long an answer may be kept", () => {
  const kept = async (
    a: Record<string, string>,
    b: Record<string, string>,
    parts: object = two,
  ): Promise<unknown[]> => {
    const { ask } = aggregating({ aggregate: parts }, { a: answering(200, 1, a), b: answering(200, 2, b) })
    const { headers } = await ask()
    return [headers["cache-control"], headers.vary]
  }
  const control = (value: string): Record<string, string> => ({ "cache-control": value })

  it.each([
    ["the shortest counts", control("max-age=60"), control("public, max-age=30"), "max-age=30"],
    ["what is left of it counts", { ...control("max-age=60"), age: "40" }, control("max-age=30"), "max-age=20"],
    ["never less than nothing", { ...control("max-age=60"), age: "90" }, control("max-age=30"), "max-age=0"],
    ["the shorter of two counts", control("max-age=60, s-maxage=10"), control("s-maxage=30"), "max-age=10"],
    ["private if any is", control("private, max-age=60"), control("max-age=90"), "private, max-age=60"],
    ["not at all if any may not", control("no-store"), control("max-age=90"), "no-store"],
    ["not at all if any has to be asked about", control("max-age=60, no-cache"), control("max-age=90"), "no-store"],
    ["nothing where one says nothing", control("max-age=60"), {}, undefined],
    ["nothing where one says nothing about time", control("private"), control("max-age=60"), undefined],
    ["what is no number is stale", control("max-age=soon"), control("max-age=60"), "max-age=0"],
    ["quotes do not count", control('max-age="60"'), control("MAX-AGE=70"), "max-age=60"],
  ])("%s", async (_, a, b, expected) => {
    expect(await kept(a, b)).toEqual([expected, undefined])
    expect(await kept(b, a)).toEqual([expected, undefined])
  })

  it("depends on all headers that any of them depends on", async () => {
    const a = { ...control("max-age=1"), vary: "Accept-Language, X-A" }
    expect(await kept(a, { ...control("max-age=1"), vary: "x-a, cookie" })).toEqual([
      "max-age=1",
      "accept-language, x-a, cookie",
    ])
    expect(await kept(a, { ...control("max-age=1"), vary: "*" })).toEqual(["no-store", undefined])
  })

  it("is no time where something was changed, stands in or was skipped", async () => {
    const fresh = control("max-age=60")
    expect(await kept(fresh, fresh, { ...two, c: "a POST /" })).toEqual(["no-store", undefined])
    expect(await kept(fresh, fresh, { ...two, c: { service: "a", request: () => ({ path: "/", body: 1 }) } })).toEqual([
      "no-store",
      undefined,
    ])
    expect(await kept(fresh, fresh, { ...two, c: { service: "a", request: () => ({ path: "/" }) } })).toEqual([
      "max-age=60",
      undefined,
    ])
    expect(await kept(fresh, fresh, { ...two, c: { call: "a GET /", when: () => false } })).toEqual([
      undefined,
      undefined,
    ])
  })

  it("is the shortest of all items and of all parts inside parts", async () => {
    const { ask } = aggregating(
      { aggregate: { x: { forEach: "body.ids", aggregate: { a: "a GET /:item" } } } },
      { a: (asked) => answering(200, 1, control(`max-age=${asked.path.slice(1)}`))() },
    )
    expect((await ask({ method: "POST", body: '{"ids":[9,3,5]}' })).headers["cache-control"]).toBe("max-age=3")
  })
})

describe("an answer that is nested too deeply", () => {
  it.each([undefined, "deep"])("is a failure of the services, merged %s", async (merge) => {
    const deep = `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`
    const { ask } = aggregating(
      { aggregate: two, ...(merge && { merge }) },
      { a: answering(200, deep), b: answering(200, deep) },
    )
    expect(await ask()).toMatchObject({ status: 502, body: { code: "bad_upstream" } })
  })
})

describe("pass", () => {
  it("hands headers on: every cookie, and of others the one of the part that is declared later", async () => {
    const { ask } = aggregating(
      {
        aggregate: {
          a: { call: "a GET /", pass: ["X-Total", "set-cookie", "x-none"] },
          b: { call: "b GET /", pass: ["x-total", "set-cookie"] },
          c: "b GET /",
        },
      },
      {
        a: answering(200, 1, [
          ["x-total", "1"],
          ["set-cookie", "a=1"],
          ["set-cookie", "b=2"],
          ["x-secret", "1"],
        ]),
        b: answering(200, 2, [
          ["x-total", "2"],
          ["x-total", "3"],
          ["set-cookie", "c=3"],
        ]),
      },
    )
    const { headers } = await ask()
    expect(headers).toMatchObject({ "x-total": "2, 3", "set-cookie": "a=1 | b=2 | c=3" })
    expect(Object.keys(headers)).not.toContain("x-secret")
    expect(Object.keys(headers)).not.toContain("x-none")
  })

  it("hands on what every item of a list has", async () => {
    const { ask } = aggregating(
      { aggregate: { a: { call: "a GET /:item", forEach: "body.ids", pass: ["set-cookie", "x-last"] } } },
      {
        a: (asked) =>
          answering(200, 1, [
            ["set-cookie", `c${asked.path.slice(1)}=1`],
            ["x-last", asked.path],
          ])(),
      },
    )
    expect((await ask({ method: "POST", body: '{"ids":[1,2]}' })).headers).toMatchObject({
      "set-cookie": "c1=1 | c2=1",
      "x-last": "/2",
    })
  })

  it("hands on nothing of what stands in, and leaves alone what the config's own Response says", async () => {
    const mocks = { s: answering(200, 1, { "x-a": "mock" }) }
    const { ask } = aggregating(
      { aggregate: { a: { call: "s GET /", fallbackMock: true, pass: ["x-a"] } } },
      { s: answering(500) },
      { mocks },
    )
    expect((await ask()).headers["x-a"]).toBeUndefined()
    const own = aggregating(
      {
        aggregate: { a: { call: "s GET /", pass: ["x-a", "x-b", "set-cookie"] } },
        response: () => new Response("", { headers: { "x-a": "own", "set-cookie": "own=1" } }),
      },
      { s: answering(200, 1, { "x-a": "part", "x-b": "part", "set-cookie": "part=1" }) },
    )
    expect((await own.ask()).headers).toMatchObject({ "x-a": "own", "x-b": "part", "set-cookie": "own=1 | part=1" })
  })
})
