import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

import fc from "fast-check"
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest"

import { typeCheck } from "../../src/config/type-check.ts"
import { writeTypes } from "../../src/config/types.ts"
import { GatewayError } from "../../src/core/errors.ts"
import type { Problem, Schema } from "../../src/core/schema.ts"
import { guards } from "../../src/services/guards/index.ts"
import { serviceOptions } from "../../src/services/options.ts"
import { guarded, refused, reply } from "../services/guards/guarded.ts"
import { exchange, failureOf } from "../support/exchange.ts"
import { written } from "./part-contract.ts"

// Every option of a guard, with values that a user could write; it must let an ordinary request through.
const samples = new Map<string, string>([
  ["concurrency", "{ limit: 100, queue: 50 }"],
  [
    "breaker",
    '{ failures: 60, window: "30s", minimum: 10, on: ["connect", 503], slow: { over: "1s", percent: 50 }, open: "5s", probes: 1, scope: "service" }',
  ],
  ["hedge", '{ after: "p95", budget: 5 }'],
  [
    "retry",
    '{ attempts: 2, on: ["connect", "closed", "timeout", "5xx", 429], methods: ["GET", "POST"], backoff: { first: "10ms", max: "2s" }, budget: 10, tryTimeout: "1s", bodyLimit: "1mb" }',
  ],
  ["outliers", '{ consecutive: 3, on: ["5xx"], eject: "10s", max: "1m", maxEjected: 30 }'],
  ["deadlineHeader", '"x-request-timeout"'],
])

const sampleOf = (name: string): string => {
  const sample = samples.get(name)
  if (sample === undefined) throw new Error(`Give the guard "${name}" a sample in this test.`)
  return sample
}

const running = ["concurrency", "breaker", "hedge", "retry", "outliers", "deadlineHeader"]

/** A config that takes every guard; each line after an expected error has to have one. */
const config = (): string => `import { defineGateway } from "bellhop"

const url = ["http://a", "http://b"]
export default defineGateway({
  services: {
    all: { url, ${guards.map(({ name }) => `${name}: ${sampleOf(name)}`).join(", ")} },
    short: { url, breaker: {}, retry: {}, outliers: {}, hedge: { after: "50ms" }, concurrency: { limit: 1 } },
    any: { url, retry: { methods: "all" } },
    // @ts-expect-error no such word
    word: { url, retry: { on: ["conect"] } },
    // @ts-expect-error no such method
    method: { url, retry: { methods: ["get"] } },
    // @ts-expect-error no such scope
    scope: { url, breaker: { scope: "route" } },
    // @ts-expect-error a number is no duration
    number: { url, hedge: { after: 50 } },
    // @ts-expect-error no such option
    option: { url, outliers: { consecutives: 5 } },
  },
  routes: { "/": "all" },
})
`

describe("the shelf of guards", () => {
  it("is in running order: who is refused costs nothing, and what is tried again counts once for those outside", () => {
    expect(guards.map(({ name }) => name)).toEqual(running)
  })

  it("gives a service an option for each, with its documentation, none of which a service has already", () => {
    for (const { name, about } of guards) expect(serviceOptions.fields?.[name]?.about).toBe(about)
    const own = ["url", "mock", "balance", "timeout", "health", "discover"]
    expect(guards.filter(({ name }) => own.includes(name))).toEqual([])
  })

  it("is written in a config as its types say", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bellhop-guards-"))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    mkdirSync(join(folder, "mocks"))
    writeTypes(folder)
    writeFileSync(join(folder, "gateway.config.ts"), config())
    expect(await typeCheck(join(folder, ".bellhop/tsconfig.json"))).toEqual([])
  })
})

