import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { type Kind, type Node, orderOf } from "../../../src/targets/aggregate/order.ts"

const kinds: readonly Kind[] = ["safe", "early", "maybe", "unsafe"]

/** Parts that need each other in no circle, in any declared order. */
const graphs: fc.Arbitrary<Node[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...kinds),
      required: fc.boolean(),
      before: fc.array(fc.nat({ max: 7 }), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .chain((made) =>
    fc.shuffledSubarray([...made.keys()], { minLength: made.length }).map((places) => {
      // A part needs only those whose place is before its own.
      const nodes: Node[] = []
      made.forEach(({ kind, required, before }, index) => {
        const needs = [...new Set(before)].filter((one) => one < index).map((one) => places[one] as number)
        nodes[places[index] as number] = { kind, required, needs }
      })
      return nodes
    }),
  )

const nodes = (...given: [kind: Kind, needs?: number[], required?: boolean][]): Node[] =>
  given.map(([kind, needs = [], required = true]) => ({ kind, needs, required }))

const closure = (all: readonly Node[], index: number): Set<number> => {
  const found = new Set<number>()
  const visit = (one: number): void => {
    for (const need of all[one]?.needs ?? [])
      if (!found.has(need)) {
        found.add(need)
        visit(need)
      }
  }
  visit(index)
  return found
}

describe("orderOf()", () => {
  it("lets what changes nothing wait for its needs only", () => {
    expect(orderOf(nodes(["safe"], ["safe", [0]], ["unsafe"], ["safe", [2]])).waits).toEqual([[], [0], [0, 1], [2]])
  })

  it("lets what changes something wait for all that is required and changes nothing", () => {
    const { waits } = orderOf(nodes(["unsafe", [1]], ["safe"], ["safe"], ["safe", [], false], ["unsafe", [3]]))
    // The second one needs the optional part; the first one takes its turn with it and does not.
    expect(waits.map((of) => of.toSorted())).toEqual([[1, 2], [], [], [], [1, 2, 3]])
  })

  it("lets it not wait for what waits for itself", () => {
    expect(orderOf(nodes(["unsafe"], ["safe", [0]], ["safe", [1]])).waits).toEqual([[], [0], [1]])
  })

  it("lets two take turns, each with what depends on it", () => {
    // a, what depends on a, b, what depends on b.
    const { waits } = orderOf(nodes(["unsafe"], ["safe", [0]], ["unsafe"], ["safe", [2]]))
    expect(waits).toEqual([[], [0], [1], [2]])
  })

  it("lets an early part begin with its needs", () => {
    expect(orderOf(nodes(["safe"], ["early"], ["early", [0]])).waits).toEqual([[], [], [0]])
  })

  it("lets a part of which nobody knows yet begin, and hold before it changes something", () => {
    const { waits, holds } = orderOf(nodes(["safe"], ["maybe"], ["unsafe"]))
    expect([waits, holds]).toEqual([
      [[], [], [0, 1]],
      [[], [0], []],
    ])
  })

  it("counts failures in declared order, those of what changes something after the others", () => {
    expect(orderOf(nodes(["unsafe"], ["safe", [2]], ["safe"], ["safe", [0]])).order).toEqual([1, 2, 0, 3])
  })

  it("refuses a circle", () => {
    expect(() => orderOf(nodes(["safe", [1]], ["safe", [0]]))).toThrow("in a circle")
  })

  it("leaves a way to begin with every part, whatever needs what", () => {
    fc.assert(
      fc.property(graphs, (all) => {
        const { waits, holds, order, support } = orderOf(all)
        expect(order.toSorted((a, b) => a - b)).toEqual([...all.keys()])
        const done = new Set<number>()
        for (let round = 0; round < all.length; round++)
          for (const index of all.keys())
            if ([...(waits[index] ?? []), ...(holds[index] ?? [])].every((one) => done.has(one))) done.add(index)
        expect(done.size).toBe(all.length)
        for (const [index, { needs }] of all.entries()) {
          expect(waits[index]).toEqual(expect.arrayContaining([...needs]))
          expect(support[index]).toEqual(expect.arrayContaining([...closure(all, index)]))
        }
      }),
    )
  })

  it("lets nothing be changed before all is there that is required, changes nothing, and does not wait for a change", () => {
    fc.assert(
      fc.property(graphs, (all) => {
        const { support } = orderOf(all)
        const late = (one: number): boolean => all[one]?.kind === "unsafe" || all[one]?.kind === "maybe"
        for (const [index, { kind }] of all.entries()) {
          if (kind !== "unsafe") continue
          const independent = [...all.keys()].filter(
            (one) => all[one]?.kind === "safe" && all[one]?.required && ![...closure(all, one)].some(late),
          )
          expect(support[index]).toEqual(expect.arrayContaining(independent))
        }
      }),
    )
  })

  it("has nothing left that would have to be changed to know which failure counts", () => {
    fc.assert(
      fc.property(graphs, fc.nat(), (all, pick) => {
        const { order, support, waits } = orderOf(all)
        // Any part failed; it could begin, so that all is done that it waited for, and nothing else.
        const place = pick % all.length
        const failed = order[place] as number
        const done = new Set(support[failed])
        const began = (one: number): boolean => done.has(one) || (waits[one] ?? []).every((before) => done.has(before))
        const dead = (one: number): boolean => (support[one] ?? []).includes(failed)
        const wanted = order
          .slice(0, place)
          .filter((one) => all[one]?.required && !dead(one))
          .flatMap((one) => [one, ...(support[one] ?? [])])
        for (const one of wanted) if (all[one]?.kind === "unsafe") expect(began(one)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})
