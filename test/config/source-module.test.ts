import { describe, expect, it } from "vitest"

import { places } from "../../src/config/places.ts"
import { entry, type Files, open } from "./open-places.ts"

describe("places() across files", () => {
  const files = (imports: string, body: string, others: Files): Files => ({
    [entry]: `${imports}\nexport default defineGateway({ ${body} })`,
    ...Object.fromEntries(Object.entries(others).map(([name, source]) => [`/shop/${name}`, source])),
  })

  it.each([
    ["a named import", 'import { a } from "./a"', "a", { "a.ts": "export const a = { x: 1 }" }],
    ["a renamed import", 'import { b as a } from "./a.ts"', "a", { "a.ts": "const b = { x: 1 }\nexport { b }" }],
    ["a renamed export", 'import { a } from "./a.ts"', "a", { "a.ts": "const b = { x: 1 }\nexport { b as a }" }],
    ["a default import", 'import a from "./a.js"', "a", { "a.ts": "export default { x: 1 }" }],
    ["a namespace import", 'import * as all from "./a"', "a: all.a", { "a.ts": "export const a = { x: 1 }" }],
    ["a spread namespace", 'import * as all from "./a"', "...all", { "a.ts": "export const a = { x: 1 }" }],
    ["a namespace as value", 'import * as a from "./a"', "a", { "a.ts": "export const x = 1" }],
    ["a folder", 'import { a } from "./parts"', "a", { "parts/index.ts": "export const a = { x: 1 }" }],
    ["JSON", 'import a from "./a.json" with { type: "json" }', "a", { "a.json": '{ "x": 1 }' }],
    ["a name in JSON", 'import { a } from "./a.json"', "a", { "a.json": '{ "a": { "x": 1 } }' }],
    ["JavaScript", 'import { a } from "./a"', "a", { "a.js": "export const a = { x: 1 }" }],
    ["a destructured export", 'import { a } from "./a"', "a", { "a.ts": "export const { a } = { a: { x: 1 } }" }],
    [
      "a function of another file",
      'import { a } from "./a"',
      "a: a(1)",
      { "a.ts": "export function a(x) { return { x } }" },
    ],
    ["a dynamic import", "", 'a: (await import("./a.ts")).a', { "a.ts": "export const a = { x: 1 }" }],
  ])("follows %s", (_, imports, body, others) => {
    const place = open(files(imports, body, others)).map.find(["a", "x"])
    expect(place?.length).toBe(1)
    expect(open(files(imports, body, others)).show(["a", "x"])).toMatch(/1$/)
  })

  it.each([
    ["by name", 'export { a } from "./b"', "export const a = { x: 1 }"],
    ["under another name", 'export { b as a } from "./b"', "export const b = { x: 1 }"],
    ["the default", 'export { default as a } from "./b"', "export default { x: 1 }"],
    ["all", 'export * from "./b"', "export const a = { x: 1 }"],
    ["all as a name", 'export * as a from "./b"', "export const x = 1"],
    ["through an import", 'import { a } from "./b"\nexport { a }', "export const a = { x: 1 }"],
  ])("follows re-exports: %s", (_, a, b) => {
    const { show } = open(files('import { a } from "./a"', "a", { "a.ts": a, "b.ts": b }))
    expect(show(["a", "x"])).toBe("b.ts: 1")
  })

  it("resolves from the file that imports", () => {
    const { show } = open(
      files('import { a } from "./deep/a"', "a", {
        "deep/a.ts": 'import { x } from "../x"\nexport const a = { x }',
        "x.ts": "export const x = 1",
      }),
    )
    expect(show(["a", "x"])).toBe("x.ts: 1")
  })

  it("does not take a name that another file keeps to itself", () => {
    const { show } = open(files('import { a } from "./a"', "a: a", { "a.ts": "const a = { x: 1 }" }))
    expect(show(["a", "x"])).toBe("a")
  })

  it("stays at the import when the other file is missing, broken or no source", () => {
    for (const other of [{}, { "a.ts": "export const a = {" }, { "a.yaml": "x: 1\n" }]) {
      expect(open(files('import { a } from "./a"', "key: a", other)).show(["key", "x"])).toBe("a")
    }
  })

  it("reads each file at most once, and none before it is asked", () => {
    const reads: string[] = []
    const sources = files('import { a } from "./a"', "a", { "a.ts": "export const a = { x: 1 }" })
    const map = places(entry, (file) => {
      reads.push(file)
      return sources[file]
    })
    expect(reads).toEqual([])
    map.find(["a", "x"])
    map.find(["a"])
    map.duplicates()
    expect(new Set(reads).size).toBe(reads.length)
  })
})
