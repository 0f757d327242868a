import { describe, expect, it } from "vitest"

import { Kept } from "../../src/core/kept.ts"
import { observeOption, type ObserveOptions } from "../../src/observe/observe-options.ts"
import { observing } from "../../src/observe/observing.ts"
import { exchange, tools } from "../support/exchange.ts"
import { receiver } from "../support/otlp.ts"
import { ended } from "./ended.ts"

const options = (value: object): ObserveOptions =>
  observeOption.parse(value, [], ({ message }) => {
    throw new Error(message)
  })

describe("observing()", () => {
  it("watches nothing where the config asks for nothing", () => {
    expect(observing(undefined, tools())).toMatchObject({ watch: undefined, observers: [] })
    expect(observing(options({}), tools())).toMatchObject({ watch: undefined, observers: [] })
  })

  it("traces where traces are sent, without being asked for it", () => {
    const { watch } = observing(options({ otlp: "http://127.0.0.1:1" }), tools())
    const asked = exchange()
    watch?.(asked)
    expect(asked.trace?.sampled).toBe(true)
    expect(asked.span).toBeDefined()
    expect(observing(options({ otlp: { url: "http://127.0.0.1:1", send: ["logs"] } }), tools()).watch).toBeUndefined()
  })

  it("gives exchanges a trace and no span where nothing is sent", () => {
    const asked = exchange()
    observing(options({ traces: true }), tools()).watch?.(asked)
    expect(asked.trace).toBeDefined()
    expect(asked.span).toBeUndefined()
  })

  it("sends what gathered under a config that is no longer served, whether or not the next one sends to the same place", async () => {
    using collector = receiver()
    const kept = new Kept()
    const generation = (value: object) => {
      const { keep, settle } = kept.generation()
      const made = observing(options(value), { ...tools(), keep })
      return { ...made, settle }
    }
    const answers = ({ watch, observers }: ReturnType<typeof generation>): void => {
      const asked = exchange()
      watch?.(asked)
      for (const observer of observers) observer(ended({ exchange: asked }))
    }
    const same = { otlp: { url: collector.url, every: "1h" } }
    const first = generation(same)
    first.settle()
    answers(first)
    const second = generation(same)
    second.settle()
    answers(second)
    expect(collector.posted).toEqual([])
    generation({}).settle()
    await collector.has("spans", 2)
    expect(collector.posted).toHaveLength(1)
  })
})
