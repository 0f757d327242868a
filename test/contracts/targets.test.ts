import { describe, expect, it } from "vitest"

import { GatewayError } from "../../src/core/errors.ts"
import type { Handler } from "../../src/core/handler.ts"
import { jsonReply, toResponse } from "../../src/core/reply.ts"
import { targets } from "../../src/targets/index.ts"
import { exchange, tools } from "../support/exchange.ts"
import { partContract, problemsOf, type Sample, typeErrors, written } from "./part-contract.ts"

// The keys that a target brings to a route, with values that a user could write.
const samples = new Map<string, Sample>([
  ["service", '{ service: "cart", path: "/v2/:id/*", failover: { service: "spare", on: ["down", 503] } }'],
  [
    "aggregate",
    `{ aggregate: { a: { call: "cart POST /a/:id?x=:id", body: () => 1, fallback: null, timeout: "1s" } }, response: ({ a }) => a }`,
  ],
  [
    "batch",
    '{ batch: { routes: ["/used", "/used/too"], limit: 5, concurrency: 2, maxBody: "8kb", maxAnswers: "1mb", inherit: ["Cookie"], stream: "ndjson" } }',
  ],
  ["mock", '{ mock: "mocks/orders.json" }'],
  ["redirect", '{ redirect: { to: "/new/:id/*", status: 302 } }'],
  ["reply", '{ reply: { status: 201, headers: { "x-a": "1" }, body: { a: [1] } } }'],
  ["handler", "{ handler: (_request, { params }) => ({ id: params.id }) }"],
])

const sampleOf = (name: string): Sample => {
  const sample = samples.get(name)
  if (sample === undefined) throw new Error(`Give the target "${name}" a sample in this test.`)
  return sample
}

const answer: Handler = () => jsonReply({ answered: true })

const down: Handler = () => Promise.reject(new GatewayError("unreachable", "Cannot reach it."))

/** A request that every target can take: a batch too. */
const ordinary = () =>
  exchange({
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '[{ "path": "/used" }]',
    params: { id: "7", "*": "a/b" },
  })

describe("the shelf of targets", () => {
  it("has each key of a route once", () => {
    const keys = targets.flatMap(({ options }) => Object.keys(options.fields ?? {}))
    expect(new Set(keys).size).toBe(keys.length)
  })

  it("has types that the type checker takes, and that take the samples", async () => {
    for (const { name } of targets) sampleOf(name)
    expect(await typeErrors(targets, samples)).toEqual([])
  })
})

describe.each(targets)("target $name", (part) => {
  const toolsOfTest = (service = answer) =>
    tools({ services: { cart: service, spare: service }, files: { "mocks/orders.json": answer }, gateway: answer })
  partContract("targets", part, sampleOf(part.name), toolsOfTest())

  const sample = () => written(sampleOf(part.name)) as Record<string, unknown>

  it("has a key of its own name, which has to be there", () => {
    expect(part.options.fields?.[part.name]?.optional).toBe(false)
    expect(problemsOf(sample())).toEqual([])
    const { [part.name]: _, ...rest } = sample()
    expect(problemsOf(rest).map(({ code }) => code)).toContain("E304")
  })

  it("answers an ordinary request with what can be sent", async () => {
    const handle = part.create(
      part.options.parse(sample(), [], () => {}),
      toolsOfTest(),
    )
    for (let time = 0; time < 2; time++) {
      const response = toResponse(await handle(ordinary()))
      expect(response.status).toBeGreaterThanOrEqual(200)
      expect(response.status).toBeLessThan(400)
      await response.text()
    }
  })

  it("says which services it calls, and calls no others", async () => {
    const options = part.options.parse(sample(), [], () => {})
    const called = new Set<string>()
    // Some are called only when another fails.
    for (const service of [answer, down]) {
      const given = toolsOfTest(service)
      await Promise.resolve(part.create(options, given)(ordinary())).catch(() => {})
      for (const { to } of given.calls) if (to !== "mocks/orders.json" && to !== "the gateway") called.add(to)
    }
    expect([...called]).toEqual([...new Set(part.uses?.(options) ?? [])])
  })

  // A sample with a service or a parameter in it must not be taken when it is one that is not there.
  for (const [word, other, code] of [
    ["cart ", "nobody ", "E301"],
    ['"cart"', '"nobody"', "E301"],
    [":id", ":nobody", "E307"],
    ["*", "*", "E307"],
  ] as const)
    if (sampleOf(part.name).includes(word))
      it(`refuses ${other} where that is not there, with ${code}`, () => {
        const route = written(sampleOf(part.name).replaceAll(word, other)) as Record<string, unknown>
        expect(problemsOf(route, undefined, "/x/:id").map((problem) => problem.code)).toContain(code)
      })
})
