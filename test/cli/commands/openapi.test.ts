import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { called } from "../called.ts"
import { project } from "../shop.ts"

describe("openapi", () => {
  it("prints the document of all routes as JSON", async () => {
    const { code, out, err } = await called(["openapi"], { cwd: project() })
    expect([code, err]).toEqual([0, ""])
    const document = JSON.parse(out) as { openapi: string; paths: object }
    expect(document.openapi).toBe("3.1.0")
    expect(Object.keys(document.paths)).toContain("/users/{id}")
  })

  it("prints the same as YAML", async () => {
    const cwd = project()
    const [json, yaml] = [await called(["openapi"], { cwd }), await called(["openapi", "--yaml"], { cwd })]
    expect(Bun.YAML.parse(yaml.out)).toEqual(JSON.parse(json.out))
  })

  it.each([
    ["docs/api.json", "{\n"],
    ["docs/api.yaml", "openapi: "],
    ["api.yml", "openapi: "],
  ])("writes %s, and the folder it is in", async (file, begin) => {
    const cwd = project()
    const { code, out, err } = await called(["openapi", "-o", file], { cwd })
    expect([code, out, err]).toEqual([0, "", `wrote ${file}\n`])
    expect(readFileSync(join(cwd, file), "utf8").startsWith(begin)).toBe(true)
  })

  it("writes nothing where the config is not valid, and ends with 3", async () => {
    const cwd = project({ "gateway.config.ts": "export default {\n" })
    const { code, out, err } = await called(["openapi", "--out", "api.json"], { cwd })
    expect([code, out, err]).toEqual([3, "", expect.stringContaining("E101")])
    expect(existsSync(join(cwd, "api.json"))).toBe(false)
  })
})
