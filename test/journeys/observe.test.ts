import { readFileSync, renameSync } from "node:fs"
import { join } from "node:path"

import { describe, expect, it } from "vitest"

import type { Running } from "../support/executable.ts"
import { type Gateway, gateway } from "../support/gateway.ts"
import { ask, connect } from "../support/raw.ts"
import { rawUpstream } from "../support/upstream.ts"
import { openSocket, socketUpstream } from "../support/websocket.ts"

const own = { host: "localhost" }

/** A service that answers at once: with the status that its path names, if it names one. */
const answering = () =>
  Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const body = await request.text()
      const status = Number(/\/status\/(\d{3})/.exec(request.url)?.[1] ?? 200)
      return Response.json(`${request.method} ${body.length}`, { status })
    },
  })

const scrape = async (bellhop: Gateway): Promise<string> => (await ask(bellhop.admin, "/metrics", own)).body

/** What the series of this name add up to whose labels fit. */
function sum(text: string, name: string, labels: RegExp = /./): number {
  let total = 0
  for (const line of text.split("\n")) {
    const at = line.lastIndexOf(" ")
    const brace = line.indexOf("{")
    const its = brace < 0 ? line.slice(0, at) : line.slice(0, brace)
    if (its === name && labels.test(line.slice(0, at))) total += Number(line.slice(at + 1))
  }
  return total
}

/** A line of the access log. */
type Line = Readonly<Record<string, unknown>>

const linesIn = (file: string): Line[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line)

const linesSaid = ({ events }: Running): Line[] =>
  (events as readonly { event: string }[]).filter(({ event }) => event === "exchange") as unknown as Line[]

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await Bun.sleep(5)
}

