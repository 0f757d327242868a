import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { room } from "../../../src/targets/batch/room.ts"
import { settle } from "./batched.ts"

/** Whether a promise has settled by now, and as what. */
async function now<T>(promise: Promise<T>): Promise<T | "waits"> {
  const waits = Promise.withResolvers<"waits">()
  setImmediate(() => waits.resolve("waits"))
  return Promise.race([promise, waits.promise])
}

describe("room() in order", () => {
  it("is for those that are not larger than what those before them leave", async () => {
    const made = room(10, 4, true)
    const taken: boolean[] = []
    for (const [place, size] of [6, 5, 4, 1].entries()) {
      taken.push(await made.take(place, size))
      made.settle(place)
    }
    expect(taken).toEqual([true, false, true, false])
  })

  it("does not let those that arrive first take it from those before them", async () => {
    const made = room(10, 2, true)
    expect(await made.take(1, 6)).toBe(true)
    made.settle(1)
    expect(await made.take(0, 6)).toBe(true)
    made.settle(0)
    expect([made.fits(0), made.fits(1)]).toEqual([true, false])
  })

  it("refuses what is more than what is left, at once", async () => {
    const made = room(10, 2, true)
    expect(await made.take(0, 11)).toBe(false)
    made.drop(0)
    expect(await made.take(0, 10)).toBe(true)
    made.settle(0)
    expect(await made.take(1, 1)).toBe(false)
  })

  it("lets those wait that are ahead and want more than there is, until it is their turn", async () => {
    const made = room(10, 3, true)
    await made.take(1, 8)
    const ahead = made.take(2, 3)
    expect(await now(ahead)).toBe("waits")
    made.settle(0)
    expect(await now(ahead)).toBe("waits")
    made.drop(1)
    made.settle(1)
    expect(await now(ahead)).toBe(true)
  })

  it("ends the waiting of those that are settled meanwhile", async () => {
    const made = room(10, 3, true)
    await made.take(1, 10)
    const ahead = made.take(2, 1)
    expect(await now(ahead)).toBe("waits")
    made.settle(2)
    expect(await now(ahead)).toBe(false)
  })

  it("does not count what failed", async () => {
    const made = room(10, 2, true)
    await made.take(0, 9)
    made.drop(0)
    made.settle(0)
    expect(await made.take(1, 10)).toBe(true)
    made.settle(1)
    expect([made.fits(0), made.fits(1)]).toEqual([true, true])
  })

  it("gives the same answers room however they arrive, holds twice its size at most, and never stands still", async () => {
    const answers = fc.array(fc.array(fc.nat(12), { maxLength: 4 }), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(answers, fc.integer({ min: 1, max: 30 }), fc.scheduler(), async (pieces, size, scheduler) => {
        const made = room(size, pieces.length, true)
        const held = pieces.map(() => 0)
        let most = 0
        const arrive = async (place: number): Promise<void> => {
          for (const piece of pieces[place] ?? []) {
            await scheduler.schedule(Promise.resolve())
            if (!(await made.take(place, piece))) {
              made.drop(place)
              held[place] = Number.NaN
              break
            }
            held[place] = (held[place] ?? 0) + piece
            most = Math.max(
              most,
              held.reduce((sum, one) => sum + (Number.isNaN(one) ? 0 : one), 0),
            )
          }
          made.settle(place)
        }
        await scheduler.waitFor(Promise.all(pieces.map((_, place) => arrive(place))))
        let left = size
        for (const [place, its] of pieces.entries()) {
          const total = its.reduce((sum, one) => sum + one, 0)
          const fits = total <= left
          if (fits) left -= total
          expect(made.fits(place) && !Number.isNaN(held[place])).toBe(fits)
        }
        expect(most).toBeLessThanOrEqual(2 * size)
      }),
    )
  })
})

describe("room() as it comes", () => {
  it("is for those that end first", async () => {
    const made = room(10, 3, false)
    await made.take(2, 6)
    made.settle(2)
    expect(made.fits(2)).toBe(true)
    expect(await made.take(0, 5)).toBe(false)
    made.drop(0)
    made.settle(0)
    await made.take(1, 4)
    made.settle(1)
    expect([made.fits(0), made.fits(1)]).toEqual([true, true])
  })

  it("refuses at its end what had room until another one ended", async () => {
    const made = room(10, 2, false)
    await made.take(0, 6)
    const other = made.take(1, 6)
    await settle()
    made.settle(0)
    expect(await other).toBe(false)
  })
})
