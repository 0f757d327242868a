import { describe, expect, it } from "vitest"

import type { Problem } from "../../../src/core/schema.ts"
import { checkHoles, filler, holesOf, readTemplate, textFiller } from "../../../src/policies/transform/template.ts"
import { exchange } from "../../support/exchange.ts"

const given = {
  exchange: exchange({
    params: { id: "a%20b", "*": "x/y%2Fz", broken: "%E4" },
    headers: { "x-user": "mina", "x-user-id": "7" },
  }),
  search: "?q=caf%C3%A9+au&empty=&a.b=1",
  body: { user: { id: 42, tags: ["a"], null: null }, list: [{ n: 1 }], text: "t" },
}

describe("readTemplate()", () => {
  it.each([
    [":id", "a b"],
    [":*", "x/y/z"],
    [":broken", "%E4"],
    ["/users/:id.json", "/users/a b.json"],
    [":query.q", "café au"],
    [":query.empty", ""],
    [":query.a.b", "1"],
    [":headers.x-user", "mina"],
    [":headers.X-User-Id!", "7!"],
    [":body.user.id", 42],
    [":body.user.tags", ["a"]],
    [":body.user.null", null],
    [":body.list.0.n", 1],
    [":body", given.body],
    [":body.user.constructor", undefined],
    [":body.text.length", undefined],
    [":none", undefined],
    [":query.none", undefined],
    [":headers.none", undefined],
    ["-:none-:query.none-", "---"],
    ["user :body.user.id, :body.user.tags.", 'user 42, ["a"].'],
    ["user-:id", "user-a b"],
    ["", ""],
    ["plain", "plain"],
    ["a: b", "a: b"],
    ["12:30:59", "12:30:59"],
    ["http://host:80/x", "http://host:80/x"],
    ["urn:shop:orders", "urn:shop:orders"],
    ["urn:id", "urn:a b".replace("urn:", "urn")],
    ["urn::id", "urn:id"],
    ["::id ::: :::id", ":id :: :a b"],
    ["*/*", "*/*"],
    [":queryx", undefined],
    ["data:;base64", "data:;base64"],
  ])("makes of %j: %j", (text, value) => {
    expect(filler(readTemplate(text))(given)).toEqual(value)
  })
})

describe("textFiller()", () => {
  it.each([
    [":body.user.id", "42"],
    [":body.user.null", undefined],
    [":none", undefined],
    ["x:none", "x:none"],
    ["x :none", "x "],
  ])("makes a text of %j: %j", (text, value) => {
    expect(textFiller(readTemplate(text))(given)).toBe(value)
  })
})

describe("checkHoles()", () => {
  const problems = (text: string, params: string[], bodies = true): Problem[] => {
    const found: Problem[] = []
    const known = {
      services: new Set<string>(),
      params: new Set(params),
      routes: new Map<string, Set<string>>(),
      plans: new Map(),
      usage: false,
    }
    checkHoles(holesOf(readTemplate(text, ["here"])), known, (problem) => void found.push(problem), bodies)
    return found
  }

  it("is content with what the route has, and with what any request may have", () => {
    expect(problems(":id :* :query.q :headers.x :body.a urn:shop", ["id", "*"])).toEqual([])
  })

  it("names what the route does not have", () => {
    expect(problems(":ide", ["id"])).toEqual([
      {
        code: "E307",
        path: ["here"],
        message: '":ide" is not a parameter of the route.',
        fix: 'The route has ":id". Write "::ide" if it is only text.',
      },
    ])
    expect(problems(":id", [])[0]?.fix).toBe('Add ":id" to the path of the route. Write "::id" if it is only text.')
  })

  it("refuses bodies where none is read", () => {
    expect(problems(":body.a", [], false)).toEqual([expect.objectContaining({ code: "E204" })])
  })
})
