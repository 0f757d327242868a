import { describe, expect, it } from "vitest"

import manifest from "../../../package.json" with { type: "json" }
import { called } from "../called.ts"

describe("version", () => {
  it("tells the version of the package", async () => {
    expect((await called(["version"])).out).toBe(`bellhop ${manifest.version}\n`)
  })

  it("tells programs the runtime and the platform too", async () => {
    expect(JSON.parse((await called(["version", "--json"])).out)).toEqual({
      name: "bellhop",
      version: manifest.version,
      bun: Bun.version,
      platform: `${process.platform}-${process.arch}`,
    })
  })
})
