import { describe, expect, it } from "vitest"

import { PatternTree } from "../../src/gateway/pattern-tree.ts"

/** A tree of shapes, which gives back the shape that it found. */
function finding(...shapes: string[]) {
  const tree = new PatternTree<{ shape: string }>()
  for (const shape of shapes) tree.add("", shape, { shape })
  return (path: string): string | undefined => tree.find("", path)?.store.shape
}

describe("PatternTree.find()", () => {
  it("takes text before patterns before a parameter before the rest", () => {
    const find = finding("/*", "/:0", "/:0([a-z]+)", "/me")
    expect(["/me", "/you", "/7", "/7/x", "/"].map(find)).toEqual(["/me", "/:0([a-z]+)", "/:0", "/*", "/*"])
  })

  it("tries patterns in the order of the config", () => {
    expect(finding("/:0(\\w+)", "/:0(\\d+)")("/7")).toBe("/:0(\\w+)")
    expect(finding("/:0(\\d+)", "/:0(\\w+)")("/7")).toBe("/:0(\\d+)")
  })

  it("comes back from where nothing follows", () => {
    const find = finding("/a/:0(\\d+)/x", "/a/:0(\\w+)/y", "/a/:0/z", "/:0/7/w", "/*")
    expect(["/a/7/x", "/a/7/y", "/a/7/z", "/a/7/w", "/a/7/v"].map(find)).toEqual([
      "/a/:0(\\d+)/x",
      "/a/:0(\\w+)/y",
      "/a/:0/z",
      "/:0/7/w",
      "/*",
    ])
  })

  it("matches whole segments only, each line of them", () => {
    const find = finding("/:0(a|b)")
    expect(["/a", "/b", "/ab", "/xa", "/a\nb", "/a/", "/"].map(find)).toEqual([
      "/:0(a|b)",
      "/:0(a|b)",
      ...Array.from({ length: 5 }, () => undefined),
    ])
  })

  it("never takes an empty segment, whatever the pattern", () => {
    expect(finding("/:0(\\d*)")("/")).toBeUndefined()
    expect(finding("/a/:0(\\d*)")("/a/")).toBeUndefined()
  })

  it("does not mix up the parameters of places that it left again", () => {
    const tree = new PatternTree<object>()
    tree.add("", "/a/:0(\\d+)/:1(\\d+)/no", {})
    tree.add("", "/:0/:1/*", {})
    const found = tree.find("", "/a/1/2/x")
    expect([found?.params["0"], found?.params["1"], found?.params["*"]]).toEqual(["a", "1", "2/x"])
  })
})
