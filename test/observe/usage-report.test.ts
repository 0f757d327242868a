import { describe, expect, it } from "vitest"

import { readUsageQuery, WrongUsageQuery } from "../../src/observe/usage-query.ts"
import { beginnings, usageCsv, usageJson, usageReport, usageRows, usageTable } from "../../src/observe/usage-report.ts"
import { counterOf, keyOf, lineOf, rowOf } from "../../src/observe/usage-rows.ts"
import { tools } from "../support/exchange.ts"

const now = Date.parse("2026-11-21T03:30:00Z")
const text = (time: number): string => new Date(time).toISOString().slice(0, 16)

const used = [
  { at: "2026-10-31T23", key: "k1", route: "GET /a", meter: "requests", amount: 1 },
  { at: "2026-11-01T00", key: "k1", route: "GET /a", meter: "requests", amount: 2 },
  { at: "2026-11-21T02", key: "k1", route: "GET /b", meter: "requests", amount: 4 },
  { at: "2026-11-21T02", key: "k1", route: "GET /b", meter: "tokens", amount: 50 },
  { at: "2026-11-21T02", key: "k1", route: "GET /b", meter: "bytes", amount: 500 },
  { at: "2026-11-21T03", key: undefined, route: "GET /b", meter: "requests", amount: 8 },
]

async function filled() {
  const { store } = tools()
  const amounts = used.map(({ at, key, route, meter, amount }) => {
    const line = lineOf({ subject: undefined, identity: key && "apiKey:ada", key, tenant: "acme", route, plan: "free" })
    return { key: keyOf(at, line, meter), by: amount, ttl: 86_400_000 }
  })
  await store.count("one", amounts)
  return store
}

describe("readUsageQuery()", () => {
  it.each([
    [{}, "identity", "2026-11-01T00:00", "2026-11-21T03:30"],
    [{ by: "key, route,key" }, "key,route", "2026-11-01T00:00", "2026-11-21T03:30"],
    [{ since: "2h" }, "identity", "2026-11-21T01:00", "2026-11-21T03:30"],
    [{ since: "2026-10", until: "2026-11" }, "identity", "2026-10-01T00:00", "2026-11-01T00:00"],
    [{ since: "2026-11-20T14:30" }, "identity", "2026-11-20T14:00", "2026-11-21T03:30"],
    [{ since: "2026-11-20T14:30:10+02:00" }, "identity", "2026-11-20T12:00", "2026-11-21T03:30"],
  ])("reads %j", (given, by, since, until) => {
    const query = readUsageQuery(given, now)
    expect([query.by.join(","), text(query.since), text(query.until)]).toEqual([by, since, until])
  })

  it.each([
    [{ by: "keys" }, /^Cannot group usage by "keys": use month, day/],
    [{ by: "" }, /^Cannot group usage by ""/],
    [{ by: "constructor" }, /^Cannot group/],
    [{ since: "yesterday" }, /^Cannot read the time "yesterday"/],
    [{ since: "7x" }, /^Cannot read the time "7x"/],
    [{ since: "2026-13-01" }, /^Cannot read the time/],
    [{ since: "1" }, /^Cannot read the time/],
    [{ since: "2026-11-21", until: "2026-11-20" }, /^The time of since is not before/],
  ])("refuses %j", (given, message) => {
    expect(() => readUsageQuery(given, now)).toThrow(WrongUsageQuery)
    expect(() => readUsageQuery(given, now)).toThrow(message)
  })
})

describe("usageRows()", () => {
  it("has the rows of the hours that are asked for", async () => {
    const store = await filled()
    const of = async (since: string, until: string) =>
      (await usageRows(store, Date.parse(since), Date.parse(until))).map(({ amount }) => amount).sort((a, b) => a - b)
    expect(await of("2026-10-01", "2026-12-01")).toEqual([1, 2, 4, 8, 50, 500])
    expect(await of("2026-11-01T00:00Z", "2026-11-01T01:00Z")).toEqual([2])
    expect(await of("2026-11-21T03:00Z", "2026-11-21T03:30Z")).toEqual([8])
    expect(await of("2026-11-21T00:00Z", "2026-11-21T03:00Z")).toEqual([4, 50, 500])
  })

  it("asks for days, or for months where those would be many", () => {
    expect(beginnings(Date.parse("2026-10-31T20:00Z"), Date.parse("2026-11-02T00:00Z"))).toEqual([
      "usage 2026-10-31",
      "usage 2026-11-01",
    ])
    expect(beginnings(Date.parse("2026-09-30T20:00Z"), now)).toEqual([
      "usage 2026-09",
      "usage 2026-10",
      "usage 2026-11",
    ])
  })
})

describe("rowOf()", () => {
  it("reads what counterOf() writes", () => {
    const line = lineOf({ subject: 'a "b" c', identity: "i", key: undefined, tenant: "t", route: "GET /x", plan: "p" })
    const key = keyOf("2026-11-21T03", line, "tokens")
    const row = rowOf(key, 5)
    expect(row).toEqual({
      hour: "2026-11-21T03:00Z",
      subject: 'a "b" c',
      identity: "i",
      key: null,
      tenant: "t",
      route: "GET /x",
      plan: "p",
      meter: "tokens",
      amount: 5,
    })
    expect(counterOf(row)).toBe(key)
  })
})

describe("usageReport()", () => {
  it("sums up by what is asked for, with a column for each meter", async () => {
    const query = readUsageQuery({ by: "key,route" }, now)
    const sums = await usageReport(await filled(), query)
    expect(usageJson(sums, query)).toEqual({
      since: "2026-11-01T00:00:00.000Z",
      until: "2026-11-21T03:30:00.000Z",
      by: ["key", "route"],
      usage: [
        { key: "k1", route: "GET /a", meters: { requests: 2 } },
        { key: "k1", route: "GET /b", meters: { bytes: 500, requests: 4, tokens: 50 } },
        { key: null, route: "GET /b", meters: { requests: 8 } },
      ],
    })
    expect(usageCsv(usageTable(sums, query))).toBe(
      "key,route,requests,bytes,tokens\r\nk1,GET /a,2,0,0\r\nk1,GET /b,4,500,50\r\n,GET /b,8,0,0\r\n",
    )
  })

  it("sums up by time", async () => {
    const query = readUsageQuery({ by: "month,day", since: "2026-10" }, now)
    const { rows } = usageTable(await usageReport(await filled(), query), query)
    expect(rows.map(({ month, day, requests }) => [month, day, requests])).toEqual([
      ["2026-10", "2026-10-31", 1],
      ["2026-11", "2026-11-01", 2],
      ["2026-11", "2026-11-21", 12],
    ])
  })

  it("has its row of names when nothing was used", async () => {
    const query = readUsageQuery({ by: "key", since: "2026-01", until: "2026-02" }, now)
    expect(usageCsv(usageTable(await usageReport(await filled(), query), query))).toBe("key\r\n")
  })

  it("keeps a meter apart that is called as a group is", () => {
    const query = readUsageQuery({ by: "key" }, now)
    const { columns, rows } = usageTable([{ group: { key: "k1" }, meters: { key: 7 } }], query)
    expect([columns, rows]).toEqual([["key", "key (meter)"], [{ key: "k1", "key (meter)": 7 }]])
  })
})
