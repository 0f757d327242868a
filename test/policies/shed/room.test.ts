import { describe, expect, it } from "vitest"

import { Room, type RoomRules, type Waiting } from "../../../src/policies/shed/room.ts"

const never = Number.POSITIVE_INFINITY
const room = (rules: Partial<RoomRules>): Room =>
  new Room({ inFlight: never, latency: never, lag: never, atLeast: 10, ...rules })

/** As many as get in. */
function fill(one: Room, count: number, now = 0, share = 1): Waiting[] {
  return Array.from({ length: count }, () => one.enter(share, now, 0)).filter((found) => found !== undefined)
}

/** From one measurement to the next: so many at once, whose answers take so long. */
function load(one: Room, at: number, count: number, took: number): number {
  const inside = fill(one, count, at)
  for (const each of inside) one.leave(each, at + took)
  return inside.length
}

describe("Room", () => {
  it("lets in as many at once as the rules have it", () => {
    const one = room({ inFlight: 3 })
    const inside = fill(one, 5)
    expect(inside).toHaveLength(3)
    one.leave(inside[0] as Waiting, 1)
    expect(fill(one, 5, 1)).toHaveLength(1)
  })

  it("lets shares of it be taken, one at least", () => {
    const one = room({ inFlight: 10 })
    expect(fill(one, 99, 0, 0.5)).toHaveLength(5)
    expect(fill(one, 99, 0, 0.8)).toHaveLength(3)
    expect(fill(one, 99, 0, 1)).toHaveLength(2)
    expect(fill(room({ inFlight: 1 }), 9, 0, 0.5)).toHaveLength(1)
  })

  it("keeps its size while answers are in time", () => {
    const one = room({ inFlight: 100, latency: 200 })
    for (let at = 0; at < 5000; at += 250) expect(load(one, at, 200, 200)).toBe(100)
  })

  it("gets smaller while most answers are slow, down to the least, and grows when they are in time", () => {
    const one = room({ inFlight: 100, latency: 200, atLeast: 20 })
    const sizes: number[] = []
    for (let turn = 0; turn < 20; turn++) sizes.push(load(one, turn * 250, 200, turn < 10 ? 201 : 10))
    expect(sizes.slice(0, 11)).toEqual([100, 80, 64, 51, 40, 32, 25, 20, 20, 20, 20])
    expect(sizes.slice(11)).toEqual([22, 25, 28, 31, 35, 39, 43, 48, 53])
  })

  it("begins with what there is, where nothing bounds it", () => {
    const one = room({ latency: 200 })
    load(one, 0, 50, 300)
    expect(load(one, 300, 1000, 10)).toBe(40)
    let at = 300
    while (one.isSmall) load(one, (at += 250), 1, 10)
    expect(one.size).toBe(never)
  })

  it("does not mind a few slow ones", () => {
    const one = room({ inFlight: 100, latency: 200 })
    const slow = fill(one, 50, 0)
    load(one, 0, 50, 10)
    for (const each of slow) one.leave(each, 201)
    one.enter(1, 250, 0)
    expect(one.isSmall).toBe(false)
  })

  it("counts those that are late already: answers that never come are not in time", () => {
    const one = room({ inFlight: 100, latency: 200 })
    fill(one, 60, 0)
    one.enter(1, 201, 0)
    expect(one.size).toBe(48)
  })

  it("acts no sooner than answers can tell of what was done", () => {
    const one = room({ inFlight: 1000, latency: 2000 })
    fill(one, 1000, 0)
    for (let now = 2001; now <= 4000; now += 10) one.enter(1, now, 0)
    expect(one.size).toBe(800)
    one.enter(1, 4001, 0)
    expect(one.size).toBe(640)
  })

  it("gets smaller while the gateway is late itself", () => {
    const one = room({ inFlight: 100, lag: 50 })
    fill(one, 100, 0)
    one.enter(1, 100, 50)
    expect(one.size).toBe(100)
    one.enter(1, 200, 51)
    expect(one.size).toBe(80)
  })

  it("never gets larger than the rules have it, even where they have less than the least", () => {
    const one = room({ inFlight: 5, latency: 200, atLeast: 10 })
    for (let turn = 0; turn < 10; turn++) load(one, turn * 250, 20, 300)
    expect(one.size).toBe(5)
  })
})
