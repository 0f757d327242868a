import { describe, expect, it } from "vitest"

import { hashOf, RouteTree } from "../../src/gateway/route-tree.ts"

/** A tree of shapes, which gives back the shape that it found. */
function finding(...shapes: string[]) {
  const tree = new RouteTree(new Map(shapes.map((shape) => [shape, shape])))
  return (path: string): string | undefined => tree.find(path)
}

describe("RouteTree.find()", () => {
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

  it("takes the text of a segment whole, wherever else it stands", () => {
    const find = finding("/a/b", "/b/a", "/ab/ba", "/aa/:0/b")
    expect(["/a/b", "/b/a", "/ab/ba", "/aa/a/b"].map(find)).toEqual(["/a/b", "/b/a", "/ab/ba", "/aa/:0/b"])
    expect(["/a/a", "/b/b", "/ab/b", "/ab", "/a", "/", "/aa/b", "/aa/a/a", "/Ā/b"].map(find)).toEqual(
      Array.from({ length: 9 }, () => undefined),
    )
  })

  it("finds nothing where there are no routes", () => {
    expect(["/", "/a", "/a/b"].map(finding())).toEqual([undefined, undefined, undefined])
  })

  it("finds each of thousands, and none that is not there", () => {
    const shapes = Array.from({ length: 5000 }, (_, n) => [`/area-${n % 7}/list-${n}`, `/${n}/:0/x`, `/r${n}/*`]).flat()
    const find = finding(...shapes)
    for (const shape of shapes) expect(find(shape.replace(":0", "y").replace("*", "y/z"))).toBe(shape)
    for (let n = 0; n < 5000; n++) expect(find(`/area-${(n + 1) % 7}/list-${n}`)).toBeUndefined()
  })

  it("tells texts apart whose hashes are the same", () => {
    const [one, other] = sameHash()
    expect(finding(`/${one}`)(`/${other}`)).toBeUndefined()
    const find = finding(`/${one}`, `/${other}`)
    expect([find(`/${one}`), find(`/${other}`)]).toEqual([`/${one}`, `/${other}`])
  })
})

/** Among some hundred thousand texts there are two of the same 32 bits. */
function sameHash(): [string, string] {
  const seen = new Map<number, string>()
  for (let n = 0; ; n++) {
    const text = (100_000_000 + n * 7919).toString(36)
    const other = seen.get(hashOf(text))
    if (other?.length === text.length) return [other, text]
    seen.set(hashOf(text), text)
  }
}
