import { describe, expect, it } from "vitest"

import type { Reply } from "../../src/core/reply.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { requestId } from "../../src/policies/request-id.ts"
import { type Asked, exchange, tools } from "../support/exchange.ts"

async function run(options: { header?: string; accept?: boolean }, asked: Asked, answered: string[] = []) {
  const problems: unknown[] = []
  const checked = requestId.options.parse(options, [], (problem) => void problems.push(problem))
  expect(problems).toEqual([])
  const given = exchange({ id: "own-id", ...asked })
  const answer = (): Reply => ({ status: 200, headers: new HeaderList(answered), body: null })
  const reply = await requestId.create(checked, tools())(answer)(given)
  // As the gateway does with every answer, failures too.
  for (const [name, value] of given.answerHeaders) reply.headers.set(name, value)
  return { given, reply }
}

describe("requestId()", () => {
  it("tells the service and the client the id of the exchange", async () => {
    const { given, reply } = await run({}, {})
    expect([given.id, given.headers.get("x-request-id"), reply.headers.get("x-request-id")]).toEqual([
      "own-id",
      "own-id",
      "own-id",
    ])
  })

  it.each(["abc", "a".repeat(128), "0192-af", "Root=1-67891233-abcdef012345", "a/b+c==", "a.b:c_d"])(
    "takes over the id %j",
    async (sent) => {
      const { given, reply } = await run({}, { headers: { "X-Request-Id": sent } })
      expect([given.id, given.headers.get("x-request-id"), reply.headers.get("x-request-id")]).toEqual([
        sent,
        sent,
        sent,
      ])
    },
  )

  it.each([
    "",
    " ",
    "a b",
    "a\tb",
    "a,b",
    "a\r\nx-evil: 1",
    "a\u001b[2J",
    "\u0000",
    "é",
    "\u2028",
    "<script>",
    '"',
    "a".repeat(129),
    "a\n",
  ])("does not take over the id %j: its own takes the place", async (sent) => {
    const { given, reply } = await run({}, { headers: { "x-request-id": sent } })
    expect([given.id, given.headers.all("x-request-id"), reply.headers.get("x-request-id")]).toEqual([
      "own-id",
      ["own-id"],
      "own-id",
    ])
  })

  it("leaves one id where the client sends several, and where the service answers with its own", async () => {
    const headers = [
      ["x-request-id", "one"],
      ["x-request-id", "two"],
    ] as const
    const { given, reply } = await run({}, { headers }, ["x-request-id", "theirs", "x-request-id", "again"])
    expect(given.headers.all("x-request-id")).toEqual([given.id])
    expect(reply.headers.all("x-request-id")).toEqual([given.id])
  })

  it("goes by another header when told to", async () => {
    const { given, reply } = await run({ header: "X-Trace" }, { headers: { "x-trace": "t1", "x-request-id": "r1" } })
    expect([given.id, given.headers.get("x-request-id")]).toEqual(["t1", "r1"])
    expect([reply.headers.get("x-trace"), reply.headers.has("x-request-id")]).toEqual(["t1", false])
  })

  it("takes over nothing when told not to", async () => {
    const { given } = await run({ accept: false }, { headers: { "x-request-id": "theirs" } })
    expect([given.id, given.headers.get("x-request-id")]).toEqual(["own-id", "own-id"])
  })
})