describe("metrics and the access log", () => {
  it("count every request of a load run, whatever came of it, each once", { timeout: 60_000 }, async () => {
    using service = answering()
    await using bellhop = await gateway({
      observe: { log: { to: { path: "access.log" } } },
      services: { up: service.url.origin },
      routes: {
        "/up/*": { service: "up", path: "/*" },
        "GET /limited": { reply: { body: "x" }, rateLimit: { limit: 100, per: "1h" } },
        "GET /made/:id": { reply: { body: "hello" } },
        "GET /both": { aggregate: { a: "up GET /a", b: { call: "up GET /status/500", required: false } } },
      },
    })
    const kinds = [
      { path: "/up/x?a=1", status: 200, route: "/up/*" },
      { path: "/up/y", method: "POST", body: "12345", status: 200, route: "/up/*" },
      { path: "/up/status/404", status: 404, route: "/up/*" },
      { path: "/up/status/503", status: 503, route: "/up/*" },
      { path: "/made/7", status: 200, route: "GET /made/:id" },
      { path: "/limited", status: undefined, route: "GET /limited" },
      { path: "/both", status: 200, route: "GET /both" },
      { path: "/nowhere", status: 404, route: undefined },
      { path: "/made/7", method: "DELETE", status: 405, route: undefined },
    ]
    const each = 150
    const left = kinds.flatMap((kind) => Array.from({ length: each }, () => kind))
    const worker = async (): Promise<void> => {
      for (let kind = left.pop(); kind; kind = left.pop()) {
        const { path, status, ...request } = kind
        const got = await fetch(`${bellhop.url}${path}`, {
          method: request.method ?? "GET",
          body: request.body ?? null,
        })
        await got.arrayBuffer()
        if (status !== undefined) expect([path, got.status]).toEqual([path, status])
      }
    }
    await Promise.all(Array.from({ length: 16 }, worker))
    const all = kinds.length * each
    await until(async () => sum(await scrape(bellhop), "http_server_request_duration_seconds_count") >= all)
    const text = await scrape(bellhop)
    const count = (labels: RegExp): number => sum(text, "http_server_request_duration_seconds_count", labels)
    expect(count(/./)).toBe(all)
    expect(sum(text, "bellhop_requests_total")).toBe(all)
    expect(count(/code="200",http_route="\/up\/\*"/)).toBe(2 * each)
    expect(count(/method="POST".*http_route="\/up\/\*"/)).toBe(each)
    expect(count(/code="404",http_route="\/up\/\*"/)).toBe(each)
    expect(count(/code="503",http_route="\/up\/\*"/)).toBe(each)
    expect(count(/code="200",http_route="\/limited"/)).toBe(100)
    expect(count(/code="429",http_route="\/limited"/)).toBe(each - 100)
    expect(count(/http_route=""/)).toBe(2 * each)
    expect(sum(text, "bellhop_gateway_duration_seconds_count")).toBe(all)
    expect(sum(text, "http_server_request_body_size_bytes_sum")).toBe(5 * each)
    expect(sum(text, "http_server_response_body_size_bytes_sum", /made/)).toBe(5 * each)
    expect(sum(text, "bellhop_failures_total", /rate_limited/)).toBe(each - 100)
    expect(sum(text, "bellhop_failures_total", /method_not_allowed/)).toBe(each)
    expect(sum(text, "bellhop_rate_limit_total", /allowed/)).toBe(100)
    expect(sum(text, "bellhop_part_duration_seconds_count", /part="a",outcome="answered"/)).toBe(each)
    expect(sum(text, "bellhop_part_duration_seconds_count", /part="b",outcome="fallback"/)).toBe(each)
    expect(sum(text, "http_client_request_duration_seconds_count", /service="up"/)).toBe(6 * each)
    expect(sum(text, "http_server_active_requests")).toBe(0)
    await until(async () => sum(await scrape(bellhop), "bellhop_access_log_lines_total", /written/) >= all)
    const lines = linesIn(join(bellhop.folder.path, "access.log"))
    expect(lines).toHaveLength(all)
    expect(new Set(lines.map(({ id }) => id)).size).toBe(all)
    for (const { path, route, status } of kinds)
      if (status !== undefined)
        expect(
          lines.filter(
            (line) => `${line.path}${line.query ?? ""}` === path && line.status === status && line.route === route,
          ),
        ).toHaveLength(each)
    for (const line of lines) {
      expect(line.took).toBeGreaterThanOrEqual(line.answered as number)
      expect(Number(line.gateway) + Number(line.upstream)).toBeLessThanOrEqual(Number(line.answered) + 0.002)
      if (line.route === "/up/*") expect(line.upstream).toBeGreaterThan(0)
      if (line.route === "GET /made/:id") expect(line.upstream).toBe(0)
    }
  })

  it("know of exchanges on the listener that speaks HTTP/2 as well, and of their bytes", async () => {
    using service = answering()
    await using bellhop = await gateway({
      listen: { host: "127.0.0.1", port: 0, http2: true },
      observe: { log: true },
      services: { up: service.url.origin },
      routes: { "/*": "up" },
    })
    await (await fetch(`${bellhop.url}/x`, { method: "POST", body: "123" })).text()
    await (await fetch(`${bellhop.url}/y`)).text()
    await until(() => linesSaid(bellhop).length === 2)
    expect(linesSaid(bellhop)).toMatchObject([
      { method: "POST", path: "/x", status: 200, received: 3, sent: 8, outcome: "whole" },
      { method: "GET", path: "/y", status: 200, received: 0, sent: 7, outcome: "whole" },
    ])
  })

  it("know of WebSockets when they close, and of clients that leave", async () => {
    using chat = socketUpstream()
    using silent = await rawUpstream()
    await using bellhop = await gateway({
      observe: { log: true },
      services: { chat: chat.url, silent: silent.url },
      routes: { "/chat": "chat", "/silent": "silent" },
    })
    const socket = await openSocket(`${bellhop.url}/chat`)
    expect(await socket.ask("hello")).toBe("hello")
    socket.socket.close()
    await until(() => linesSaid(bellhop).length === 1)
    const client = await connect(bellhop.url)
    client.send("GET /silent HTTP/1.1\r\nHost: a\r\n\r\n")
    await silent.next()
    client[Symbol.dispose]()
    await until(() => linesSaid(bellhop).length === 2)
    expect(linesSaid(bellhop)).toMatchObject([
      { path: "/chat", status: 101, outcome: "whole" },
      { path: "/silent", status: 499, code: "client_gone", outcome: "gone" },
    ])
  })

  it("writes no line unless the config asks for it, and measures nothing where it says so", async () => {
    await using quiet = await gateway({ routes: { "/": { reply: {} } } })
    await using unmeasured = await gateway({ observe: { metrics: false }, routes: { "/": { reply: {} } } })
    for (const { url } of [quiet, unmeasured]) expect((await ask(url, "/")).status).toBe(200)
    expect((await ask(unmeasured.admin, "/metrics", own)).status).toBe(404)
    expect((await ask(quiet.admin, "/metrics", own)).status).toBe(200)
    quiet.kill()
    expect(await quiet.exited).toBe(0)
    expect(quiet.events.map(({ event }) => event)).not.toContain("exchange")
  })

  it("goes on in a new file after logrotate has been there, and loses nothing when it stops", async () => {
    await using bellhop = await gateway({
      observe: { log: { to: { path: "access.log" }, fields: ["path"] } },
      routes: { "/*": { reply: {} } },
    })
    const file = join(bellhop.folder.path, "access.log")
    await ask(bellhop.url, "/before")
    await until(async () => sum(await scrape(bellhop), "bellhop_access_log_lines_total", /written/) === 1)
    renameSync(file, `${file}.1`)
    bellhop.kill("SIGHUP")
    await ask(bellhop.url, "/after")
    bellhop.kill()
    expect(await bellhop.exited).toBe(0)
    expect(linesIn(`${file}.1`).map(({ path }) => path)).toEqual(["/before"])
    expect(linesIn(file).map(({ path }) => path)).toEqual(["/after"])
  })
})

