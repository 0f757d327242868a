import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { Circuit, type CircuitRules } from "../../../src/services/guards/circuit.ts"

const rules: CircuitRules = {
  failures: 50,
  window: 10_000,
  minimum: 4,
  slow: undefined,
  open: 1000,
  probes: 2,
}

/** Requests one after the other: + well, - failed, ~ slow, ? not known; the changes that came of them. */
function sent(circuit: Circuit, marks: string, now: number, given = rules): string[] {
  return [...marks].flatMap((mark) => {
    const failed = mark === "?" ? undefined : mark === "-"
    const change = circuit.leave(circuit.enter(given, now), failed, mark === "~" ? 500 : 1, given, now)
    return change ?? []
  })
}

const opened = (): Circuit => {
  const circuit = new Circuit()
  expect(sent(circuit, "----", 0)).toEqual(["opened"])
  return circuit
}

describe("Circuit", () => {
  it("opens when too large a part failed, of enough", () => {
    expect(sent(new Circuit(), "---", 0)).toEqual([])
    expect(sent(new Circuit(), "++--", 0)).toEqual(["opened"])
    expect(sent(new Circuit(), "+++--", 0)).toEqual([])
    expect(sent(new Circuit(), "+++---", 0)).toEqual(["opened"])
    expect(sent(new Circuit(), "+++-", 0, { ...rules, failures: 25 })).toEqual(["opened"])
    expect(sent(new Circuit(), "-".repeat(20), 0, { ...rules, minimum: 21 })).toEqual([])
  })

  it("says why it opened", () => {
    const circuit = opened()
    expect(circuit.reason).toBe("4 of 4 requests failed")
    const slow = new Circuit()
    sent(slow, "+~~~~", 0, { ...rules, slow: { over: 100, percent: 80 } })
    expect(slow.reason).toBe("4 of 5 requests were slow")
  })

  it("does not count what says nothing, nor what is out of the window", () => {
    expect(sent(new Circuit(), "---???", 0)).toEqual([])
    const circuit = new Circuit()
    expect(sent(circuit, "---", 0)).toEqual([])
    expect(sent(circuit, "---", 10_000)).toEqual([])
    expect(sent(circuit, "-", 10_001)).toEqual(["opened"])
  })

  it("opens when too many are slow, where that is asked for", () => {
    const slow = { ...rules, slow: { over: 100, percent: 80 } }
    expect(sent(new Circuit(), "~~~~", 0)).toEqual([])
    expect(sent(new Circuit(), "+~~~~", 0, slow)).toEqual(["opened"])
    expect(sent(new Circuit(), "++~~~~", 0, slow)).toEqual([])
  })

  it("lets nothing through while it is open", () => {
    const circuit = opened()
    expect([circuit.enter(rules, 0), circuit.enter(rules, 999)]).toEqual([undefined, undefined])
    expect(circuit.from).toBe(1000)
    expect(circuit.enter(rules, 1000)).toBeDefined()
  })

  it("then lets the probes through, and nothing beside them", () => {
    const circuit = opened()
    expect([1, 2, 3].map(() => circuit.enter(rules, 1000) !== undefined)).toEqual([true, true, false])
    expect(circuit.from).toBe(Number.POSITIVE_INFINITY)
  })

  it("closes when all of them did well, and begins to count anew", () => {
    const circuit = opened()
    expect(sent(circuit, "+", 1000)).toEqual([])
    expect(sent(circuit, "+", 1000)).toEqual(["closed"])
    expect(circuit.from).toBe(1000)
    expect(sent(circuit, "---", 1000)).toEqual([])
    expect(sent(circuit, "-", 1000)).toEqual(["opened"])
  })

  it("opens again on one failure, whatever the others say, and says nothing new", () => {
    const circuit = opened()
    const [one, other] = [circuit.enter(rules, 1000), circuit.enter(rules, 1000)]
    expect(circuit.leave(one, true, 1, rules, 1100)).toBeUndefined()
    expect(circuit.leave(other, false, 1, rules, 1200)).toBeUndefined()
    expect(circuit.from).toBe(2100)
    expect(circuit.enter(rules, 2099)).toBeUndefined()
    expect(sent(circuit, "++", 2100)).toEqual(["closed"])
  })

  it("takes a slow probe for a failed one", () => {
    const slow = { ...rules, slow: { over: 100, percent: 80 } }
    const circuit = opened()
    sent(circuit, "+~", 1000, slow)
    expect(circuit.from).toBe(2000)
  })

  it("gives the place of a probe whose client left to another one", () => {
    const circuit = opened()
    const [one, other] = [circuit.enter(rules, 1000), circuit.enter(rules, 1000)]
    circuit.leave(one, undefined, 1, rules, 1100)
    expect(circuit.from).toBe(1100)
    const third = circuit.enter(rules, 1100)
    expect(circuit.leave(other, false, 1, rules, 1100)).toBeUndefined()
    expect(circuit.enter(rules, 1100)).toBeUndefined()
    expect(circuit.leave(third, false, 1, rules, 1100)).toBe("closed")
  })

  it("takes no notice of what began before it opened, or before it closed", () => {
    const circuit = new Circuit()
    const before = circuit.enter(rules, 0)
    sent(circuit, "----", 0)
    expect(circuit.leave(before, false, 1, rules, 500)).toBeUndefined()
    const probe = circuit.enter(rules, 1000)
    circuit.leave(before, true, 1, rules, 1000)
    expect(circuit.leave(probe, false, 1, rules, 1000)).toBeUndefined()
    expect(sent(circuit, "+", 1000)).toEqual(["closed"])
    expect(circuit.leave(probe, true, 1, rules, 1000)).toBeUndefined()
  })

  it("never lets more than its probes out between opening and closing", () => {
    const steps = fc.array(fc.constantFrom("enter", "well", "failed", "left", "wait"), { maxLength: 200, size: "max" })
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 4 }), (all, probes) => {
        const given = { ...rules, probes }
        const circuit = opened()
        const out: number[] = []
        let now = 0
        let closed = false
        for (const step of all) {
          if (step === "wait") now += 400
          else if (step === "enter") {
            const ticket = circuit.enter(given, now)
            if (ticket !== undefined) out.push(ticket)
          } else if (out.length > 0) {
            const failed = step === "left" ? undefined : step === "failed"
            closed ||= circuit.leave(out.shift(), failed, 1, given, now) === "closed"
          }
          if (closed) return
          // Those of the turn that is now; after a failure others may still be out.
          const turn = Math.max(...out)
          expect(out.filter((ticket) => ticket === turn).length).toBeLessThanOrEqual(probes)
        }
      }),
    )
  })
})
