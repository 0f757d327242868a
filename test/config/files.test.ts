import { symlinkSync } from "node:fs"
import { join, relative } from "node:path"

import { describe, expect, it } from "vitest"

import { exportsOf, filesOf, readText, realPath } from "../../src/config/files.ts"
import { type Folder, folder } from "../support/executable.ts"

const found = (shop: Folder, entry = "gateway.config.ts"): string[] =>
  filesOf(join(shop.path, entry)).map((file) => relative(shop.path, file))

describe("filesOf()", () => {
  it("follows imports of every kind, each file once, the entry first", () => {
    using shop = folder({
      "gateway.config.ts": `import { a } from "./a.ts"\nimport data from "./data.json"\nexport * from "./b"\nconst c = await import("./c.ts")\nconst d = require("./d.cjs")\nconsole.log(a, data, c, d)\n`,
      "a.ts": `import "./b.ts"\nexport const a = 1\n`,
      "b.ts": `import "./a.ts"\nexport const b = 1\n`,
      "c.ts": "export {}\n",
      "d.cjs": "module.exports = 1\n",
      "data.json": `{ "import": "./unrelated.ts" }`,
      "unrelated.ts": "export {}\n",
    })
    expect(found(shop)[0]).toBe("gateway.config.ts")
    expect(found(shop).toSorted()).toEqual(["a.ts", "b.ts", "c.ts", "d.cjs", "data.json", "gateway.config.ts"])
  })

  it("leaves out packages, the module of the gateway and what the runtime brings along", () => {
    using shop = folder({
      "gateway.config.ts": `import { defineGateway } from "bellhop"\nimport fs from "node:fs"\nimport { plugin } from "bun"\nimport one from "bellhop-test-one"\nconsole.log(defineGateway, fs, plugin, one)\n`,
      "node_modules/bellhop-test-one/package.json": `{ "name": "bellhop-test-one", "main": "main.js" }`,
      "node_modules/bellhop-test-one/main.js": "module.exports = 1\n",
    })
    expect(found(shop)).toEqual(["gateway.config.ts"])
  })

  it("names what is missing by its place, and finds it once it is there", () => {
    using shop = folder({
      "gateway.config.ts": `import a from "./parts/a.ts"\nimport one from "bellhop-test-one"\nimport b from "./b"\nconsole.log(a, one, b)\n`,
    })
    expect(found(shop)).toEqual(["gateway.config.ts", "parts/a.ts", "node_modules/bellhop-test-one", "b"])
    shop.write("b.ts", "export default 1\n")
    shop.write("node_modules/bellhop-test-one/index.js", "module.exports = 1\n")
    expect(found(shop)).toEqual(["gateway.config.ts", "parts/a.ts", "b.ts"])
  })

  it("finds a package and a folder that appear step by step, as they are looked for", () => {
    using shop = folder({
      "gateway.config.ts": `import a from "bellhop-test-none"\nimport b from "./parts"\nconsole.log(a, b)\n`,
    })
    const missing = ["gateway.config.ts", "node_modules/bellhop-test-none", "parts"]
    expect(found(shop)).toEqual(missing)
    for (const path of ["node_modules/bellhop-test-none/README.md", "parts/README.md"]) {
      shop.write(path, "")
      expect(found(shop)).toEqual(missing)
    }
    shop.write("node_modules/bellhop-test-none/index.ts", "export default 1\n")
    shop.write("parts/index.ts", "export default 1\n")
    expect(found(shop)).toEqual(["gateway.config.ts", "parts/index.ts"])
  })

  it("is the entry alone when that is missing or empty", () => {
    using shop = folder({ "empty.ts": "" })
    expect(found(shop)).toEqual(["gateway.config.ts"])
    expect(found(shop, "empty.ts")).toEqual(["empty.ts"])
  })

  it("still finds the imports of a file that does not parse", () => {
    using shop = folder({
      "gateway.config.ts": `import { a } from "./a.ts"\nexport default {\n`,
      "a.ts": "export {}\n",
    })
    expect(found(shop)).toEqual(["gateway.config.ts", "a.ts"])
  })

  it("looks for the imports of a linked config where it really is", () => {
    using shop = folder({ "real/gateway.config.ts": `import "./a.ts"\n`, "real/a.ts": "export {}\n" })
    symlinkSync("real/gateway.config.ts", join(shop.path, "gateway.config.ts"))
    expect(found(shop)).toEqual(["gateway.config.ts", "real/a.ts"])
    expect(realPath(join(shop.path, "gateway.config.ts"))).toBe(join(shop.path, "real/gateway.config.ts"))
  })
})

it("exportsOf() names what a file exports by itself, and nothing of what it cannot read", () => {
  using shop = folder({
    "a.ts": `export const a = 1\nexport default 2\nexport type T = string\nconst b = 1\nexport { b as c }\n`,
    "broken.ts": "export const a = {\n",
    "data.json": "{}",
  })
  expect(exportsOf(join(shop.path, "a.ts")).toSorted()).toEqual(["a", "c", "default"])
  for (const file of ["broken.ts", "data.json", "missing.ts"]) expect(exportsOf(join(shop.path, file))).toEqual([])
})

it("readText() is undefined for a file that is not there", () => {
  using shop = folder({ "a.ts": "a" })
  expect(readText(join(shop.path, "a.ts"))).toBe("a")
  expect(readText(join(shop.path, "b.ts"))).toBeUndefined()
})
