import fc from "fast-check"
import { describe, expect, it } from "vitest"

import type { CalendarPeriod } from "../../../src/core/plan.ts"
import { endOf, timeZone } from "../../../src/policies/quota/period.ts"

const end = (period: CalendarPeriod, zone: string, now: string): string =>
  new Date(endOf(period, zone, Date.parse(now))).toISOString().replace(".000", "")

describe("endOf()", () => {
  it.each<[CalendarPeriod, string, string, string]>([
    ["hour", "UTC", "2026-11-21T03:59:59.999Z", "2026-11-21T04:00:00Z"],
    ["hour", "UTC", "2026-11-21T04:00:00Z", "2026-11-21T05:00:00Z"],
    ["day", "UTC", "2026-11-21T03:00:00Z", "2026-11-22T00:00:00Z"],
    ["week", "UTC", "2026-11-21T03:00:00Z", "2026-11-23T00:00:00Z"],
    ["week", "UTC", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"],
    ["month", "UTC", "2026-01-31T23:00:00Z", "2026-02-01T00:00:00Z"],
    ["month", "UTC", "2026-12-31T23:00:00Z", "2027-01-01T00:00:00Z"],
    ["year", "UTC", "2028-02-29T00:00:00Z", "2029-01-01T00:00:00Z"],
    ["day", "Europe/Berlin", "2026-11-21T22:59:59Z", "2026-11-21T23:00:00Z"],
    ["month", "America/New_York", "2026-11-01T03:00:00Z", "2026-11-01T04:00:00Z"],
    // Half an hour off: hours begin when clocks there say so.
    ["hour", "Asia/Kolkata", "2026-11-21T03:00:00Z", "2026-11-21T03:30:00Z"],
    // 23 and 25 hours long.
    ["day", "Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-29T22:00:00Z"],
    ["day", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T23:00:00Z"],
    // The hour that comes twice is two hours.
    ["hour", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z"],
    ["hour", "Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z"],
    // There the day begins at one: at midnight clocks are put forward.
    ["day", "Africa/Cairo", "2026-04-23T12:00:00Z", "2026-04-23T22:00:00Z"],
  ])("ends the %s in %s that %s is in at %s", (period, zone, now, ends) => {
    expect(end(period, zone, now)).toBe(ends)
  })

  it("ends each period after now, and no period within another of its kind", () => {
    const zones = ["UTC", "Europe/Berlin", "America/Havana", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"]
    const time = fc.integer({ min: Date.parse("2000-01-01"), max: Date.parse("2060-01-01") })
    const periods = fc.constantFrom<CalendarPeriod>("hour", "day", "week", "month", "year")
    fc.assert(
      fc.property(time, fc.constantFrom(...zones), periods, (now, zone, period) => {
        const ends = endOf(period, zone, now)
        expect(ends).toBeGreaterThan(now)
        expect(endOf(period, zone, ends - 1)).toBe(ends)
        expect(endOf(period, zone, ends)).toBeGreaterThan(ends)
      }),
    )
  })
})

describe("timeZone", () => {
  const problems = (value: unknown): string[] => {
    const found: string[] = []
    timeZone.parse(value, [], ({ message }) => void found.push(message))
    return found
  }

  it.each(["UTC", "Europe/Berlin", "america/new_york", "+02:00"])("takes %j", (value) => {
    expect(problems(value)).toEqual([])
  })

  it.each(["", "Berlin", "Mars/Olympus", "UTC+2h"])("refuses %j", (value) => {
    expect(problems(value)).toEqual([
      `Expected a time zone such as "UTC" or "Europe/Berlin", got ${JSON.stringify(value)}.`,
    ])
  })

  it("refuses what is no text", () => {
    expect(problems(7)).toHaveLength(1)
  })
})
