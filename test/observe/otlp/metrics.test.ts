import { describe, expect, it } from "vitest"

import type { Family } from "../../../src/observe/metrics/family.ts"
import { senderOf } from "../../../src/observe/otlp/identity.ts"
import { metricsOf } from "../../../src/observe/otlp/metrics.ts"
import { otlpOption } from "../../../src/observe/otlp/options.ts"
import { metricSending } from "../../../src/observe/otlp/sendings.ts"
import { postedOf, read } from "../../support/otlp.ts"

const families: Family[] = [
  {
    name: "app_requests_total",
    type: "counter",
    help: "Requests, by route.",
    samples: [
      [{ route: 'GET /a"}\\', status: "200" }, 3],
      [{ route: "", status: "404" }, 1],
    ],
  },
  { name: "app_up", type: "gauge", help: "Whether it is up.", samples: [[{}, 1]] },
  {
    name: "app_duration_seconds",
    type: "histogram",
    help: "How long it took.",
    samples: [[{ route: "a" }, { bounds: [0.1, 1], counts: new Float64Array([2, 3, 1]), sum: 7.5 }]],
  },
  { name: "app_nothing_total", type: "counter", help: "Nothing.", samples: [] },
]

describe.each(["protobuf", "json"] as const)("metricsOf() in %s", (format) => {
  const given = otlpOption.parse({ url: "http://localhost:4318", format }, [], () => undefined)
  const snapshot = metricsOf(families, Date.now(), senderOf(given))
  const body = metricSending(given).serialize([snapshot]) ?? new Uint8Array()
  const type = format === "json" ? "application/json" : "application/x-protobuf"
  const { metrics } = postedOf("/v1/metrics", new Headers({ "content-type": type }), read("/v1/metrics", type, body))

  it("has every metric that has a value, with what it is about", () => {
    expect(metrics.map(({ name, kind, unit }) => [name, kind, unit])).toEqual([
      ["app_requests_total", "sum", ""],
      ["app_up", "gauge", ""],
      ["app_duration_seconds", "histogram", "s"],
    ])
    expect(metrics[0]?.description).toBe("Requests, by route.")
  })

  it("has values by their labels", () => {
    expect(metrics[0]?.points.map(({ attributes, asDouble }) => [attributes, asDouble])).toEqual([
      [{ route: 'GET /a"}\\', status: "200" }, 3],
      [{ route: "", status: "404" }, 1],
    ])
  })

  it("has histograms whole", () => {
    const [point = { attributes: {} }] = metrics[2]?.points ?? []
    expect(point).toMatchObject({ attributes: { route: "a" }, sum: 7.5, explicitBounds: [0.1, 1] })
    expect((point.bucketCounts as unknown[]).map(Number)).toEqual([2, 3, 1])
    expect(Number(point.count)).toBe(6)
  })
})
