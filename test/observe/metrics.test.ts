import { describe, expect, it } from "vitest"

import { Metrics } from "../../src/observe/metrics.ts"

const samples = (text: string, family: string): string[] =>
  text.split("\n").filter((line) => line.startsWith(family) && /^[a-z_]+[{ ]/.test(line))

describe("Metrics", () => {
  it("counts answers by route and status", () => {
    const metrics = new Metrics()
    metrics.count(metrics.counterOf("GET /cart"), 200)
    metrics.count(metrics.counterOf("GET /cart"), 200)
    metrics.count(metrics.counterOf("GET /cart"), 502)
    metrics.count(metrics.counterOf(""), 404)
    expect(samples(metrics.text(), "bellhop_requests_total")).toEqual([
      'bellhop_requests_total{route="GET /cart",status="200"} 2',
      'bellhop_requests_total{route="GET /cart",status="502"} 1',
      'bellhop_requests_total{route="",status="404"} 1',
    ])
  })

  it("tells how many WebSockets are open, by route and service", () => {
    const metrics = new Metrics()
    metrics.websockets("/chat", "chat", 1)
    metrics.websockets("/chat", "chat", 1)
    metrics.websockets("/chat", "other", 1)
    metrics.websockets('/a"b', "chat", 1)
    metrics.websockets('/a"b', "chat", -1)
    expect(samples(metrics.text(), "bellhop_websockets_open")).toEqual([
      'bellhop_websockets_open{route="/chat",service="chat"} 2',
      'bellhop_websockets_open{route="/chat",service="other"} 1',
      'bellhop_websockets_open{route="/a\\"b",service="chat"} 0',
    ])
  })

  it("counts reloads by outcome", () => {
    const metrics = new Metrics()
    for (const outcome of ["applied", "refused", "applied", "unchanged"] as const) metrics.reloaded(outcome)
    expect(samples(metrics.text(), "bellhop_reloads_total")).toEqual([
      'bellhop_reloads_total{outcome="applied"} 2',
      'bellhop_reloads_total{outcome="refused"} 1',
      'bellhop_reloads_total{outcome="unchanged"} 1',
    ])
  })

  it("says what is going on now", () => {
    const metrics = new Metrics()
    metrics.inFlight = 3
    metrics.generation = 7
    const text = metrics.text()
    expect(samples(text, "bellhop_requests_in_flight")).toEqual(["bellhop_requests_in_flight 3"])
    expect(samples(text, "bellhop_config_generation")).toEqual(["bellhop_config_generation 7"])
    expect(Number(samples(text, "process_resident_memory_bytes")[0]?.split(" ")[1])).toBeGreaterThan(1_000_000)
  })

  it("takes a route for a text, whatever is in it", () => {
    const metrics = new Metrics()
    for (const route of ['a"b', "a\\b", "a\nb", "__proto__", "constructor"])
      metrics.count(metrics.counterOf(route), 200)
    expect(samples(metrics.text(), "bellhop_requests_total")).toEqual([
      'bellhop_requests_total{route="a\\"b",status="200"} 1',
      'bellhop_requests_total{route="a\\\\b",status="200"} 1',
      'bellhop_requests_total{route="a\\nb",status="200"} 1',
      'bellhop_requests_total{route="__proto__",status="200"} 1',
      'bellhop_requests_total{route="constructor",status="200"} 1',
    ])
  })

  it("is text that Prometheus reads: help, type, samples, each family once", () => {
    const metrics = new Metrics()
    metrics.count(metrics.counterOf("GET /"), 200)
    metrics.reloaded("applied")
    const text = metrics.text()
    expect(text.endsWith("\n")).toBe(true)
    const families = new Set<string>()
    let family = ""
    for (const line of text.trimEnd().split("\n")) {
      const [, word, name = ""] = /^# (HELP|TYPE) (\S+) \S/.exec(line) ?? []
      if (word === "HELP") {
        expect(families.has(name)).toBe(false)
        families.add((family = name))
      } else if (word === "TYPE") expect([name, /(counter|gauge|histogram)$/.test(line)]).toEqual([family, true])
      else
        expect(line).toMatch(
          new RegExp(`^${family}(_bucket|_sum|_count)?(\\{\\w+="[^"]*"(,\\w+="[^"]*")*\\})? [\\d.e+]+$`),
        )
    }
    expect(families.size).toBeGreaterThan(5)
  })
})
