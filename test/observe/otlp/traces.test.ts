import { describe, expect, it } from "vitest"

import { Span } from "../../../src/core/span.ts"
import { Trace } from "../../../src/core/trace.ts"
import { senderOf } from "../../../src/observe/otlp/identity.ts"
import { otlpOption, type OtlpOptions } from "../../../src/observe/otlp/options.ts"
import { traceSending } from "../../../src/observe/otlp/sendings.ts"
import type { Recorded } from "../../../src/observe/otlp/traces.ts"
import { redaction } from "../../../src/observe/redact.ts"
import { postedOf, read } from "../../support/otlp.ts"
import { ended } from "../ended.ts"

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736"
const parentId = "00f067aa0ba902b7"

function options(more: object = {}): OtlpOptions {
  return otlpOption.parse({ url: "http://localhost:4318", ...more }, [], ({ message }) => {
    throw new Error(message)
  })
}

/** What a receiver reads out of it. */
function sent(recorded: Recorded, more: object = {}) {
  const given = options(more)
  const body = traceSending(given, senderOf(given)).serialize([recorded])
  const type = given.format === "json" ? "application/json" : "application/x-protobuf"
  return postedOf(
    "/v1/traces",
    new Headers({ "content-type": type }),
    read("/v1/traces", type, body ?? new Uint8Array()),
  )
}

function checkout(): Recorded {
  const trace = new Trace({ traceId, parentId, random: true }, true, "rojo=1")
  const root = new Span("route", "POST /checkout", undefined, trace.spanId)
  const auth = root.child("policy", "auth")
  auth.set("bellhop.policy.waits", true)
  auth.end()
  const quick = root.child("policy", "headers")
  quick.set("bellhop.policy.verdict", "passed")
  quick.end()
  const part = root.child("part", "cart")
  const one = part.child("try", "cart")
  one.set("http.request.method", "GET")
  one.set("server.port", 4001)
  one.end(503, "503")
  part.end(0, "error_status")
  part.event("stood in", { what: "last" })
  const asked = {
    method: "POST",
    path: "/checkout?token=secret",
    host: "shop.example:8080",
    headers: { "user-agent": "x" },
  }
  return {
    ended: ended({ asked, route: "POST /checkout", status: 502, code: "part_failed", began: root.began }),
    trace,
    root,
    redact: redaction(),
  }
}

describe.each(["protobuf", "json"] as const)("spansOf() in %s", (format) => {
  const { spans, resource } = sent(checkout(), {
    format,
    service: "edge",
    attributes: { "deployment.environment.name": "test" },
  })
  const named = new Map(spans.map((span) => [span.name, span]))

  it("has the tree as it is", () => {
    const tree = spans.map(({ name, parentSpanId }) => [
      name,
      spans.find(({ spanId }) => spanId === parentSpanId)?.name,
    ])
    expect(tree).toEqual([
      ["POST /checkout", undefined],
      ["policy auth", "POST /checkout"],
      ["part cart", "POST /checkout"],
      ["GET cart", "part cart"],
    ])
    expect(spans[0]?.parentSpanId).toBe(parentId)
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]))
    expect(new Set(spans.map((span) => span.traceState))).toEqual(new Set(["rojo=1"]))
  })

  it("says which of them are about requests, coming and going", () => {
    expect(spans.map(({ kind }) => kind)).toEqual(["SERVER", "INTERNAL", "INTERNAL", "CLIENT"])
    // Sampled and random, and of the outermost one that its parent is somewhere else.
    expect(spans.map(({ flags }) => flags.toString(16))).toEqual(["303", "103", "103", "103"])
  })

  it("says of the exchange what OpenTelemetry has words for, and nothing that is secret", () => {
    const root = named.get("POST /checkout")
    expect(root?.attributes).toMatchObject({
      "http.request.method": "POST",
      "http.route": "/checkout",
      "url.path": "/checkout",
      "url.query": "token=[redacted]",
      "url.scheme": "http",
      "server.address": "shop.example",
      "server.port": 8080,
      "client.address": "192.0.2.7",
      "http.response.status_code": 502,
      "http.response.body.size": 12,
      "error.type": "part_failed",
      "user_agent.original": "x",
    })
    expect(root?.status).toBe("ERROR")
    expect(
      JSON.stringify(spans, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
    ).not.toContain("secret")
  })

  it("says of a try where it went and how that was", () => {
    expect(named.get("GET cart")).toMatchObject({ status: "ERROR" })
    expect(named.get("GET cart")?.attributes).toEqual({
      "http.request.method": "GET",
      "server.port": 4001,
      "http.response.status_code": 503,
      "error.type": "503",
    })
    expect(named.get("policy auth")).toMatchObject({ status: "UNSET" })
  })

  it("has times by the wall clock, those inside within those outside", () => {
    const root = named.get("POST /checkout")
    expect(root?.start).toBe(1_700_000_000_123_000_000n)
    expect(root?.end).toBe(1_700_000_000_128_000_000n)
    for (const span of spans) {
      expect(span.start).toBeGreaterThanOrEqual(root?.start ?? 0n)
      expect(span.end).toBeGreaterThanOrEqual(span.start)
    }
  })

  it("says who sends", () => {
    expect(resource).toMatchObject({ "service.name": "edge", "deployment.environment.name": "test" })
    expect(resource["service.instance.id"]).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe("spansOf()", () => {
  const of = (asked: object, more: object = {}) => {
    const trace = new Trace({ traceId, random: false }, true)
    const root = new Span("route", "", undefined, trace.spanId)
    return sent({ ended: ended({ asked, began: root.began, ...more }), trace, root, redact: redaction() }).spans[0]
  }

  it("gives names of a kind only, whatever clients make up", () => {
    expect(of({ path: "/made/up" })?.name).toBe("GET")
    expect(of({ method: "BREW" }, { route: "/pot" })).toMatchObject({ name: "HTTP /pot" })
    expect(of({ method: "BREW" })?.attributes).toMatchObject({
      "http.request.method": "_OTHER",
      "http.request.method_original": "BREW",
    })
  })

  it("takes a refusal for no failure of the gateway, and half an answer for one", () => {
    expect(of({}, { status: 404, code: "route_not_found" })).toMatchObject({ status: "UNSET" })
    expect(of({}, { outcome: "cut" })).toMatchObject({ status: "ERROR" })
  })

  it("ends what goes on still with the exchange", () => {
    const trace = new Trace({ traceId, random: false }, true)
    const root = new Span("route", "", undefined, trace.spanId)
    root.child("try", "late").set("http.request.method", "GET")
    const { spans } = sent({ ended: ended({ began: root.began }), trace, root, redact: redaction() })
    expect(spans[1]?.end).toBe(spans[0]?.end)
  })
})
