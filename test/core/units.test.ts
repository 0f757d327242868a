import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { duration, durationText, size } from "../../src/core/units.ts"
import { parsed, places } from "./parsed.ts"

const milliseconds = { ms: 1n, s: 1000n, m: 60_000n, h: 3_600_000n, d: 86_400_000n } as const

describe("duration()", () => {
  it.each([
    ["1ms", 1],
    ["250ms", 250],
    ["1.5s", 1500],
    ["30s", 30_000],
    ["0.5m", 30_000],
    ["1h", 3_600_000],
    ["7d", 604_800_000],
    ["007s", 7000],
    ["16.1m", 966_000],
    ["0.01ms", 1],
  ])("reads %j as %i ms", (written, expected) => {
    expect(parsed(duration(), written)).toEqual({ value: expected, problems: [] })
  })

  it.each([
    "0s",
    "0.0ms",
    "-1s",
    "+1s",
    "1S",
    "1 s",
    " 1s",
    "1s ",
    "1s\n",
    "1",
    "s",
    "",
    ".5s",
    "1.s",
    "1e3s",
    "1_000ms",
    "0x10s",
    "1,5s",
    "1s2m",
    "1w",
    "Infinitys",
    "NaNs",
    "१s",
    "999999999999d",
    `${"9".repeat(400)}d`,
    "1constructor",
    "1__proto__",
  ])("refuses %j", (written) => {
    expect(places(parsed(duration(), written).problems)).toEqual(["E204 here"])
  })

  it("refuses a number, which might mean seconds or milliseconds", () => {
    expect(parsed(duration(), 30).problems).toEqual([
      {
        code: "E203",
        path: ["here"],
        message: 'Expected a duration such as "250ms", "30s", "5m", "1h" or "7d", got 30.',
      },
    ])
  })

  it("is exact to the millisecond for every decimal fraction that has one", () => {
    const unit = fc.constantFrom("ms", "s", "m", "h", "d" as const)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 0, max: 3 }), unit, (digits, places, of) => {
        const scale = 10n ** BigInt(places)
        const exact = BigInt(digits) * milliseconds[of]
        if (exact % scale !== 0n) return
        const whole = Math.floor(digits / Number(scale))
        const written = `${whole}${places > 0 ? `.${String(digits % Number(scale)).padStart(places, "0")}` : ""}${of}`
        expect(parsed(duration(), written)).toEqual({ value: Number(exact / scale), problems: [] })
      }),
    )
  })
})

describe("size()", () => {
  it.each([
    ["1b", 1],
    ["64kb", 65_536],
    ["10mb", 10_485_760],
    ["1.5gb", 1_610_612_736],
  ])("reads %j as %i bytes", (written, expected) => {
    expect(parsed(size(), written)).toEqual({ value: expected, problems: [] })
  })

  it.each(["0b", "-1kb", "1KB", "1k", "1mib", "1 mb", "1tb", "", "99999999999gb"])("refuses %j", (written) => {
    expect(places(parsed(size(), written).problems)).toEqual(["E204 here"])
  })
})

describe("durationText()", () => {
  it.each([
    [1, "1ms"],
    [999, "999ms"],
    [1000, "1s"],
    [1500, "1.5s"],
    [90_000, "90s"],
    [300_000, "5m"],
    [7_200_000, "2h"],
    [604_800_000, "7d"],
  ])("writes %i as %s", (length, expected) => {
    expect(durationText(length)).toBe(expected)
  })

  it("writes what duration() reads, to a tenth of a second", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000_000 }), (length) => {
        const back = parsed(duration(), durationText(length))
        expect(back.problems).toEqual([])
        expect(Math.abs(back.value - length)).toBeLessThanOrEqual(length < 1000 ? 0 : 50)
      }),
    )
  })
})
