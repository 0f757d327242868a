import { describe, expect, it } from "vitest"

import { Trace } from "../../../src/core/trace.ts"
import { senderOf } from "../../../src/observe/otlp/identity.ts"
import { otlpOption } from "../../../src/observe/otlp/options.ts"
import { logSending } from "../../../src/observe/otlp/sendings.ts"
import { redaction } from "../../../src/observe/redact.ts"
import { postedOf, read } from "../../support/otlp.ts"
import { ended } from "../ended.ts"

function sent(format: "protobuf" | "json", said: Parameters<typeof ended>[0] = {}) {
  const given = otlpOption.parse({ url: "http://localhost:4318", format }, [], () => undefined)
  const one = ended(said)
  one.exchange.trace = new Trace({ traceId: "a".repeat(32), random: false }, true)
  const body = logSending(given, senderOf(given)).serialize([{ ended: one, redact: redaction() }])
  const type = format === "json" ? "application/json" : "application/x-protobuf"
  const headers = new Headers({ "content-type": type })
  const [line] = postedOf("/v1/logs", headers, read("/v1/logs", type, body ?? new Uint8Array())).logs
  return { line, trace: one.exchange.trace }
}

describe.each(["protobuf", "json"] as const)("logOf() in %s", (format) => {
  it("says of an exchange how it went, and which trace it belongs to", () => {
    const { line, trace } = sent(format, {
      asked: { path: "/users/7?key=secret" },
      route: "GET /users/:id",
      began: 100,
    })
    expect(line).toMatchObject({
      traceId: trace.traceId,
      spanId: trace.spanId,
      severity: "INFO",
      body: "GET /users/:id 200",
      at: 1_700_000_000_128_000_000n,
    })
    expect(line?.attributes).toMatchObject({
      "url.path": "/users/7",
      "url.query": "key=[redacted]",
      "http.route": "/users/:id",
      "http.response.status_code": 200,
      "bellhop.outcome": "whole",
      "bellhop.duration": 0.005,
      "bellhop.duration.answer": 0.003,
      "bellhop.duration.upstream": 0.002,
    })
    expect(Object.values(line?.attributes ?? {}).join(" ")).not.toContain("secret")
  })

  it("is an error where the gateway or what it asked failed, and says how", () => {
    const { line } = sent(format, { status: 502, code: "unreachable" })
    expect(line?.severity).toBe("ERROR")
    expect(line?.attributes).toMatchObject({ "error.type": "unreachable", "bellhop.code": "unreachable" })
    const refused = sent(format, { status: 401, code: "unauthorized" }).line
    expect(refused?.severity).toBe("INFO")
    expect(refused?.attributes).toMatchObject({ "bellhop.code": "unauthorized" })
    expect(refused?.attributes).not.toHaveProperty("error.type")
  })
})
