import { afterEach, describe, expect, it, vi } from "vitest"

import { type Preference, Upstreams } from "../../src/services/upstreams.ts"
import { exchange } from "../support/exchange.ts"
import { fake, type FakeUpstream, weighted } from "./balancers/picking.ts"

afterEach(() => void vi.restoreAllMocks())

/** What may be asked, by the letters of the hosts. */
const letters = (of: Upstreams, ...avoid: object[]): string => {
  const asked = exchange()
  if (avoid.length > 0) asked.avoid = new Set(avoid)
  return of
    .candidates(asked)
    .map(({ host }) => host)
    .join("")
}

/** Upstreams named by letters: those of zone "a" and those of zone "b". */
const zoned = (a: string, b: string): Map<string, FakeUpstream> =>
  new Map([
    ...[...a].map((name) => [name, fake(`http://${name}`, { zone: "a" })] as const),
    ...[...b].map((name) => [name, fake(`http://${name}`, { zone: "b" })] as const),
  ])

const down = (...upstreams: (FakeUpstream | undefined)[]): void => {
  for (const one of upstreams) {
    if (!one) throw new Error("There is no such upstream.")
    one.state.healthy = false
    one.state.changed()
  }
}

const made = (all: Map<string, FakeUpstream>, preference?: Preference): Upstreams =>
  new Upstreams("user", [...all.values()], preference)

describe("Upstreams.candidates()", () => {
  it("gives those that are up, and the same list until that changes", () => {
    const all = zoned("pq", "r")
    const upstreams = made(all)
    expect(letters(upstreams)).toBe("pqr")
    expect(upstreams.candidates(exchange())).toBe(upstreams.candidates(exchange()))
    down(all.get("q"))
    expect(letters(upstreams)).toBe("pr")
  })

  it("fails when there is none, and says why", () => {
    expect(() => new Upstreams("user", []).candidates(exchange())).toThrow(
      'Cannot reach service "user": it has no upstream.',
    )
    const one = zoned("p", "")
    const [single, both] = [made(one), made(zoned("p", "q"))]
    down(...one.values())
    expect(() => single.candidates(exchange())).toThrow('Cannot reach service "user": its upstream is down.')
    down(...(both.all as FakeUpstream[]))
    expect(() => both.candidates(exchange())).toThrow(
      expect.objectContaining({
        code: "unavailable",
        message: 'Cannot reach service "user": none of its 2 upstreams is healthy.',
      }),
    )
  })

  it("leaves an ejected one alone until its time is over, without being told", () => {
    let now = 1000
    vi.spyOn(performance, "now").mockImplementation(() => now)
    const all = zoned("pq", "")
    const upstreams = made(all)
    const { state } = all.get("p") ?? expect.fail()
    state.ejectedUntil = 3000
    state.changed()
    expect(letters(upstreams)).toBe("q")
    now = 2999
    expect(letters(upstreams)).toBe("q")
    now = 3000
    expect(letters(upstreams)).toBe("pq")
  })

  it("gives others than those that failed the exchange, unless there are no others", () => {
    const all = zoned("pq", "")
    const [p, q] = all.values()
    const upstreams = made(all)
    expect(letters(upstreams, p ?? expect.fail())).toBe("q")
    expect(letters(upstreams, p ?? expect.fail(), q ?? expect.fail())).toBe("pq")
    expect(letters(upstreams, {})).toBe("pq")
  })

  it("goes by the upstreams that are the latest", () => {
    const [before, after] = [zoned("p", ""), zoned("q", "r")]
    const upstreams = made(before)
    upstreams.replace([...after.values()])
    expect(letters(upstreams)).toBe("qr")
    down(after.get("q"))
    expect(letters(upstreams)).toBe("r")
  })

  it("hears no more of upstreams that it had, or of any once it is closed", () => {
    const heard = vi.fn()
    const all = weighted(1, 1)
    for (const { state } of all) {
      const listen = state.onChange.bind(state)
      vi.spyOn(state, "onChange").mockImplementation((listener) =>
        listen(() => {
          heard()
          listener()
        }),
      )
    }
    const upstreams = new Upstreams("user", all)
    for (const { state } of all) state.changed()
    expect(heard).toHaveBeenCalledTimes(2)
    upstreams.replace([all[1] ?? expect.fail()])
    all[0]?.state.changed()
    expect(heard).toHaveBeenCalledTimes(2)
    upstreams.close()
    all[1]?.state.changed()
    expect(heard).toHaveBeenCalledTimes(2)
  })
})

