import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import { eject } from "../../../src/services/ejections.ts"
import { outliers } from "../../../src/services/guards/outliers.ts"
import type { Upstream } from "../../../src/services/upstream.ts"
import { exchange } from "../../support/exchange.ts"
import { type Came, closed, type Guarded, guarded, later, refused, reply } from "./guarded.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

async function ask(made: Guarded, times: number): Promise<void> {
  for (let time = 0; time < times; time++) await (async () => made.handle(exchange()))().catch(() => undefined)
}

/** Each upstream does what is given for its name, the others do well. */
function doing(does: Record<string, Came>, options: object = {}, upstreams = 3): Guarded {
  const script: Came[] = []
  const made = guarded(outliers, options, { script, upstreams })
  script.shift = () => does[made.asked.at(-1) ?? ""]
  return made
}

const count = (made: Guarded, name: string): number => made.asked.filter((one) => one === name).length

const up = (made: Guarded): string =>
  made.upstreams.map(({ state }, place) => (state.isUp() ? "abcdefgh".charAt(place) : "-")).join("")

describe("outliers()", () => {
  it.each<[string, Came]>([
    ["500", 500],
    ["503", 503],
    ["refused connections", refused()],
    ["lost connections", closed()],
  ])("leaves an upstream alone after five times %s in a row", async (_, came) => {
    const made = doing({ b: came })
    await ask(made, 12)
    expect(up(made)).toBe("abc")
    await ask(made, 30)
    expect([up(made), count(made, "b")]).toEqual(["a-c", 5])
  })

  it.each<[string, Came]>([
    ["501", 501],
    ["404", 404],
    ["a fault of our own", new TypeError("undefined is not a function")],
    ["an upload that broke off", new GatewayError("unreachable", "No.", { cause: new Error("aborted") })],
  ])("takes no notice of %s", async (_, came) => {
    const made = doing({ b: came })
    await ask(made, 60)
    expect(up(made)).toBe("abc")
  })

  it("begins to count anew after each answer that is one", async () => {
    let turn = 0
    const made = doing({ b: () => reply(turn++ % 5 === 4 ? 200 : 503) })
    await ask(made, 90)
    expect(up(made)).toBe("abc")
  })

  it("leaves it alone for longer each time, up to the longest, and starts anew when it did well for long", async () => {
    const does: Record<string, Came> = { b: 503 }
    const made = doing(does, { eject: "10s", max: "25s" })
    const lengths: number[] = []
    const round = async (): Promise<void> => {
      while (up(made) === "abc") await ask(made, 3)
      const began = performance.now()
      while (up(made) !== "abc") vi.advanceTimersByTime(1000)
      lengths.push((performance.now() - began) / 1000)
    }
    for (let time = 0; time < 4; time++) await round()
    delete does.b
    await ask(made, 3)
    vi.advanceTimersByTime(25_001)
    does.b = 503
    await round()
    expect(lengths).toEqual([10, 20, 25, 25, 10])
  })

  it("says so once when it is left alone, and once when it answers again", async () => {
    const does: Record<string, Came> = { b: 503 }
    const made = doing(does)
    await ask(made, 30)
    delete does.b
    vi.advanceTimersByTime(30_000)
    await ask(made, 9)
    expect(made.logged).toEqual([
      { level: "warn", message: 'service "user": http://b.internal gets nothing for 30s: it failed 5 times in a row' },
      { level: "info", message: 'service "user": http://b.internal answers again' },
    ])
  })

  it.each([
    [1, 50, 1],
    [2, 50, 1],
    [3, 50, 2],
    [4, 50, 2],
    [8, 50, 4],
    [4, 100, 0],
    [1, 100, 0],
    [4, 10, 4],
  ])(
    "of %i upstreams that all fail leaves alone so many that with %i percent %i stay",
    async (size, maxEjected, stay) => {
      const all = Object.fromEntries([..."abcdefgh"].map((name) => [name, 503]))
      const made = doing(all, { maxEjected }, size)
      await ask(made, size * 12)
      expect(up(made).replaceAll("-", "").length).toBe(stay)
    },
  )

  it("counts those that are down for other reasons, and waits with one that is one too many", async () => {
    const made = doing({ c: 503 }, { maxEjected: 50 }, 4)
    const [a, b] = made.upstreams as [Upstream, Upstream]
    a.state.healthy = false
    a.state.changed()
    eject(b.state, "another guard", performance.now() + 60_000)
    await ask(made, 20)
    expect(up(made)).toBe("--cd")
    a.state.healthy = true
    a.state.changed()
    await ask(made, 30)
    expect(up(made)).toBe("a--d")
  })

  it("takes no notice of what was under way when it was left alone", async () => {
    const slow = Array.from({ length: 5 }, later)
    const waiting = [...slow]
    const made = doing({ b: (asked) => waiting.shift()?.answer(asked) ?? reply(503) })
    const under = Array.from({ length: 15 }, () => (async () => made.handle(exchange()))().catch(() => undefined))
    await ask(made, 30)
    expect(up(made)).toBe("a-c")
    for (const one of slow) one.come(closed())
    await Promise.all(under)
    vi.advanceTimersByTime(30_000)
    await ask(made, 4)
    expect(up(made)).toBe("abc")
  })

  it("says nothing of one that is left alone for another reason already", async () => {
    const slow = Array.from({ length: 5 }, later)
    const waiting = [...slow]
    const made = doing({ b: (asked) => waiting.shift()?.answer(asked) ?? reply() }, {}, 5)
    const under = Array.from({ length: 25 }, () => (async () => made.handle(exchange()))().catch(() => undefined))
    eject((made.upstreams[1] as Upstream).state, "another guard", performance.now() + 1000)
    for (const one of slow) one.come(closed())
    await Promise.all(under)
    vi.advanceTimersByTime(1000)
    expect([up(made), made.logged]).toEqual(["abcde", []])
  })

  it("remembers over a reload", async () => {
    const made = doing({ b: 503 })
    await ask(made, 12)
    const next = guarded(outliers, {}, { keep: made.keep })
    next.script.push(200, 503)
    await ask(next, 2)
    expect(next.upstreams.map(({ state }) => state.isUp())).toEqual([true, false, true])
  })
})

describe("eject()", () => {
  it("leaves an upstream alone until the last of several reasons ends", () => {
    const { upstreams } = guarded(outliers, {})
    const { state } = upstreams[0] as Upstream
    const heard = vi.fn<() => void>()
    state.onChange(heard)
    const now = performance.now()
    eject(state, "one", now + 100)
    eject(state, "two", now + 50)
    expect(state.ejectedUntil).toBe(now + 100)
    eject(state, "one", now)
    expect(state.ejectedUntil).toBe(now + 50)
    eject(state, "two", now)
    expect(state.isUp(now)).toBe(true)
    expect(heard).toHaveBeenCalledTimes(4)
  })
})
