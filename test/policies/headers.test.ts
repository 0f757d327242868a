import { describe, expect, it } from "vitest"

import { Secret } from "../../src/core/secret.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { headers } from "../../src/policies/headers.ts"
import { type Asked, exchange, failureOf, linesOf, tools } from "../support/exchange.ts"

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

  it("removes first, then renames, then sets, then adds", async () => {
    const both = { remove: ["x-a", "x-b"], set: { "x-b": "set" }, add: { "x-b": "added", "x-a": "added" } }
    const expected = [
      ["x-b", "set"],
      ["x-b", "added"],
      ["x-a", "added"],
    ]
    expect(await run({ request: both, response: both })).toEqual({ request: expected, response: expected })
  })

  it("calls headers otherwise, whatever their case, beside those that have the name", async () => {
    const { request } = await run({ request: { rename: { "X-A": "x-b", "x-none": "x-c" } } })
    expect(request).toEqual([
      ["x-b", "2"],
      ["x-b", "1"],
      ["x-b", "3"],
    ])
  })

  it("does nothing without options", async () => {
    expect(await run({})).toEqual({ request: unchanged, response: unchanged })
  })

  it("changes each exchange alike", async () => {
    const policy = headers.create(checked({ response: { add: { "x-n": "1" } } }), tools())
    const handler = policy(() => ({ status: 200, headers: new HeaderList(), body: null }))
    for (let count = 0; count < 3; count++) expect(linesOf((await handler(exchange())).headers)).toEqual([["x-n", "1"]])
  })

  describe("with placeholders", () => {
    const filled = async (changes: object, asked: Asked = {}) => {
      const given = exchange({
        path: "/users/a%20b?q=1%202",
        params: { id: "a%20b" },
        headers: { "x-user": "u", "x-old": "o" },
        ...asked,
      })
      const policy = headers.create(
        checked({ request: { ...changes, remove: ["x-user"] }, response: changes }),
        tools(),
      )
      const reply = await policy(() => ({ status: 200, headers: new HeaderList(), body: null }))(given)
      return { request: linesOf(given.headers), response: linesOf(reply.headers) }
    }

    it("puts in what the client sent, before anything is changed", async () => {
      const { request, response } = await filled({
        set: {
          "x-id": ":id",
          "x-text": "user :headers.x-user; q=:query.q; none=:query.none",
          "x-plain": "urn:shop at 10:30",
        },
        add: { "x-user-was": ":headers.x-user" },
      })
      const made = [
        ["x-id", "a b"],
        ["x-text", "user u; q=1 2; none="],
        ["x-plain", "urn:shop at 10:30"],
        ["x-user-was", "u"],
      ]
      expect(response).toEqual(made)
      expect(request).toEqual([["x-old", "o"], ...made])
    })

    it("leaves a header as it is when nothing is there for it", async () => {
      const { request, response } = await filled({ set: { "x-old": ":query.none", "x-new": ":headers.x-none" } })
      expect([request, response]).toEqual([[["x-old", "o"]], []])
    })

    it("takes a secret as it is", async () => {
      const secret = new Secret('env("KEY")', () => "key :id")
      expect((await filled({ set: { "x-key": secret } })).response).toEqual([["x-key", "key :id"]])
    })

    it.each(["a%0d%0ax-evil:%201", "a%0a", "%e4%b8%96", "%00", "a%7f"])(
      "refuses with 400 a parameter that no header can have: %s",
      async (id) => {
        const error = await failureOf(() => filled({ set: { "x-id": "id-:id" } }, { params: { id } }))
        expect(error).toMatchObject({ status: 400, code: "bad_request" })
      },
    )

    it("knows the parameters of the route", () => {
      const problems: string[] = []
      const known = {
        services: new Set<string>(),
        params: new Set(["id"]),
        routes: new Map<string, Set<string>>(),
        plans: new Map(),
        usage: false,
      }
      const options = {
        request: { set: { "x-a": ":ide" }, add: { "x-b": ":id" } },
        response: { add: { "x-c": ":body.a" } },
      }
      headers.check?.(checked(options), known, [], ({ code, path }) => void problems.push(`${code} ${path.join(".")}`))
      expect(problems).toEqual(["E307 request.set.x-a", "E204 response.add.x-c"])
    })
  })

  it.each([
    { request: { set: { "bad name": "1" } } },
    { request: { add: { "x:y": "1" } } },
    { response: { set: { "": "1" } } },
    { response: { set: { "x-a": "a\r\nb: c" } } },
    { response: { add: { "x-a": "世" } } },
    { request: { remove: [] } },
    { request: { remove: ["a b"] } },
    { request: { rename: { "x-a": "x b" } } },
    { request: { rename: { "x a": "x-b" } } },
    { request: { replace: {} } },
    { set: { "x-a": "1" } },
  ])("refuses %j when the config is read, not when it is served", (options) => {
    expect(() => checked(options)).toThrow(/^(?:Expected|Unknown option|Empty list|Missing)/)
  })
})
