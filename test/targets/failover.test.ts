import { describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../src/core/errors.ts"
import type { Handler } from "../../src/core/handler.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { service } from "../../src/targets/service.ts"
import { exchange, failureOf, streamOf, textOf, tools } from "../support/exchange.ts"
import { built, problemsOf } from "./checked.ts"

/** Answers with the path that it was asked for and the body that it got. */
const echo =
  (status = 200): Handler =>
  async ({ rawPath, search, body }) => ({
    status,
    headers: new HeaderList(),
    body: `${rawPath}${search} ${await textOf(body)}`,
  })

const fails =
  (code: ConstructorParameters<typeof GatewayError>[0]): Handler =>
  () => {
    throw new GatewayError(code, code)
  }

function failingOver(first: Handler, other: Handler = echo(), options: object = { failover: "other" }) {
  const given = tools({ services: { first, other } })
  return { handle: built(service, { service: "first", ...options }, given), calls: given.calls }
}

describe("failover", () => {
  it("leaves the answer of the first service as it is, and asks nobody else", async () => {
    const { handle, calls } = failingOver(echo(500))
    const reply = await handle(exchange({ method: "POST", path: "/a?b", body: "text" }))
    expect([reply.status, await textOf(reply.body), [...reply.headers]]).toEqual([500, "/a?b text", []])
    expect(calls.map(({ to }) => to)).toEqual(["first"])
  })

  it.each(["unreachable", "unavailable", "timeout", "bad_upstream"] as const)(
    "asks the other service the same after %s, and says so",
    async (code) => {
      const { handle } = failingOver(fails(code), echo(), { path: "/v2/:id", failover: { service: "other" } })
      const reply = await handle(exchange({ method: "POST", path: "/a?b", params: { id: "7" }, body: "text" }))
      expect(await textOf(reply.body)).toBe("/v2/7?b text")
      expect([...reply.headers]).toEqual([["x-bellhop-failover", "other"]])
    },
  )

  it.each(["no_websocket", "body_too_large", "internal"] as const)("lets %s stand", async (code) => {
    const { handle, calls } = failingOver(fails(code))
    expect(await failureOf(() => handle(exchange()))).toMatchObject({ code })
    expect(calls).toHaveLength(1)
  })

  it("sends a body again that the first service took, and drops its answer, for a status of the list", async () => {
    const dropped = vi.fn<() => void>()
    const first: Handler = async ({ body }) => {
      expect(await textOf(body)).toBe("one two")
      return { status: 503, headers: new HeaderList(), body: new ReadableStream({ cancel: dropped }) }
    }
    const { handle } = failingOver(first, echo(), { failover: { service: "other", on: [503] } })
    const reply = await handle(exchange({ method: "PUT", body: streamOf("one ", "two") }))
    expect(await textOf(reply.body)).toBe("/ one two")
    expect(dropped).toHaveBeenCalledOnce()
  })

  it("goes by the list only", async () => {
    const { handle } = failingOver(fails("unreachable"), echo(), { failover: { service: "other", on: [503] } })
    expect(await failureOf(() => handle(exchange()))).toMatchObject({ code: "unreachable" })
  })

  it("lets the first failure stand once more than 64 kb of a body were sent", async () => {
    const first: Handler = async ({ body }) => {
      await textOf(body)
      throw new GatewayError("unreachable", "Gone.")
    }
    const sent = async (size: number): Promise<number> => {
      const { handle, calls } = failingOver(first)
      await Promise.resolve(handle(exchange({ method: "POST", body: "x".repeat(size) }))).catch(() => undefined)
      return calls.length
    }
    expect(await sent(64 * 1024)).toBe(2)
    expect(await sent(64 * 1024 + 1)).toBe(1)
  })

  it("asks nobody once the whole exchange is over", async () => {
    const { handle, calls } = failingOver(() => new Promise<never>(() => {}))
    const asked = exchange()
    const failing = failureOf(() => handle(asked))
    asked.end(new GatewayError("timeout", "No answer within 1s."))
    expect(await failing).toMatchObject({ code: "timeout" })
    expect(calls).toHaveLength(1)
  })

  it("gives the other service time when that of the first is over", async () => {
    const first: Handler = (attempt) => {
      attempt.end(new GatewayError("timeout", "No answer within 2s."))
      return new Promise<never>(() => {})
    }
    const { handle, calls } = failingOver(first)
    expect(await handle(exchange())).toMatchObject({ status: 200 })
    expect(calls[1]?.exchange.isOver).toBe(false)
  })

  it("leaves out headers that the first service was to get, and cookies that it was to set", async () => {
    const first: Handler = (attempt) => {
      attempt.headers.set("x-left", "1")
      attempt.answerHeaders.push(["set-cookie", "first=1"])
      if (attempt.method === "POST") throw new GatewayError("unreachable", "Gone.")
      return { status: 200, headers: new HeaderList(), body: null }
    }
    const [lost, kept] = [exchange({ method: "POST" }), exchange()]
    for (const asked of [lost, kept]) {
      asked.answerHeaders.push(["x-request-id", "1"])
      await failingOver(first).handle(asked)
      expect(asked.headers.has("x-left")).toBe(false)
    }
    expect(lost.answerHeaders).toEqual([["x-request-id", "1"]])
    expect(kept.answerHeaders).toEqual([
      ["x-request-id", "1"],
      ["set-cookie", "first=1"],
    ])
  })

  it("hands on the failure of the other service", async () => {
    const { handle } = failingOver(fails("unreachable"), fails("unavailable"))
    expect(await failureOf(() => handle(exchange()))).toMatchObject({ code: "unavailable" })
  })
})

describe("the options of failover", () => {
  const known = { services: ["first", "other"] }
  const found = (failover: unknown) =>
    problemsOf(service, { service: "first", failover }, known).map(({ code, path }) => [code, path.slice(1).join(".")])

  it("have to name another service that is there", () => {
    expect(found("othr")).toEqual([["E301", "failover"]])
    expect(found({ service: "othr" })).toEqual([["E301", "failover.service"]])
    expect(found("first")).toEqual([["E204", "failover"]])
    expect(found({ service: "first" })).toEqual([["E204", "failover.service"]])
    expect(found("other")).toEqual([])
  })

  it.each([
    [[], "E205", "failover.on"],
    [["up"], "E204", "failover.on.0"],
    [["down", 200], "E204", "failover.on.1"],
    ["down", "E203", "failover.on"],
  ])("refuse on: %j", (on, code, place) => {
    expect(found({ service: "other", on })).toEqual([[code, place]])
  })

  it("make the other service one that the route uses", () => {
    expect(service.uses?.({ service: "first", path: undefined, failover: "other" })).toEqual(["first", "other"])
  })
})
