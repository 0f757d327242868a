import { describe, expect, it } from "vitest"

import type { Problem } from "../../../src/core/schema.ts"
import { otlpOption } from "../../../src/observe/otlp/options.ts"
import { standardTraces, tracesOption } from "../../../src/observe/traces-options.ts"

function problemsOf(option: typeof otlpOption | typeof tracesOption, value: unknown): string[] {
  const problems: Problem[] = []
  option.parse(value, ["observe"], (problem) => void problems.push(problem))
  return problems.map(({ path, message }) => `${path.join(".")}: ${message}`)
}

describe("otlpOption", () => {
  it("takes a URL for all that is standard", () => {
    expect(otlpOption.parse("http://localhost:4318", [], () => undefined)).toMatchObject({
      url: "http://localhost:4318",
      send: ["traces"],
      format: "protobuf",
      compress: true,
      every: 5000,
      queue: 4096,
      service: "bellhop",
    })
  })

  it.each(["localhost:4318", "ftp://x", "http://localhost:4318/v1/traces", "http://x?y=1"])(
    "does not take %j",
    (url) => {
      expect(problemsOf(otlpOption, url)).toEqual([`observe: Expected the URL of an OTLP receiver, got "${url}".`])
      expect(problemsOf(otlpOption, { url })).toHaveLength(1)
    },
  )

  it("reports what it does not know", () => {
    expect(problemsOf(otlpOption, { url: "http://x", send: ["trace"] })).toHaveLength(1)
    expect(problemsOf(otlpOption, { url: "http://x", send: [] })).toHaveLength(1)
    expect(problemsOf(otlpOption, { url: "http://x", endpoint: "" })).toHaveLength(1)
    expect(problemsOf(otlpOption, {})).toHaveLength(1)
  })
})

describe("tracesOption", () => {
  it("takes true for all that is standard", () => {
    expect(tracesOption.parse(true, [], () => undefined)).toEqual(standardTraces())
    expect(tracesOption.parse({}, [], () => undefined)).toEqual(standardTraces())
    expect(standardTraces()).toMatchObject({ sample: 100, parent: true, errors: true, incoming: "continue" })
  })

  it.each([-1, 101, Number.NaN])("sample: does not take %d", (sample) => {
    expect(problemsOf(tracesOption, { sample })).toEqual([
      `observe.sample: Expected a number from 0 to 100, got ${sample}.`,
    ])
  })
})
