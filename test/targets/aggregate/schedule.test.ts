import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { type Does, type Ending, schedule, type Work } from "../../../src/targets/aggregate/schedule.ts"
import { Scope } from "../../../src/targets/aggregate/scope.ts"

/** Pieces that the test ends by hand. */
function pieces(
  waits: readonly (readonly number[])[],
  given: { optional?: number[]; undoable?: number[]; atOnce?: number; holds?: Record<number, number[]> } = {},
) {
  const begun: number[] = []
  const ended: number[] = []
  const waiting = waits.map(() => Promise.withResolvers<string>())
  const scopes: Scope[] = []
  const near = (index: number): number[] => [...(waits[index] ?? []), ...(given.holds?.[index] ?? [])]
  const far = (index: number): number[] => near(index).flatMap((one) => [one, ...far(one)])
  const work: Work = {
    size: waits.length,
    atOnce: given.atOnce ?? Number.POSITIVE_INFINITY,
    waits: (index) => waits[index] ?? [],
    holds: (index) => given.holds?.[index] ?? [],
    next: (index) => waits.flatMap((of, other) => (of.includes(index) ? [other] : [])),
    support: (index) => [...new Set(far(index))],
    required: (index) => !given.optional?.includes(index),
    undoable: (index) => given.undoable?.includes(index) === true,
  }
  const does: Does<string> = (index, own) => {
    begun.push(index)
    scopes[index] = own
    own.whenOver((reason) => {
      ended.push(index)
      waiting[index]?.reject(reason)
    })
    return (waiting[index] as PromiseWithResolvers<string>).promise
  }
  const scope = new Scope()
  const told: number[] = []
  let ending: Ending<string> | undefined
  void schedule(work, does, scope, undefined, (index) => told.push(index)).then((found) => (ending = found))
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return {
    begun,
    ended,
    told,
    scope,
    scopes,
    ending: () => ending && (ending.failure ?? ending.outcomes),
    async done(...indices: number[]) {
      for (const index of indices) waiting[index]?.resolve(`${index}`)
      await turn()
    },
    async fails(index: number) {
      waiting[index]?.reject(new Error(`${index}`))
      await turn()
    },
  }
}

const failed = (index: number) => ({ index, error: new Error(`${index}`) })

