import { describe, expect, it } from "vitest"

import { Histogram } from "../../../src/core/metrics.ts"
import { exposed, expositionFor } from "../../../src/observe/metrics/exposition.ts"

describe("exposed()", () => {
  const took = new Histogram([0.1, 1])
  took.add(0.05)
  took.add(0.1)
  took.add(0.5, "0123456789abcdef0123456789abcdef")
  took.add(7)
  const families = [
    { name: "a_total", type: "counter", help: 'Says "a\\".', samples: [[{ x: 'q"\\\n' }, 3]] },
    { name: "b_bytes", type: "gauge", help: "B.", samples: [[{}, 1.5]] },
    { name: "c_seconds", type: "histogram", help: "C.", samples: [[{ y: "z" }, took]] },
  ] as const

  it("writes the text of Prometheus, whose buckets count what is in those before", () => {
    expect(exposed(families, "prometheus")).toBe(`# HELP a_total Says "a\\".
# TYPE a_total counter
a_total{x="q\\"\\\\\\n"} 3
# HELP b_bytes B.
# TYPE b_bytes gauge
b_bytes 1.5
# HELP c_seconds C.
# TYPE c_seconds histogram
c_seconds_bucket{y="z",le="0.1"} 2
c_seconds_bucket{y="z",le="1"} 3
c_seconds_bucket{y="z",le="+Inf"} 4
c_seconds_sum{y="z"} 7.65
c_seconds_count{y="z"} 4
`)
  })

  it("writes OpenMetrics: names of counters without their ending, units, exemplars and an end", () => {
    const lines = exposed(families, "openmetrics").split("\n")
    expect(lines).toContain("# TYPE a counter")
    expect(lines).toContain('a_total{x="q\\"\\\\\\n"} 3')
    expect(lines).toContain("# UNIT b_bytes bytes")
    expect(lines).toContain('c_seconds_bucket{y="z",le="0.1"} 2')
    expect(lines.find((line) => line.includes('le="1.0"'))).toMatch(
      /^c_seconds_bucket\{y="z",le="1\.0"\} 3 # \{trace_id="0123456789abcdef0123456789abcdef"\} 0\.5 \d+\.\d{3}$/,
    )
    expect(lines.slice(-2)).toEqual(["# EOF", ""])
  })
})

describe("expositionFor()", () => {
  it.each([
    [null, "prometheus"],
    ["*/*", "prometheus"],
    ["text/plain", "prometheus"],
    ["application/openmetrics-text", "openmetrics"],
    ["application/openmetrics-text; version=1.0.0; q=0.5,text/plain;version=0.0.4;q=0.9", "prometheus"],
    [
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.9,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
      "openmetrics",
    ],
    ["application/vnd.google.protobuf;q=1,text/plain;q=0", "prometheus"],
  ] as const)("takes %s for %s", (accept, format) => {
    expect(expositionFor(accept)).toBe(format)
  })
})
