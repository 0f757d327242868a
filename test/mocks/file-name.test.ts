import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { canonicalPath } from "../../src/http/canonical-path.ts"
import { mockFileName, parseMockName } from "../../src/mocks/file-name.ts"
import { pathSegments } from "../../src/mocks/segments.ts"

const standard = { variant: "default", status: undefined, extension: "json" }

describe("parseMockName()", () => {
  it("reads service, method, path, variant, status and extension", () => {
    expect(parseMockName("user/users/[id](locked).GET.423.json")).toEqual({
      service: "user",
      method: "GET",
      segments: [{ text: "users" }, { param: "id" }],
      variant: "locked",
      status: 423,
      extension: "json",
    })
  })

  it.each([
    ["cart/cart.GET.json", [{ text: "cart" }]],
    ["cart/index.GET.json", []],
    ["cart/items/index.GET.json", [{ text: "items" }]],
    ["cart/files/[...rest].GET.json", [{ text: "files" }, { rest: "rest" }]],
    ["cart/a%2Fb/c d.GET.json", [{ text: "a/b" }, { text: "c d" }]],
    ["cart/v1.0/robots.txt.GET.json", [{ text: "v1.0" }, { text: "robots.txt" }]],
    ["cart/%5Bid%5D.GET.json", [{ text: "[id]" }]],
    ["cart/.well-known/jwks.GET.json", [{ text: ".well-known" }, { text: "jwks" }]],
  ])("reads the path of %s", (file, segments) => {
    expect(parseMockName(file)).toEqual({ service: "cart", method: "GET", segments, ...standard })
  })

  it("takes (default) for no variant and an extension in any case", () => {
    expect(parseMockName("cart/cart(default).ANY.JSON")).toMatchObject({ method: "ANY", ...standard })
  })

  it.each([
    "cart/.cart.GET.json",
    "cart/cart.GET.json~",
    "cart/.cart.GET.json.swp",
    "cart/cart.GET.json.tmp",
    "cart/#cart.GET.json#",
    "cart/cart.GET.json___jb_tmp___",
    "cart/4913",
    "cart/_data.ts",
    "cart/README.md",
    "_recorded/cart.GET.json",
    "cart/.git/cart.GET.json",
    "orders.json",
  ])("leaves %s alone", (file) => {
    expect(parseMockName(file)).toBeUndefined()
  })

  it.each([
    ["cart/cart.get.json", 'Method "get" is not in capitals', "mocks/cart/cart.GET.json"],
    ["cart/cart.PSOT.201.json", 'Unknown method "PSOT"', "mocks/cart/cart.POST.201.json"],
    ["cart/cart.json", "No method", "mocks/cart/cart.GET.json"],
    ["cart/404.json", "No method", "mocks/cart/404.GET.json"],
    ["cart/cart", "No method", "mocks/cart/cart.GET.json"],
    ["cart/cart.GET", "No extension", "mocks/cart/cart.GET.json"],
    ["cart/GET.json", "No path", "mocks/cart/index.GET.json"],
    ["cart/(full).GET.json", "No path", "mocks/cart/index(full).GET.json"],
    ["cart/cart.GET.999.json", 'Status "999"', "mocks/cart/cart.GET.json"],
    ["cart/cart.GET.101.json", 'Status "101"', "mocks/cart/cart.GET.json"],
    ["cart/cart.GET.20.json", 'Status "20"', "mocks/cart/cart.GET.json"],
    ["cart/cart.404.GET.json", "before the method", "mocks/cart/cart.GET.404.json"],
    ["cart/cart.GET.POST.json", "Two methods", "mocks/cart/cart.ANY.json"],
    ["cart/cart(sold out).GET.json", 'Variant "sold out"', "mocks/cart/cart(sold-out).GET.json"],
    ["cart/[id]/[id].GET.json", 'Parameter "id" stands twice', "[id] for one segment"],
    ["cart/user-[id].GET.json", '"user-[id]" is no parameter', "[id] for one segment"],
    ["cart/[].GET.json", '"[]" is no parameter', "[id] for one segment"],
    ["cart/[...rest]/x.GET.json", "before the end of the path", "[...rest] for the end"],
    ["cart.GET.json", "in no service's folder", "mocks/<service>/cart.GET.json"],
  ])("refuses %s and says how to name it", (file, message, fix) => {
    const problem = parseMockName(file)
    expect(problem).toEqual({ message: expect.stringContaining(message), fix: expect.stringContaining(fix) })
    expect(problem).toMatchObject({ message: expect.stringContaining(`"mocks/${file}"`) })
  })
})

describe("mockFileName()", () => {
  it.each([
    ["/", "mocks/cart/index.GET.json"],
    ["/index", "mocks/cart/%69ndex.GET.json"],
    ["/a/_b/.c/x(1).GET", "mocks/cart/a/%5Fb/%2Ec/x%281%29%2EGET.GET.json"],
    ["/.well-known/jwks.json", "mocks/cart/.well-known/jwks.json.GET.json"],
  ])("names the file for %s", (path, file) => {
    expect(
      mockFileName(
        "cart",
        "GET",
        (pathSegments(path) ?? []).map((text) => ({ text })),
      ),
    ).toBe(file)
  })

  it("gives names that parseMockName() reads back, whatever the path", () => {
    const segment = fc.oneof(
      fc.string({ unit: "grapheme", minLength: 1 }),
      fc.constantFrom("index", "_x", ".x", ".well-known", "[id]", "x(y)", "a.GET", "a.404", "4913", "x~", "GET", "a%b"),
    )
    fc.assert(
      fc.property(fc.array(segment), fc.constantFrom("GET", "ANY"), (texts, method) => {
        const raw = `/${texts.map((text) => encodeURIComponent(text.toWellFormed())).join("/")}`
        const path = canonicalPath(raw)
        fc.pre(path !== undefined)
        const segments = (pathSegments(path) ?? []).map((text) => ({ text }))
        const file = mockFileName("cart", method, segments).replace(/^mocks\//, "")
        expect(parseMockName(file)).toEqual({ service: "cart", method, segments, ...standard })
      }),
    )
  })
})
