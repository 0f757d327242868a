import { describe, expect, it } from "vitest"

import { reference, template } from "../../../src/targets/aggregate/template.ts"

describe("template()", () => {
  const parts = ["cart", "user", "user-profile", "2fa"]
  const taken = (text: string): unknown[] =>
    template(text, parts).map((piece) => {
      if (typeof piece === "string") return piece
      const { source, written } = piece
      return [
        source.from,
        ...("path" in source ? ["name" in source ? source.name : "", source.path.join("/")] : [source.name]),
        written,
      ]
    })

  it.each([
    ["/plain", ["/plain"]],
    ["", []],
    ["/:id", ["/", ["param", "id", ":id"]]],
    ["/a/:id/b/*", ["/a/", ["param", "id", ":id"], "/b/", ["param", "*", "*"]]],
    ["/:query.q", ["/", ["query", "q", ":query.q"]]],
    ["/:headers.x-user", ["/", ["headers", "x-user", ":headers.x-user"]]],
    ["/:body.user.id", ["/", ["body", "", "user/id", ":body.user.id"]]],
    ["/:body", ["/", ["body", "", "", ":body"]]],
    ["/:item", ["/", ["item", "", "", ":item"]]],
    ["/:item.id", ["/", ["item", "", "id", ":item.id"]]],
    ["/:cart.items.0.id", ["/", ["part", "cart", "items/0/id", ":cart.items.0.id"]]],
    ["/:cart", ["/", ["part", "cart", "", ":cart"]]],
    ["/:cart.user-id", ["/", ["part", "cart", "user-id", ":cart.user-id"]]],
    ["/:user-profile.id", ["/", ["part", "user-profile", "id", ":user-profile.id"]]],
    ["/:user-x", ["/", ["part", "user", "", ":user"], "-x"]],
    ["/:2fa.token", ["/", ["part", "2fa", "token", ":2fa.token"]]],
  ])("takes %j apart", (text, pieces) => {
    expect(taken(text)).toEqual(pieces)
  })

  it("takes a longer name for a parameter, not for the part or the word that it begins with", () => {
    expect(taken("/:carts/:queryString/:items")).toEqual([
      "/",
      ["param", "carts", ":carts"],
      "/",
      ["param", "queryString", ":queryString"],
      "/",
      ["param", "items", ":items"],
    ])
  })

  it("takes a dot behind a parameter for a dot", () => {
    expect(taken("/:file.json")).toEqual(["/", ["param", "file", ":file"], ".json"])
  })

  it("takes no dot at the end for the beginning of a field", () => {
    expect(taken("/:cart.id./x")).toEqual(["/", ["part", "cart", "id", ":cart.id"], "./x"])
  })

  it("knows that letters of patterns in the name of a part are letters", () => {
    expect(template("/:a+b(c)/:aab", ["a+b(c)"])).toMatchObject([
      "/",
      { source: { from: "part", name: "a+b(c)" } },
      "/",
      { source: { from: "param", name: "aab" } },
    ])
  })
})

describe("reference()", () => {
  it.each([
    ["cart.items", { from: "part", name: "cart", path: ["items"] }],
    ["cart", { from: "part", name: "cart", path: [] }],
    ["user-profile.a.0", { from: "part", name: "user-profile", path: ["a", "0"] }],
    ["a.b.c", { from: "part", name: "a.b", path: ["c"] }],
    ["body.ids", { from: "body", path: ["ids"] }],
    ["item.lines", { from: "item", path: ["lines"] }],
    ["query.ids", { from: "query", name: "ids" }],
    ["nobody.x", { from: "part", name: "nobody", path: ["x"] }],
  ])("takes %j apart", (text, source) => {
    expect(reference(text, ["cart", "user-profile", "a.b"])).toEqual(source)
  })
})
