import { describe, expect, it } from "vitest"

import { exposed } from "../../../src/observe/metrics/exposition.ts"
import { HttpMetrics } from "../../../src/observe/metrics/http-metrics.ts"

const lines = (metrics: HttpMetrics, beginning: string): string[] =>
  exposed(metrics.families(), "prometheus")
    .split("\n")
    .filter((line) => line.startsWith(beginning))

describe("HttpMetrics", () => {
  it("keeps apart routes, methods and statuses, those of one class too", () => {
    const metrics = new HttpMetrics()
    const [one, two] = [metrics.routeOf("/one"), metrics.routeOf("/two")]
    metrics.ended(one, "GET", 200, 3, 1, undefined)
    metrics.ended(one, "GET", 201, 3, 1, undefined)
    metrics.ended(one, "GET", 200, 3, 1, undefined)
    metrics.ended(one, "POST", 200, 3, 1, undefined)
    metrics.ended(two, "GET", 404, 3, 1, undefined)
    expect(lines(metrics, "http_server_request_duration_seconds_count")).toEqual([
      'http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="200",http_route="/one"} 2',
      'http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="201",http_route="/one"} 1',
      'http_server_request_duration_seconds_count{http_request_method="POST",http_response_status_code="200",http_route="/one"} 1',
      'http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="404",http_route="/two"} 1',
    ])
    expect(lines(metrics, "bellhop_gateway_duration_seconds_count")).toEqual([
      'bellhop_gateway_duration_seconds_count{http_route="/one"} 4',
      'bellhop_gateway_duration_seconds_count{http_route="/two"} 1',
    ])
  })

  it("takes all methods that somebody made up for one", () => {
    const metrics = new HttpMetrics()
    const route = metrics.routeOf("/")
    for (const method of ["BREW", "get", "constructor"]) metrics.ended(route, method, 200, 1, 1, undefined)
    expect(lines(metrics, "http_server_request_duration_seconds_count")).toEqual([
      'http_server_request_duration_seconds_count{http_request_method="_OTHER",http_response_status_code="200",http_route="/"} 3',
    ])
  })

  it("counts right however many routes and statuses there are", () => {
    const metrics = new HttpMetrics()
    const routes = Array.from({ length: 300 }, (_, at) => metrics.routeOf(`/${at}`))
    for (let round = 0; round < 2; round++)
      for (const route of routes)
        for (const status of [200, 204, 299, 404, 503]) {
          metrics.ended(route, "GET", status, 20_000, 0.05, undefined)
          metrics.passed(route, 0, 500)
        }
    expect(metrics.routeOf("/7")).toBe(routes[7])
    const counts = lines(metrics, "http_server_request_duration_seconds_count").map((line) =>
      Number(line.split(" ").at(-1)),
    )
    expect(counts).toEqual(Array.from({ length: 1500 }, () => 2))
    expect(lines(metrics, 'http_server_response_body_size_bytes_count{http_route="/299"}')[0]).toMatch(/ 10$/)
    expect(lines(metrics, "http_server_request_body_size_bytes_count")).toEqual([])
  })

  it("tells how many wait, by route, and failures by their code", () => {
    const metrics = new HttpMetrics()
    const route = metrics.routeOf("/slow")
    metrics.waits(route, 1)
    metrics.waits(route, 1)
    metrics.waits(route, -1)
    metrics.failed("/slow", "timeout")
    metrics.failed("/slow", "timeout")
    expect(lines(metrics, "http_server_active_requests{")).toEqual([
      'http_server_active_requests{http_route="/slow"} 1',
    ])
    expect(lines(metrics, "bellhop_failures_total{")).toEqual([
      'bellhop_failures_total{http_route="/slow",code="timeout"} 2',
    ])
  })
})
