import { describe, expect, it, onTestFinished } from "vitest"

import { service } from "../../src/services/options.ts"
import { createService } from "../../src/services/service.ts"
import type { Upstream } from "../../src/services/upstream.ts"
import { exchange, textOf, tools } from "../support/exchange.ts"
import { type RawUpstream, rawUpstream } from "../support/upstream.ts"

const named = (name: string): string => `HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${name}`

/** Services that answer with their names; one that "holds" answers nothing until the test does. */
async function listening(...names: string[]): Promise<RawUpstream[]> {
  const made = await Promise.all(names.map((name) => rawUpstream(() => (name === "holds" ? undefined : named(name)))))
  onTestFinished(() => made.forEach((one) => one[Symbol.dispose]()))
  return made
}

function make(given: object) {
  const options = service.parse(given, [], ({ message }) => {
    throw new Error(message)
  })
  const { upstreams, answer } = createService("user", options, tools())
  const ask = async (): Promise<string> => textOf((await answer(exchange())).body)
  const asked = async (times: number): Promise<string> => {
    let names = ""
    for (let time = 0; time < times; time++) names += await ask()
    return names
  }
  return { all: upstreams.all as readonly [Upstream, Upstream], asked, answer }
}

const timesOf = (name: string, names: string): number => names.split(name).length - 1

describe("a service", () => {
  it("asks its upstreams in turn where nothing is said", async () => {
    const [a, b] = (await listening("a", "b")) as [RawUpstream, RawUpstream]
    expect(await make({ url: [a.url, { url: b.url, weight: 2 }] }).asked(6)).toBe("babbab")
  })

  it("with leastBusy leaves one alone that has an exchange under way, until that is over", async () => {
    const [a, holds] = (await listening("a", "holds")) as [RawUpstream, RawUpstream]
    const { all, asked, answer } = make({ url: [a.url, holds.url], balance: "leastBusy" })
    const under: Promise<unknown>[] = []
    while (all[1].pool.busy === 0) under.push(Promise.resolve(answer(exchange())))
    const held = await holds.next()
    expect(all[1].pool.busy).toBe(1)
    await Promise.all(under.slice(0, -1))
    expect(all[0].pool.busy).toBe(0)
    expect(await asked(10)).toBe("aaaaaaaaaa")
    held.socket.write(named("h"))
    await Promise.all(under)
    expect(all.map(({ pool }) => pool.busy)).toEqual([0, 0])
  })

  it("with slowStart asks one that just came up less often", async () => {
    const [a, b] = (await listening("a", "b")) as [RawUpstream, RawUpstream]
    const { all, asked } = make({ url: [a.url, b.url], slowStart: "7d" })
    all[0].state.upSince = Number.NEGATIVE_INFINITY
    all[1].state.upSince = performance.now()
    expect(timesOf("b", await asked(110))).toBe(10)
  })

  it("with a zone asks those nearby, and with panic those that are down", async () => {
    const [a, b] = (await listening("a", "b")) as [RawUpstream, RawUpstream]
    const { all, asked } = make({
      url: [
        { url: a.url, zone: "here" },
        { url: b.url, zone: "there" },
      ],
      zone: "here",
      zoneMinimum: 100,
      panic: 50,
    })
    expect(await asked(4)).toBe("aaaa")
    all[0].state.healthy = false
    all[0].state.changed()
    expect(await asked(4)).toBe("bbbb")
    all[1].state.healthy = false
    all[1].state.changed()
    expect(timesOf("a", await asked(4))).toBe(2)
  })

  it("with fastest does not take the one that fails quickly for the fastest", async () => {
    const [a] = (await listening("a")) as [RawUpstream]
    const broken = await rawUpstream(({ socket }) => void socket.destroy())
    onTestFinished(() => broken[Symbol.dispose]())
    const { asked, answer } = make({ url: [broken.url, a.url], balance: "fastest" })
    const outcomes = await Promise.allSettled([answer(exchange()), answer(exchange())])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"])
    expect(await asked(50)).toBe("a".repeat(50))
  })
})