describe.each(guards)("guard $name", (part) => {
  afterEach(() => void vi.restoreAllMocks())

  const built = (script = [reply(200)]) => guarded(part, written(sampleOf(part.name)), { script })

  it("has the name of its file, which exports it", async () => {
    const file = part.name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    expect(existsSync(fileURLToPath(new URL(`../../src/services/guards/${file}.ts`, import.meta.url)))).toBe(true)
    const module = (await import(`../../src/services/guards/${file}.ts`)) as Record<string, unknown>
    expect(module[part.name]).toBe(part)
  })

  it("says what it is for, in a sentence, and so does each of its options", () => {
    const undocumented = (fields: Schema<unknown>["fields"], path: string): string[] =>
      Object.entries(fields ?? {}).flatMap(([name, field]) => [
        ...(/^[A-Z"].*\.$/.test(field.about) ? [] : [`${path}${name}`]),
        ...undocumented(field.fields, `${path}${name}.`),
      ])
    expect(part.about).toMatch(/^[A-Z].*\.$/)
    expect(undocumented(part.options.fields, "")).toEqual([])
  })

  it("opens nothing and starts nothing when it is created", () => {
    const begun = [
      vi.spyOn(globalThis, "setTimeout"),
      vi.spyOn(globalThis, "setInterval"),
      vi.spyOn(globalThis, "setImmediate"),
      vi.spyOn(globalThis, "fetch"),
      vi.spyOn(Bun, "connect"),
      vi.spyOn(Bun, "listen"),
    ]
    const { guard, asked } = built()
    expect(guard.around ?? guard.watch).toBeTypeOf("function")
    expect(asked).toEqual([])
    for (const spy of begun) expect(spy).not.toHaveBeenCalled()
  })

  it.each(["GET", "POST"])("hands on the answer to an ordinary %s as it is, and asks once", async (method) => {
    const answer = reply(200, { "x-a": "1" }, "fine")
    const made = built([answer])
    const asked = exchange({ method, ...(method === "POST" ? { body: "sent" } : {}) })
    expect(await made.handle(asked)).toBe(answer)
    expect(answer).toEqual(reply(200, { "x-a": "1" }, "fine"))
    expect([made.asked.length, asked.isOver, asked.upstream]).toEqual([1, false, made.upstreams[0]])
  })

  it.each([
    ["of our own", new Error("mine")],
    ["of the client", new GatewayError("client_gone", "The client went away.")],
  ])("does not swallow a failure %s, nor does it again", async (_, error) => {
    const made = guarded(part, written(sampleOf(part.name)), { script: [error, error] })
    expect(await failureOf(() => made.handle(exchange()))).toBe(error)
    expect(made.asked.length).toBe(1)
  })

  it("never sends a POST twice that may have arrived, as long as nobody asks for that", async () => {
    const options = part.name === "retry" ? {} : written(sampleOf(part.name))
    for (const came of [reply(503), new GatewayError("bad_upstream", "Nonsense.")]) {
      const made = guarded(part, options, { script: [came] })
      await (async () => made.handle(exchange({ method: "POST", body: "once" })))().catch(() => undefined)
      expect(made.asked.length).toBe(1)
    }
  })

  it("leaves nothing behind when every upstream refuses", async () => {
    const made = guarded(part, written(sampleOf(part.name)), { script: Array.from({ length: 8 }, refused) })
    const asked = exchange()
    expect(await failureOf(() => made.handle(asked))).toMatchObject({ code: "unreachable", sent: false })
    expect(asked.isOver).toBe(false)
    // Whatever came before, the next one gets its answer.
    made.script.length = 0
    expect((await made.handle(exchange())).status).toBe(200)
  })

  it("finds problems in options that are nonsense, and never throws", () => {
    const nonsense = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true })
    const fields = Object.keys(part.options.fields ?? {}).map((name) => [name, nonsense] as const)
    const wrong = fc.oneof(nonsense, fc.record(Object.fromEntries(fields), { requiredKeys: [] }))
    fc.assert(
      fc.property(wrong, (value) => {
        const problems: Problem[] = []
        part.options.parse(value, ["here"], (problem) => void problems.push(problem))
        for (const { code, message, path } of problems) {
          expect(code).toMatch(/^E\d{3}$/)
          expect(message).toMatch(/[.?]$/)
          expect(path[0]).toBe("here")
        }
      }),
    )
  })
})
