import { describe, expect, it } from "vitest"

import { HeaderList } from "../../src/http/header-list.ts"
import { headers } from "../../src/policies/headers.ts"
import { exchange, linesOf, tools } from "../support/exchange.ts"

function checked(options: object): ReturnType<typeof headers.options.parse> {
  const problems: string[] = []
  const made = headers.options.parse(options, [], ({ message }) => void problems.push(message))
  if (problems.length > 0) throw new Error(problems.join(" "))
  return made
}

async function run(options: object) {
  const lines = ["x-a", "1", "x-b", "2", "x-a", "3"]
  const given = exchange()
  for (const [name, value] of new HeaderList(lines)) given.headers.append(name, value)
  const answer = new HeaderList([...lines])
  let seen: [string, string][] = []
  const reply = await headers.create(
    checked(options),
    tools(),
  )((asked) => {
    seen = linesOf(asked.headers)
    return { status: 200, headers: answer, body: null }
  })(given)
  return { request: seen, response: linesOf(reply.headers) }
}

const unchanged = [
  ["x-a", "1"],
  ["x-b", "2"],
  ["x-a", "3"],
]

describe("headers()", () => {
  it("sets in the place of those that are there", async () => {
    const { request, response } = await run({ request: { set: { "X-A": "new", "X-C": "added" } } })
    expect(request).toEqual([
      ["x-a", "new"],
      ["x-b", "2"],
      ["x-c", "added"],
    ])
    expect(response).toEqual(unchanged)
  })

  it("adds to those that are there", async () => {
    const { request, response } = await run({ response: { add: { "X-A": "5" } } })
    expect(response).toEqual([...unchanged, ["x-a", "5"]])
    expect(request).toEqual(unchanged)
  })

  it("removes every line of a name, whatever its case", async () => {
    const { request } = await run({ request: { remove: ["X-a", "x-none"] } })
    expect(request).toEqual([["x-b", "2"]])
  })

  it("removes first, then sets, then adds", async () => {
    const both = { remove: ["x-a", "x-b"], set: { "x-b": "set" }, add: { "x-b": "added", "x-a": "added" } }
    const expected = [
      ["x-b", "set"],
      ["x-b", "added"],
      ["x-a", "added"],
    ]
    expect(await run({ request: both, response: both })).toEqual({ request: expected, response: expected })
  })

  it("does nothing without options", async () => {
    expect(await run({})).toEqual({ request: unchanged, response: unchanged })
  })

  it("changes each exchange alike", async () => {
    const policy = headers.create(checked({ response: { add: { "x-n": "1" } } }), tools())
    const handler = policy(() => ({ status: 200, headers: new HeaderList(), body: null }))
    for (let count = 0; count < 3; count++) expect(linesOf((await handler(exchange())).headers)).toEqual([["x-n", "1"]])
  })

  it.each([
    { request: { set: { "bad name": "1" } } },
    { request: { add: { "x:y": "1" } } },
    { response: { set: { "": "1" } } },
    { response: { set: { "x-a": "a\r\nb: c" } } },
    { response: { add: { "x-a": "世" } } },
    { request: { remove: [] } },
    { request: { remove: ["a b"] } },
    { request: { replace: {} } },
    { set: { "x-a": "1" } },
  ])("refuses %j when the config is read, not when it is served", (options) => {
    expect(() => checked(options)).toThrow(/^(?:Expected|Unknown option|Empty list|Missing)/)
  })
})