describe("Upstreams with a zone", () => {
  it.each([
    ["", "pqrs"],
    ["p", "qrs"],
    ["pq", "rs"],
    ["pqr", "svw"],
    ["pqrs", "vw"],
    ["pv", "qrs"],
  ])("prefers its own while half of them are up: without %j it asks %j", (without, asked) => {
    const all = zoned("pqrs", "vw")
    const upstreams = made(all, { zone: "a" })
    down(...[...without].map((name) => all.get(name)))
    expect(letters(upstreams)).toBe(asked)
  })

  it.each([
    [0, "pqr", "s"],
    [100, "", "pqrs"],
    [100, "p", "qrsv"],
    [25, "pqr", "s"],
    [26, "pqr", "sv"],
  ])("with zoneMinimum %i and without %j asks %j", (zoneMinimum, without, asked) => {
    const all = zoned("pqrs", "v")
    const upstreams = made(all, { zone: "a", zoneMinimum })
    down(...[...without].map((name) => all.get(name)))
    expect(letters(upstreams)).toBe(asked)
  })

  it("asks all alike when none is in its zone, or it has none", () => {
    expect(letters(made(zoned("p", "q"), { zone: "c", zoneMinimum: 0 }))).toBe("pq")
    expect(letters(made(zoned("p", "q"), { zoneMinimum: 100 }))).toBe("pq")
  })

  it("tries again in its own zone first, then elsewhere", () => {
    const all = zoned("pq", "v")
    const upstreams = made(all, { zone: "a" })
    const [p, q, v] = [...all.values()] as [FakeUpstream, FakeUpstream, FakeUpstream]
    expect(letters(upstreams, p)).toBe("q")
    expect(letters(upstreams, p, q)).toBe("v")
    expect(letters(upstreams, p, q, v)).toBe("pq")
  })
})

describe("Upstreams with priorities", () => {
  const all = () => [
    fake("http://p", { zone: "b" }),
    fake("http://s", { zone: "a", priority: 1 }),
    fake("http://t", { zone: "b", priority: 1 }),
  ]

  it("asks stand-ins when nobody else is up, and for second tries when nobody else is left", () => {
    const [p, s, t] = all() as [FakeUpstream, FakeUpstream, FakeUpstream]
    const upstreams = new Upstreams("user", [p, s, t])
    expect([letters(upstreams), letters(upstreams, p)]).toEqual(["p", "st"])
    down(p)
    expect(letters(upstreams)).toBe("st")
    down(s)
    expect(letters(upstreams)).toBe("t")
  })

  it("prefers a zone among those of one priority only", () => {
    const [p, s, t] = all() as [FakeUpstream, FakeUpstream, FakeUpstream]
    const near = fake("http://q", { zone: "a" })
    const upstreams = new Upstreams("user", [p, near, s, t], { zone: "a", zoneMinimum: 100 })
    expect(letters(upstreams)).toBe("q")
    down(near)
    expect(letters(upstreams)).toBe("p")
    down(p)
    expect(letters(upstreams)).toBe("s")
  })
})

describe("Upstreams in panic", () => {
  it.each([
    [0, "pqr", "s"],
    [50, "pq", "rs"],
    [51, "pq", "pqrs"],
    [50, "pqr", "pqrs"],
    [1, "pqrs", "pqrs"],
    [100, "", "pqrs"],
    [100, "s", "pqrs"],
  ])("with panic %i and without %j asks %j", (panic, without, asked) => {
    const all = zoned("pqrs", "")
    const upstreams = made(all, { panic })
    down(...[...without].map((name) => all.get(name)))
    expect(letters(upstreams)).toBe(asked)
  })

  it("asks all zones", () => {
    const all = zoned("pq", "rs")
    const upstreams = made(all, { panic: 50, zone: "a" })
    down(all.get("q"), all.get("r"), all.get("s"))
    expect(letters(upstreams)).toBe("pqrs")
  })

  it("ends as soon as enough are up", () => {
    const all = zoned("pq", "")
    const upstreams = made(all, { panic: 50 })
    down(...all.values())
    expect(letters(upstreams)).toBe("pq")
    const { state } = all.get("q") ?? expect.fail()
    state.healthy = true
    state.changed()
    expect(letters(upstreams)).toBe("q")
  })

  it("has nobody to ask where there is no upstream", () => {
    expect(() => new Upstreams("user", [], { panic: 100 }).candidates(exchange())).toThrow("it has no upstream")
  })
})
