import { join } from "node:path"

import { expect, it } from "vitest"

import { importedNames, withoutComments } from "../../src/config/imported-names.ts"
import { folder } from "../support/executable.ts"

it("importedNames() finds names of every kind of import, with their places", () => {
  using shop = folder({
    "a.ts": `// import { no } from "./b.ts"
import first, { second, third as other } from "./b.ts"
import * as all from "./b.ts"
import { type Fourth,
  fifth } from "bellhop"
export { sixth, default as seventh } from './b.ts'
export * from "./c.ts"
import "./d.ts"
const text = "import { no }"
`,
    "b.ts": "",
  })
  const file = join(shop.path, "a.ts")
  const b = { path: "./b.ts", target: join(shop.path, "b.ts") }
  const at = (line: number, column: number, length: number) => ({ place: { file, line, column, length } })
  expect(importedNames(file)).toEqual([
    { name: "default", ...b, ...at(2, 8, 5) },
    { name: "second", ...b, ...at(2, 17, 6) },
    { name: "third", ...b, ...at(2, 25, 5) },
    { name: "Fourth", path: "bellhop", target: undefined, ...at(4, 15, 6) },
    { name: "fifth", path: "bellhop", target: undefined, ...at(5, 3, 5) },
    { name: "sixth", ...b, ...at(6, 10, 5) },
    { name: "default", ...b, ...at(6, 17, 7) },
  ])
  expect(importedNames(join(shop.path, "missing.ts"))).toEqual([])
})

it("withoutComments() keeps every other character where it is", () => {
  expect(withoutComments(`a // b\n/* c\nd */ "http://e" // f`)).toBe(`a     \n    \n     "http://e"     `)
})