describe("schedule()", () => {
  it("begins with each piece when what it waits for is done, and tells of each", async () => {
    const { begun, done, ending, told } = pieces([[], [0], [0, 1], []])
    expect(begun).toEqual([0, 3])
    await done(3)
    await done(0)
    expect(begun).toEqual([0, 3, 1])
    await done(1)
    expect([begun, ending()]).toEqual([[0, 3, 1, 2], undefined])
    await done(2)
    expect([ending(), told]).toEqual([
      ["0", "1", "2", "3"],
      [3, 0, 1, 2],
    ])
  })

  it("is done at once where there is nothing to do", async () => {
    const { done, ending } = pieces([])
    await done()
    expect(ending()).toEqual([])
  })

  it("has no more under way at once than it may", async () => {
    const { begun, done } = pieces([[], [], [], []], { atOnce: 2 })
    expect(begun).toEqual([0, 1])
    await done(1)
    expect(begun).toEqual([0, 1, 2])
  })

  it("ends what is behind a failed piece, and does not begin with what waits for it", async () => {
    const { begun, ended, fails, ending } = pieces([[], [], [0], []])
    await fails(0)
    expect([begun, ended, ending()]).toEqual([[0, 1, 3], [1, 3], failed(0)])
  })

  it("waits for required pieces before a failed one: the first one counts, whichever came first", async () => {
    const one = pieces([[], [], []])
    await one.fails(1)
    expect([one.ending(), one.ended]).toEqual([undefined, [2]])
    await one.fails(0)
    expect(one.ending()).toEqual(failed(0))
    const other = pieces([[], [], []])
    await other.fails(1)
    await other.done(0)
    expect(other.ending()).toEqual(failed(1))
  })

  it("does not wait for an optional piece before a failed one, unless a required one waits for it", async () => {
    const { ended, fails, ending } = pieces([[], []], { optional: [0] })
    await fails(1)
    expect([ended, ending()]).toEqual([[0], failed(1)])
    const wanted = pieces([[], [0], []], { optional: [0] })
    await wanted.fails(2)
    expect([wanted.ended, wanted.ending()]).toEqual([[], undefined])
    await wanted.done(0)
    expect(wanted.begun).toEqual([0, 2, 1])
    await wanted.fails(1)
    expect(wanted.ending()).toEqual(failed(1))
  })

  it("finds out about a piece that waits for one behind the failed one", async () => {
    const { fails, done, ending, ended } = pieces([[2], [], [], []])
    await fails(1)
    expect([ended, ending()]).toEqual([[3], undefined])
    await done(2)
    expect(ending()).toBeUndefined()
    await fails(0)
    expect(ending()).toEqual(failed(0))
    const other = pieces([[2], [], [], []])
    await other.fails(2)
    expect(other.ending()).toBeUndefined()
    await other.done(1)
    expect(other.ending()).toEqual(failed(2))
  })

  it("waits for what can be undone, so that it is known whether it was done", async () => {
    const { fails, done, ended, ending } = pieces([[], [], []], { undoable: [2] })
    await fails(0)
    expect([ended, ending()]).toEqual([[1], undefined])
    await done(2)
    expect(ending()).toEqual(failed(0))
  })

  it("ends everything when nobody wants it any more, but for what can be undone", async () => {
    const { scope, ended, ending, begun, done } = pieces([[], [0], []], { undoable: [] })
    scope.end(new Error("gone"))
    await done()
    expect([begun, ended, ending()]).toEqual([[0, 2], [0, 2], { index: undefined, error: new Error("gone") }])
  })

  it("gives a piece its turn when all that it holds for is done", async () => {
    const { begun, scopes, done } = pieces([[], [], []], { holds: { 2: [0, 1] } })
    expect(begun).toEqual([0, 1, 2])
    let has = false
    void scopes[2]?.turn?.().then(() => (has = true))
    await done(0)
    expect(has).toBe(false)
    await done(1)
    expect(has).toBe(true)
    await expect(scopes[2]?.turn?.()).resolves.toBeUndefined()
    expect(scopes[0]?.turn).toBeUndefined()
  })

  it("ends the same way in whatever order pieces end", async () => {
    const graphs = fc
      .array(
        fc.record({
          waits: fc.array(fc.nat({ max: 6 }), { maxLength: 3 }),
          fails: fc.boolean(),
          optional: fc.boolean(),
        }),
        {
          minLength: 1,
          maxLength: 7,
        },
      )
      .chain((made) =>
        fc.tuple(
          fc.constant(made),
          fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
          fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
        ),
      )
    await fc.assert(
      fc.asyncProperty(graphs, async ([made, one, other]) => {
        const run = async (picks: readonly number[]): Promise<unknown> => {
          const waits = made.map(({ waits: of }, index) => [...new Set(of)].filter((before) => before < index))
          const optional = made.flatMap((piece, index) => (piece.optional ? [index] : []))
          const given = pieces(waits, { optional })
          const open = new Set<number>()
          for (const pick of picks) {
            for (const index of given.begun) open.add(index)
            const left = [...open].filter((index) => index >= 0 && !gone.has(index))
            const index = left[pick % left.length]
            if (given.ending() || index === undefined) break
            gone.add(index)
            if (made[index]?.fails && !made[index]?.optional) await given.fails(index)
            else await given.done(index)
          }
          const result = given.ending()
          gone.clear()
          return result
        }
        const gone = new Set<number>()
        expect(await run(one)).toEqual(await run(other))
      }),
      { numRuns: 200 },
    )
  })
})
