import { describe, expect, it } from "vitest"

import { parseMockName } from "../../src/mocks/file-name.ts"
import { type MockTable, mockTable } from "../../src/mocks/table.ts"
import { exchangeOf } from "./mock-tools.ts"

function tableOf(...files: string[]): MockTable {
  const mocks = files.map((file) => {
    const name = parseMockName(`shop/${file}`)
    if (!name || "message" in name) throw new Error(`"${file}" is not the name of a mock.`)
    const answer = { type: "application/json", body: new Uint8Array(), sample: { file } }
    return { ...name, name: `mocks/shop/${file}`, answer }
  })
  return mockTable("shop", mocks)
}

function found(table: MockTable, method: string, path: string, mock?: string): [string, object] | undefined {
  const match = table.find(exchangeOf(method, path, mock === undefined ? {} : { headers: { "x-bellhop-mock": mock } }))
  return match && [match.mock.name.replace("mocks/shop/", ""), { ...match.params }]
}

describe("mockTable()", () => {
  it("finds what a name spells out before [param], and that before [...rest]", () => {
    const table = tableOf("[...all].GET.json", "users/[id].GET.json", "users/me.GET.json")
    expect(found(table, "GET", "/users/me")).toEqual(["users/me.GET.json", {}])
    expect(found(table, "GET", "/users/7")).toEqual(["users/[id].GET.json", { id: "7" }])
    expect(found(table, "GET", "/users/7/x")).toEqual(["[...all].GET.json", { all: "users/7/x" }])
    expect(found(table, "GET", "/")).toEqual(["[...all].GET.json", { all: "" }])
  })

  it("goes back when the closer path leads nowhere", () => {
    const table = tableOf("a/b/c.GET.json", "a/[x]/d.GET.json", "[...rest].GET.json")
    expect(found(table, "GET", "/a/b/d")).toEqual(["a/[x]/d.GET.json", { x: "b" }])
    expect(found(table, "GET", "/a/b/e")).toEqual(["[...rest].GET.json", { rest: "a/b/e" }])
  })

  it("lets files at one place name their parameter differently", () => {
    const table = tableOf("users/[id].GET.json", "users/[name].POST.json", "users/[user]/orders/[order].GET.json")
    expect(found(table, "POST", "/users/a")).toEqual(["users/[name].POST.json", { name: "a" }])
    expect(found(table, "GET", "/users/a/orders/b")?.[1]).toEqual({ user: "a", order: "b" })
  })

  it("compares segments decoded", () => {
    const table = tableOf("a b/[id].GET.json", "x%2Fy.GET.json")
    expect(found(table, "GET", "/a%20b/caf%C3%A9%2F1")).toEqual(["a b/[id].GET.json", { id: "café/1" }])
    expect(found(table, "GET", "/x%2Fy")?.[0]).toBe("x%2Fy.GET.json")
    expect(found(table, "GET", "/x/y")).toBeUndefined()
  })

  it("takes a slash at the end of a path for none", () => {
    const table = tableOf("users/index.GET.json")
    expect(found(table, "GET", "/users/")).toEqual(found(table, "GET", "/users"))
  })

  it("answers other methods with ANY, and HEAD with GET", () => {
    const table = tableOf("cart.GET.json", "cart.ANY.json", "item.GET.json")
    expect(found(table, "GET", "/cart")?.[0]).toBe("cart.GET.json")
    expect(found(table, "HEAD", "/cart")?.[0]).toBe("cart.GET.json")
    expect(found(table, "DELETE", "/cart")?.[0]).toBe("cart.ANY.json")
    expect(found(table, "DELETE", "/item")).toBeUndefined()
  })

  it("answers a method from a wider path when the closer one does not have it", () => {
    const table = tableOf("users/me.POST.json", "users/[id].GET.json")
    expect(found(table, "GET", "/users/me")).toEqual(["users/[id].GET.json", { id: "me" }])
  })

  it("answers with a variant only when the request names it", () => {
    const table = tableOf("users/[id].GET.json", "users/[id](locked).GET.423.json", "charge(declined).POST.402.json")
    expect(found(table, "GET", "/users/7")?.[0]).toBe("users/[id].GET.json")
    expect(found(table, "GET", "/users/7", "locked")?.[0]).toBe("users/[id](locked).GET.423.json")
    expect(found(table, "GET", "/users/7", "declined, locked")?.[0]).toBe("users/[id](locked).GET.423.json")
    expect(found(table, "GET", "/users/7", "other")?.[0]).toBe("users/[id].GET.json")
    expect(found(table, "POST", "/charge")).toBeUndefined()
  })

  it("is not confused by names that every object has", () => {
    const table = tableOf("[id].GET.json", "x/[__proto__].GET.json")
    expect(found(table, "__proto__", "/constructor")).toBeUndefined()
    expect(found(table, "GET", "/__proto__", "constructor")?.[1]).toEqual({ id: "__proto__" })
    const params = table.find(exchangeOf("GET", "/a"))?.params
    expect(params?.["constructor"]).toBeUndefined()
    const named = table.find(exchangeOf("GET", "/x/y"))?.params
    expect(Object.entries(named ?? {})).toEqual([["__proto__", "y"]])
  })

  it("lists what it has in the words of a route key", () => {
    const table = tableOf("users/[id](locked).GET.423.json", "files/[...path].ANY.json", "a%2Fb*.GET.json")
    expect(table.list()).toEqual(
      [
        {
          method: "GET",
          path: "/users/:id",
          status: 423,
          variant: "locked",
          file: "shop/users/[id](locked).GET.423.json",
        },
        { method: "ANY", path: "/files/*", status: 200, variant: "default", file: "shop/files/[...path].ANY.json" },
        { method: "GET", path: "/a%2Fb%2A", status: 200, variant: "default", file: "shop/a%2Fb*.GET.json" },
      ].map((listed) => ({ ...listed, type: "application/json", sample: { file: listed.file.replace("shop/", "") } })),
    )
  })

  it("tells what is near: methods of the path, variants of the method", () => {
    const table = tableOf("cart.GET.json", "cart.PUT.json", "charge(declined).POST.json")
    expect(table.near(exchangeOf("POST", "/cart"))).toEqual({ methods: ["GET", "HEAD", "PUT"], variants: [] })
    expect(table.near(exchangeOf("POST", "/charge"))).toEqual({ methods: ["POST"], variants: ["declined"] })
    expect(table.near(exchangeOf("POST", "/none"))).toEqual({ methods: [], variants: [] })
  })
})
