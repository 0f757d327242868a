import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import { jsonReply } from "../../../src/core/reply.ts"
import type { Answer } from "../../support/exchange.ts"
import { aggregating, answering } from "./aggregating.ts"

// What README.md has a table of: whatever can go wrong with a part, in every way to put up with it, at every place.

interface Failure {
  readonly answer: Answer
  /** Undefined: it is none. */
  readonly fails: { status: number; code: string; reason: string } | undefined
}

const failures: Record<string, Failure> = {
  down: {
    answer: () => Promise.reject(new GatewayError("unreachable", 'Cannot reach service "s".')),
    fails: { status: 502, code: "unreachable", reason: 'failed: Cannot reach service "s"' },
  },
  slow: {
    answer: () => new Promise(() => undefined),
    fails: { status: 504, code: "timeout", reason: "failed: No answer within 1s" },
  },
  "404": {
    answer: answering(404, { secret: 1 }),
    fails: { status: 404, code: "error_status", reason: "answered 404" },
  },
  "500": {
    answer: answering(500, { secret: 1 }),
    fails: { status: 500, code: "error_status", reason: "answered 500" },
  },
  "invalid JSON": {
    answer: answering(200, '{"v":'),
    fails: { status: 502, code: "invalid_answer", reason: "did not answer with JSON" },
  },
  "wrong type": {
    answer: answering(200, { w: 1 }),
    fails: { status: 502, code: "wrong_type", reason: "answered with a value of the wrong type" },
  },
  "empty body": { answer: answering(200, ""), fails: undefined },
}

interface Setting {
  readonly options: object
  /** What the part then is, and what is said about it; undefined: the whole fails. */
  readonly stands: ((failure: Failure) => [value: unknown, told: string]) | undefined
}

const settings: Record<string, Setting> = {
  required: { options: {}, stands: undefined },
  "required: false": { options: { required: false }, stands: () => [null, "failed"] },
  "fallback value": { options: { fallback: { v: "f" } }, stands: () => [{ v: "f" }, "fallback"] },
  "fallback function": {
    options: { fallback: ({ status, code }: { status: number; code: string }) => ({ v: `${status} ${code}` }) },
    stands: ({ fails }) => [{ v: `${fails?.status} ${fails?.code}` }, "fallback"],
  },
  fallbackMock: { options: { fallbackMock: true }, stands: () => [{ v: "m" }, "mock"] },
  fallbackLast: { options: { fallbackLast: "10m" }, stands: () => [{ v: "last" }, "last"] },
}

interface Place {
  parts(bad: object): object
  /** The answer, and what is said about the parts, when the part that failed is this. */
  expected(value: unknown, told: string, setting: string): [body: unknown, parts: string]
  /** The name of what failed. */
  readonly name: string
}

const tail = (value: unknown): string =>
  typeof value === "object" && value !== null && "v" in value ? `?v=${encodeURIComponent(String(value.v))}` : ""

const places: Record<string, Place> = {
  "in parallel": {
    parts: (bad) => ({ good: "good GET /", bad: { call: "s GET /bad", ...bad } }),
    expected: (value, told) => [{ good: "/", bad: value }, `good=200, bad=${told}`],
    name: "bad",
  },
  "in a chain": {
    parts: (bad) => ({
      first: "good GET /first",
      bad: { call: "s GET /bad?of=:first", ...bad },
      last: "good GET /last?v=:bad.v",
    }),
    expected: (value, told) => [
      { first: "/first", bad: value, last: `/last${tail(value)}` },
      `first=200, bad=${told}, last=200`,
    ],
    name: "bad",
  },
  "in forEach": {
    parts: (bad) => ({ bad: { call: "s GET /:item", forEach: "body.ids", ...bad } }),
    expected: (value, told, setting) =>
      setting === "required: false" && told === "failed"
        ? [{ bad: null }, "bad=failed"]
        : [{ bad: [{ v: 1 }, value] }, told === "200" ? "bad=200*2" : `bad=200*1+${told}*1`],
    name: "bad[1]",
  },
}

describe.each(Object.entries(places))("a part %s", (place, { parts, expected, name }) => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    vi.advanceTimersByTime(100)
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  describe.each(Object.entries(settings))("with %s", (setting, { options, stands }) => {
    it.each(Object.entries(failures))("when its service is or gives: %s", async (kind, failure) => {
      let isUp = setting === "fallbackLast"
      const schema = kind === "wrong type" ? { schema: { type: "object", required: ["v"] } } : {}
      const { ask } = aggregating(
        { aggregate: parts({ ...options, ...schema, timeout: "1s" }) },
        {
          good: ({ path, search }) => jsonReply(path + search),
          s(asked) {
            if (place === "in forEach" && asked.path === "/1") return jsonReply({ v: 1 })
            if (isUp) return jsonReply({ v: "last" })
            return typeof failure.answer === "function" ? failure.answer(asked) : jsonReply(failure.answer.json)
          },
        },
        { mocks: { s: { json: { v: "m" } } } },
      )
      const asked = { method: "POST", body: '{"ids":[1,2]}' }
      if (isUp) await ask(asked)
      isUp = false
      const got = ask(asked)
      await vi.advanceTimersByTimeAsync(1100)
      const { status, text, headers } = await got
      const { fails } = failure
      const seen = { status, text, headers: { ...headers, ...times(headers) } }

      if (fails && !stands) {
        const detail = `Part "${name}" ${fails.reason}.`
        expect(seen).toEqual({
          status: fails.status,
          text: JSON.stringify({
            type: "urn:bellhop:part_failed",
            title: "A part of the answer failed",
            status: fails.status,
            code: "part_failed",
            detail,
            exchange: "test-1",
            errors: [{ part: name, status: fails.status, code: fails.code, detail }],
          }),
          headers: { "content-type": "application/problem+json", "cache-control": "no-store" },
        })
        return
      }
      const [value, told] = fails && stands ? stands(failure) : [null, "200"]
      const [body, said] = expected(value, told, setting)
      expect(seen).toEqual({
        status: 200,
        text: JSON.stringify(body),
        headers: {
          "content-type": "application/json",
          ...(fails ? { "cache-control": "no-store" } : {}),
          "x-bellhop-parts": said,
          "x-bellhop-complete": fails ? "false" : "true",
        },
      })
    })
  })
})

/** Without how long it took. */
function times(headers: Readonly<Record<string, string>>): Record<string, string> {
  const parts = headers["x-bellhop-parts"]
  return parts === undefined ? {} : { "x-bellhop-parts": parts.replace(/;\d+ms/g, "") }
}
