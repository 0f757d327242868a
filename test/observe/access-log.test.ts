import { readFileSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { identity } from "../../src/core/identity.ts"
import { Kept } from "../../src/core/kept.ts"
import { accessLog } from "../../src/observe/access-log.ts"
import { accessLogOption, type AccessLogOptions } from "../../src/observe/access-log/options.ts"
import { Metrics } from "../../src/observe/metrics.ts"
import { redaction } from "../../src/observe/redact.ts"
import { exchange, tools } from "../support/exchange.ts"
import { folder } from "../support/executable.ts"
import { ended } from "./ended.ts"

function options(value: unknown): AccessLogOptions {
  const made = accessLogOption.parse(value, [], ({ message }) => {
    throw new Error(message)
  })
  return made || expect.fail("It is off.")
}

/** A log into a file of its own. */
function logged(value: object = {}) {
  const place = folder()
  const metrics = new Metrics()
  const kept = new Kept()
  const { keep } = kept.generation()
  const made = accessLog(options({ to: { path: "logs/access.log" }, ...value }), redaction(), {
    ...tools(),
    keep,
    metrics,
    root: place.path,
  })
  const file = join(place.path, "logs/access.log")
  return {
    ...made,
    metrics,
    file,
    async lines() {
      await made.flush()
      return readFileSync(file, "utf8").split("\n").slice(0, -1)
    },
    async [Symbol.asyncDispose]() {
      await made.flush()
      kept.generation().settle()
      place[Symbol.dispose]()
    },
  }
}

describe("accessLog()", () => {
  it("writes a JSON object for each exchange, with the gateway's time and the services' apart, and no secrets", async () => {
    await using log = logged()
    const asked = exchange({
      id: "e-1",
      method: "POST",
      path: "/pay/1?token=abc&x=1",
      headers: { "user-agent": 'a "b"\u007f', referer: "https://a.example/?code=1" },
    })
    asked.route = "POST /pay/:id"
    asked.rewrite("/internal/pay")
    asked.identity = identity({ scheme: "apiKey", subject: "ada" })
    log.observe(ended({ exchange: asked, status: 503, code: "unavailable", received: 5 }))
    const [line = ""] = await log.lines()
    expect(JSON.parse(line)).toEqual({
      event: "exchange",
      time: "2023-11-14T22:13:20.123Z",
      id: "e-1",
      client: "192.0.2.7",
      identity: "ada",
      method: "POST",
      host: "shop.example",
      path: "/pay/1",
      query: "?token=[redacted]&x=1",
      route: "POST /pay/:id",
      status: 503,
      code: "unavailable",
      outcome: "whole",
      took: 5,
      answered: 3,
      gateway: 1,
      upstream: 2,
      received: 5,
      sent: 12,
      agent: 'a "b"\u007f',
      referer: "https://a.example/?code=[redacted]",
    })
  })

  it("writes the fields and headers that the config chooses, in its order", async () => {
    await using log = logged({ fields: ["status", "path"], headers: ["X-Tenant", "Authorization", "x-none"] })
    log.observe(ended({ asked: { path: "/ü", headers: { "x-tenant": "acme", authorization: "Bearer abc" } } }))
    expect(await log.lines()).toEqual([
      '{"event":"exchange","status":200,"path":"/ü","header.x-tenant":"acme","header.authorization":"Bearer [redacted]"}',
    ])
  })

  it("writes the combined format, in which nobody can forge a line", async () => {
    await using log = logged({ format: "combined" })
    const asked = exchange({ path: "/a?key=1", headers: { "user-agent": 'x"\n1.2.3.4 - - "GET /' } })
    asked.identity = identity({ scheme: "basic", subject: "ada lovelace" })
    log.observe(ended({ exchange: asked }))
    log.observe(ended())
    expect(await log.lines()).toEqual([
      '192.0.2.7 - ada\\x20lovelace [14/Nov/2023:22:13:20 +0000] "GET /a?key=[redacted] HTTP/1.1" 200 12 "-" "x\\x22\\x0A1.2.3.4 - - \\x22GET /"',
      '192.0.2.7 - - [14/Nov/2023:22:13:20 +0000] "GET / HTTP/1.1" 200 12 "-" "-"',
    ])
  })

  it("writes for people: what was asked, what came of it, how long it took and where", async () => {
    await using log = logged({ format: "pretty" })
    log.observe(ended({ asked: { path: "/cart\u001b[2J?token=x" } }))
    log.observe(ended({ status: 502, code: "unreachable", upstream: 0 }))
    const [one = "", two = ""] = await log.lines()
    expect(one).toMatch(/^\d\d:\d\d:\d\d 200 GET {4}\/cart\\x1b\[2J\?token=\[redacted\] {2}5\.0ms \(gateway 1\.0ms\)$/)
    expect(two).toMatch(/^\d\d:\d\d:\d\d 502 GET {4}\/ {2}5\.0ms {2}unreachable$/)
  })

  it("leaves out what it is told to, and never what failed or was slow", async () => {
    await using log = logged({ fields: ["id"], sample: 0, slow: "2s", except: ["GET /healthz"] })
    await using all = logged({ fields: ["id"], except: ["GET /healthz"] })
    await using few = logged({ fields: ["id"], sample: 0, failures: false })
    const now = performance.now()
    const some = [
      ended({ asked: { id: "fine" } }),
      ended({ asked: { id: "bad" }, code: "rate_limited", status: 429 }),
      ended({ asked: { id: "worse" }, status: 500 }),
      ended({ asked: { id: "slow" }, began: now, answered: now + 3000, ended: now + 3000 }),
      ended({ asked: { id: "healthy" }, route: "GET /healthz" }),
      ended({ asked: { id: "sick" }, route: "GET /healthz", status: 503 }),
    ]
    for (const one of some) for (const each of [log, all, few]) each.observe(one)
    const ids = async ({ lines }: typeof log) => (await lines()).map((line) => (JSON.parse(line) as { id: string }).id)
    expect(await ids(log)).toEqual(["bad", "worse", "slow", "sick"])
    expect(await ids(all)).toEqual(["fine", "bad", "worse", "slow", "sick"])
    await few.flush()
    expect(() => readFileSync(few.file)).toThrow("ENOENT")
  })

  it("drops lines that find no room, whole, and counts them", async () => {
    await using log = logged({ fields: ["id"], buffer: "1kb" })
    for (let at = 0; at < 100; at++) log.observe(ended({ asked: { id: `number-${at}` } }))
    const lines = await log.lines()
    expect(lines.length).toBeGreaterThan(10)
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ event: "exchange" })
    const text = log.metrics.text()
    expect(text).toContain(`bellhop_access_log_lines_total{outcome="written"} ${lines.length}\n`)
    expect(text).toContain(`bellhop_access_log_lines_total{outcome="dropped"} ${100 - lines.length}\n`)
    log.observe(ended({ asked: { id: "later" } }))
    expect((await log.lines()).at(-1)).toContain("later")
  })

  it("goes on in a new file when somebody renames the old one", async () => {
    await using log = logged({ fields: ["id"] })
    log.observe(ended({ asked: { id: "one" } }))
    await log.flush()
    renameSync(log.file, `${log.file}.moved`)
    log.observe(ended({ asked: { id: "two" } }))
    expect(await log.lines()).toEqual(['{"event":"exchange","id":"two"}'])
    expect(readFileSync(`${log.file}.moved`, "utf8")).toBe('{"event":"exchange","id":"one"}\n')
  })

  it("keeps so many old files of such a size, the youngest first", async () => {
    await using log = logged({ fields: ["id"], to: { path: "logs/access.log", size: "100b", keep: 2 } })
    for (let at = 0; at < 10; at++) {
      log.observe(ended({ asked: { id: `number-${at}` } }))
      await log.flush()
    }
    const idsOf = (file: string): string[] => readFileSync(file, "utf8").match(/number-\d/g) ?? []
    expect(idsOf(log.file)).toEqual(["number-8", "number-9"])
    expect(idsOf(`${log.file}.1`)).toEqual(["number-6", "number-7"])
    expect(idsOf(`${log.file}.2`)).toEqual(["number-4", "number-5"])
    expect(() => readFileSync(`${log.file}.3`)).toThrow("ENOENT")
  })

  it("says once that it cannot write, loses what it has to, and goes on when it can", async () => {
    using place = folder({ logs: "a file in the place of the folder" })
    const kept = new Kept()
    const { keep } = kept.generation()
    const used = { ...tools(), keep, root: place.path, metrics: new Metrics() }
    const log = accessLog(options({ to: { path: "logs/access.log" } }), redaction(), used)
    for (let at = 0; at < 3; at++) {
      log.observe(ended())
      await log.flush()
    }
    expect(used.logged.map(({ message }) => message)).toEqual([
      "Cannot write the access log: lines are lost until it can.",
    ])
    rmSync(join(place.path, "logs"))
    log.observe(ended())
    await log.flush()
    expect(readFileSync(join(place.path, "logs/access.log"), "utf8")).toContain('"status":200')
    kept.generation().settle()
  })

  it("keeps its file and what waits over a reload, and writes it when no config wants it any more", async () => {
    using place = folder()
    const kept = new Kept()
    const used = { ...tools(), root: place.path }
    const first = kept.generation()
    const chosen = options({ fields: ["id"], to: { path: "a.log" } })
    const one = accessLog(chosen, redaction(), { ...used, keep: first.keep })
    first.settle()
    one.observe(ended({ asked: { id: "one" } }))
    const second = kept.generation()
    const two = accessLog({ ...chosen, fields: ["status"] }, redaction(), { ...used, keep: second.keep })
    second.settle()
    two.observe(ended())
    await two.flush()
    expect(readFileSync(join(place.path, "a.log"), "utf8")).toBe(
      '{"event":"exchange","id":"one"}\n{"event":"exchange","status":200}\n',
    )
    kept.generation().settle()
  })
})

describe("accessLogOption", () => {
  it("takes true, false, a format, or more about it", () => {
    expect(options(true)).toMatchObject({ to: "stdout", sample: 100, failures: true })
    expect(options("combined")).toMatchObject({ format: "combined" })
    expect(accessLogOption.parse(false, [], () => expect.fail())).toBe(false)
    expect(() => options({ fields: ["paht"] })).toThrow('got "paht"')
    expect(() => options("xml")).toThrow("xml")
  })
})
