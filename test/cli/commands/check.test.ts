import { describe, expect, it } from "vitest"

import { called } from "../called.ts"
import { project, shopConfig } from "../shop.ts"

const withTypo = (): string => project({ "gateway.config.ts": shopConfig.replace("fallback: {", "fallbak: {") })

describe("check", () => {
  it("says that all is fine, and how much there is", async () => {
    const { code, out, err } = await called(["check"], { cwd: project() })
    expect([code, err]).toEqual([0, ""])
    expect(out).toMatch(/^gateway\.config\.ts is fine: 3 services, 6 routes \(\d+ ms\)\n$/)
  })

  it("says what is wrong, where and how it is mended, and ends with 3", async () => {
    const { code, out } = await called(["check", "--no-types"], { cwd: withTypo() })
    expect(code).toBe(3)
    expect(out).toMatch(/^gateway\.config\.ts:24:41 {2}E201 Unknown option "fallbak"\. Did you mean "fallback"\?\n/)
    expect(out).toContain('fix: Write "fallback".')
    expect(out).not.toContain("is fine")
  })

  it("checks the types too, unless it is told not to", async () => {
    const cwd = project({ "gateway.config.ts": shopConfig.replace('() => "hello"', "(request) => request.nothing") })
    const typed = await called(["check"], { cwd })
    expect([typed.code, typed.out]).toEqual([3, expect.stringMatching(/E901 TS\d+: .*'nothing'/)])
    expect((await called(["check", "--no-types"], { cwd })).code).toBe(0)
  })

  it("is content with warnings, and shows them", async () => {
    const cwd = project({
      "gateway.config.ts": shopConfig.replace("  services: {", '  services: {\n    spare: "http://localhost:9",'),
    })
    const { code, out } = await called(["check", "--no-types"], { cwd })
    expect(code).toBe(0)
    expect(out).toMatch(/E504 warning[^]*\n\ngateway\.config\.ts is fine: 4 services/)
  })

  it("gives programs the counts, or the issues with their places", async () => {
    const fine = await called(["check", "--no-types", "--json"], { cwd: project() })
    expect(JSON.parse(fine.out)).toMatchObject({ ok: true, services: 3, routes: 6, issues: [] })
    const cwd = withTypo()
    const broken = await called(["check", "--no-types", "--json"], { cwd })
    expect(broken.code).toBe(3)
    expect(JSON.parse(broken.out)).toMatchObject({
      ok: false,
      config: `${cwd}/gateway.config.ts`,
      issues: [{ code: "E201", severity: "error", file: "gateway.config.ts", line: 24, column: 41 }],
    })
  })
})