describe("a scrape", () => {
  it("passes promtool, whatever is configured and whatever happened", async () => {
    using service = answering()
    await using bellhop = await gateway(
      `{
        observe: { log: { to: { path: "access.log" } }, traces: true },
        plans: { free: { requests: { limit: 2, per: "day" } } },
        usage: true,
        services: {
          up: {
            url: ${JSON.stringify(service.url.origin)},
            retry: { attempts: 1 }, breaker: {}, hedge: { after: "1s" }, health: { path: "/" },
          },
          none: { mock: "mock" },
        },
        routes: {
          "/up/*": { service: "up", cache: { ttl: "1m" } },
          "/mocked": "none",
          "GET /both": { aggregate: { a: "up GET /a", b: { call: "up GET /status/500", required: false } } },
          "/keys": { reply: {}, auth: { apiKey: { keys: { one: "sha256:${"0".repeat(64)}" } } } },
          "/free": { reply: {}, quota: { plan: "free" }, rateLimit: { limit: 2, per: "1m" }, shed: { inFlight: 10 } },
          'GET /odd/:id(\\\\d+)': { reply: {} },
        },
      }`,
      { files: { "mocks/none/mocked.GET.json": "{}" } },
    )
    for (const path of [
      "/up/1",
      "/up/1",
      "/up/status/503",
      "/mocked",
      "/both",
      "/keys",
      "/free",
      "/free",
      "/free",
      "/odd/1",
    ])
      await ask(bellhop.url, path)
    await ask(bellhop.url, "/keys", { headers: ["x-api-key: wrong"] })
    await until(async () => sum(await scrape(bellhop), "bellhop_event_loop_lag_seconds_count") > 0)
    const text = await scrape(bellhop)
    for (const [name, labels] of [
      ["bellhop_retries_total", /outcome="sent"/],
      ["bellhop_mocks_answered_total", /service="none"/],
      ["bellhop_auth_total", /scheme="none",outcome="refused"/],
      ["bellhop_auth_total", /scheme="apiKey",outcome="refused"/],
      ["bellhop_quota_total", /plan="free",outcome="allowed"/],
      ["bellhop_rate_limit_total", /outcome="refused"/],
      ["bellhop_cache_requests_total", /result="hit"/],
      ["bellhop_upstream_up", /service="up"/],
      ["bellhop_event_loop_lag_seconds_count", /./],
      ["process_cpu_seconds_total", /./],
      ["bellhop_reload_last_success_timestamp_seconds", /./],
    ] as const)
      expect([name, labels, sum(text, name, labels) > 0]).toEqual([name, labels, true])
    const promtool = Bun.spawn(["promtool", "check", "metrics"], {
      stdin: new Blob([text]),
      stdout: "pipe",
      stderr: "pipe",
    })
    const said = (await new Response(promtool.stdout).text()) + (await new Response(promtool.stderr).text())
    expect([await promtool.exited, said]).toEqual([0, ""])
  })

  it("comes as OpenMetrics where that is asked for, with traces as examples", async () => {
    await using bellhop = await gateway({ observe: { traces: true }, routes: { "/": { reply: {} } } })
    const traceId = "0af7651916cd43dd8448eb211c80319c"
    await ask(bellhop.url, "/", { headers: [`traceparent: 00-${traceId}-b7ad6b7169203331-01`] })
    const accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
    const got = await ask(bellhop.admin, "/metrics", { ...own, headers: [`accept: ${accept}`] })
    expect(got.get("content-type")).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8")
    expect(got.body.endsWith("# EOF\n")).toBe(true)
    expect(got.body).toMatch(
      new RegExp(`^http_server_request_duration_seconds_bucket.* # \\{trace_id="${traceId}"\\} `, "m"),
    )
  })

  it("and the log have no secret of a request in them", async () => {
    const planted = "planted-3f9c1d7e5b"
    await using bellhop = await gateway({
      observe: {
        log: { to: { path: "access.log" }, headers: ["authorization", "cookie", "x-api-key", "x-ours", "referer"] },
        redact: ["x-ours", "mine"],
      },
      routes: {
        "/*": { reply: {}, auth: { apiKey: { keys: { one: `sha256:${"0".repeat(64)}` }, from: { query: "ticket" } } } },
      },
    })
    const headers = [
      `authorization: Bearer ${planted}`,
      `cookie: sid=${planted}`,
      `x-api-key: ${planted}`,
      `x-ours: ${planted}`,
      `referer: https://a.example/?access_token=${planted}`,
      `user-agent: sends Bearer ${planted}`,
    ]
    await ask(bellhop.url, `/x?token=${planted}&ticket=${planted}&mine=${planted}&%6dine=${planted}&page=2`, {
      headers,
    })
    await until(async () => sum(await scrape(bellhop), "bellhop_access_log_lines_total", /written/) === 1)
    const text = readFileSync(join(bellhop.folder.path, "access.log"), "utf8")
    expect(text).not.toContain(planted)
    expect(await scrape(bellhop)).not.toContain(planted)
    expect(JSON.parse(text)).toMatchObject({ status: 401, code: "unauthorized" })
    expect(text).toContain("page=2")
  })
})
