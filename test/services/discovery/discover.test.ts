import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest"

import { Kept } from "../../../src/core/kept.ts"
import { object } from "../../../src/core/schema.ts"
import type { DiscoverOptions } from "../../../src/services/discover-options.ts"
import { discover, onceKnown } from "../../../src/services/discover.ts"
import type { Network } from "../../../src/services/network-options.ts"
import type { Upstream, UpstreamOptions } from "../../../src/services/upstream.ts"
import { exchange, failureOf, tools } from "../../support/exchange.ts"
import { present } from "./watching.ts"

/** A source that says what the test says. */
function source() {
  let found: ((list: readonly UpstreamOptions[]) => void) | undefined
  let failed: ((reason: string) => void) | undefined
  const part = {
    name: "told",
    about: "What the test says.",
    subject: "by",
    options: object({}),
    create: () => ({
      start(onFound: NonNullable<typeof found>, onFailed: NonNullable<typeof failed>) {
        found = onFound
        failed = onFailed
        return () => {
          found = undefined
          failed = undefined
        }
      },
    }),
  }
  return {
    part,
    get runs() {
      return found !== undefined
    },
    found: (...urls: (string | UpstreamOptions)[]) =>
      found?.(urls.map((one) => (typeof one === "string" ? { url: one } : one))),
    failed: (reason: string) => failed?.(reason),
  }
}

const kept = () => new Kept()

/** A service of one generation that looks to this source, served; what it logs, and the lists that it was handed. */
function serve(
  told: ReturnType<typeof source>,
  options: Partial<DiscoverOptions> = {},
  values = kept(),
  network: Network = {},
) {
  const lists: (readonly Upstream[])[] = []
  const { keep, settle } = values.generation()
  const used = { ...tools(), keep }
  const given = {
    part: told.part,
    options: {},
    label: "told by a test",
    allow: undefined,
    allowEmpty: false,
    ...options,
  }
  const discovery = discover("shop", given, network, used, (list) => void lists.push(list))
  const begin = (): (() => void) => {
    settle()
    const ends = used.begins.map((one) => one())
    const end = (): void => ends.forEach((one) => one())
    onTestFinished(end)
    return end
  }
  return {
    discovery,
    lists,
    begin,
    now: () => lists.at(-1) ?? [],
    urls: () => (lists.at(-1) ?? []).map(({ url }) => url),
    log: () => used.logged.map(({ level, message }) => `${level}: ${message}`),
  }
}

afterEach(() => void vi.useRealTimers())

describe("discover()", () => {
  it("starts nothing before it is served, and ends with the config", () => {
    const told = source()
    const shop = serve(told)
    expect(told.runs).toBe(false)
    const end = shop.begin()
    expect(told.runs).toBe(true)
    end()
    expect(told.runs).toBe(false)
  })

  it("hands on each list that differs, and says so", () => {
    const told = source()
    const shop = serve(told)
    shop.begin()
    told.found("http://10.0.0.5", "http://10.0.0.6")
    told.found("http://10.0.0.6", "http://10.0.0.5")
    expect(shop.lists.length).toBe(2)
    told.found("http://10.0.0.6")
    expect(shop.urls()).toEqual(["http://10.0.0.6"])
    expect(shop.log()).toEqual([
      'info: service "shop": told by a test names 2 upstreams',
      'info: service "shop": told by a test names 1 upstream',
    ])
  })

  it("keeps the upstream of each entry that stays, and ends the connections of one that goes", () => {
    const told = source()
    const shop = serve(told)
    shop.begin()
    told.found("http://10.0.0.5", "http://10.0.0.6")
    const [five, six] = shop.now()
    const disposed = vi.spyOn(present(six).pool, "dispose")
    told.found("http://10.0.0.7", "http://10.0.0.5")
    expect(shop.now()[1]).toBe(five)
    expect(disposed).toHaveBeenCalledOnce()
    told.found("http://10.0.0.6")
    expect(shop.now()[0]?.state).not.toBe(six?.state)
  })

  it("keeps what is known of an upstream whose weight changes", () => {
    const told = source()
    const shop = serve(told)
    shop.begin()
    told.found({ url: "http://10.0.0.5", weight: 1 })
    const [before] = shop.now()
    told.found({ url: "http://10.0.0.5", weight: 7 })
    const [after] = shop.now()
    expect([before?.weight, after?.weight]).toEqual([1, 7])
    expect([after?.pool, after?.state]).toEqual([before?.pool, before?.state])
  })

  it("sends to the address, under the name", () => {
    const told = source()
    const shop = serve(told)
    shop.begin()
    told.found(
      { url: "https://10.0.0.5:8443", host: "shop.test:8443" },
      { url: "https://10.0.0.5:8443", host: "b.test" },
    )
    expect(shop.now()[0]).toMatchObject({
      host: "shop.test:8443",
      label: "https://10.0.0.5:8443",
      address: { hostname: "10.0.0.5", port: 8443, tls: { serverName: "shop.test" } },
    })
    // A connection that proved to be shop.test is not one to b.test.
    expect(shop.now()[0]?.pool).not.toBe(shop.now()[1]?.pool)
  })

  it("keeps the last list while the source fails, and says so once for each reason", () => {
    const told = source()
    const shop = serve(told)
    shop.begin()
    told.found("http://10.0.0.5", "http://10.0.0.6")
    for (const reason of ["status 500", "status 500", "connection refused", "connection refused"]) told.failed(reason)
    expect(shop.urls()).toEqual(["http://10.0.0.5", "http://10.0.0.6"])
    expect(shop.discovery.record).toMatchObject({ up: false, reason: "connection refused" })
    told.found("http://10.0.0.5", "http://10.0.0.6")
    expect(shop.discovery.record).toMatchObject({ up: true, reason: undefined })
    expect(shop.log()).toEqual([
      'info: service "shop": told by a test names 2 upstreams',
      'warn: service "shop": told by a test failed: status 500; its last 2 upstreams are kept',
      'warn: service "shop": told by a test failed: connection refused; its last 2 upstreams are kept',
      'info: service "shop": told by a test names 2 upstreams',
    ])
  })

  it("keeps the last list when an answer is empty, unless that is allowed", () => {
    for (const [allowEmpty, urls] of [
      [false, ["http://10.0.0.5"]],
      [true, []],
    ] as const) {
      const told = source()
      const shop = serve(told, { allowEmpty })
      shop.begin()
      told.found("http://10.0.0.5")
      told.found()
      expect(shop.urls()).toEqual(urls)
      expect(shop.discovery.record.up).toBe(allowEmpty)
    }
  })

  it("leaves out what may not be asked, says so once, and never lets it empty the list", () => {
    const told = source()
    const shop = serve(told)
    shop.begin()
    told.found("http://10.0.0.5", "http://169.254.169.254", "http://me:pw@a")
    told.found("http://10.0.0.5", "http://169.254.169.254", "http://me:pw@a")
    told.found("http://169.254.169.254")
    expect(shop.urls()).toEqual(["http://10.0.0.5"])
    expect(shop.log()).toEqual([
      'warn: service "shop": told by a test names what is not taken: entry 2 is a link-local address, entry 3 carries a user name or password',
      'info: service "shop": told by a test names 1 upstream',
      'warn: service "shop": told by a test names what is not taken: entry 1 is a link-local address',
      'warn: service "shop": told by a test failed: nothing that it names may be taken; its last upstream is kept',
    ])
  })

  it("takes a thousand upstreams, and not one more", () => {
    const told = source()
    const shop = serve(told)
    shop.begin()
    const list = Array.from({ length: 1_001 }, (_, index) => `http://10.0.${index >> 8}.${index & 255}`)
    told.found(...list)
    expect(shop.urls()).toEqual([])
    expect(shop.discovery.record.reason).toBe("it names 1001 upstreams, more than 1000")
    told.found(...list.slice(1))
    expect(shop.urls().length).toBe(1_000)
  })

  it("goes on with its list, its upstreams and what is known of them after a reload", () => {
    const values = kept()
    const told = source()
    const before = serve(told, {}, values)
    const end = before.begin()
    told.found("http://10.0.0.5", "http://10.0.0.6")
    const refused = serve(told, {}, values)
    told.found("http://10.0.0.5", "http://10.0.0.7")
    const dispose = vi.spyOn(present(before.now()[0]).pool, "dispose")
    const after = serve(told, {}, values)
    end()
    after.begin()
    expect(refused.lists).toEqual([])
    expect(after.discovery.waiting).toBeUndefined()
    expect(after.now()).toEqual(before.now())
    expect(after.now()[0]).toBe(before.now()[0])
    expect(dispose).not.toHaveBeenCalled()
  })

  it("knows nobody after a reload that names another source, but what stays is known", () => {
    const values = kept()
    const told = source()
    const before = serve(told, {}, values)
    const end = before.begin()
    told.found("http://10.0.0.5")
    const after = serve(told, { label: "told by another" }, values)
    end()
    after.begin()
    expect(after.urls()).toEqual([])
    expect(after.discovery.waiting).toBeDefined()
    told.found("http://10.0.0.5")
    expect(after.now()[0]?.state).toBe(before.now()[0]?.state)
  })

  it("connects anew after a reload that connects in another way, and keeps what is known", () => {
    const values = kept()
    const told = source()
    const before = serve(told, {}, values)
    const end = before.begin()
    told.found("https://10.0.0.5")
    const after = serve(told, {}, values, { tls: { insecure: true } } as Network)
    end()
    after.begin()
    const [one] = after.now()
    expect(one?.address.tls).toMatchObject({ insecure: true })
    expect(one?.pool).not.toBe(before.now()[0]?.pool)
    expect(one?.state).toBe(before.now()[0]?.state)
    told.found("https://10.0.0.5", "https://10.0.0.6")
    expect(after.now()[0]).toBe(one)
  })

  it("drops everything with the service", () => {
    const values = kept()
    const told = source()
    const shop = serve(told, {}, values)
    const end = shop.begin()
    told.found("http://10.0.0.5")
    const dispose = vi.spyOn(present(shop.now()[0]).pool, "dispose")
    end()
    values.generation().settle()
    expect(dispose).toHaveBeenCalledOnce()
  })
})

describe("onceKnown()", () => {
  const answer = { status: 204 } as never

  it("holds an exchange until the first answer, and none after it", async () => {
    const told = source()
    const { discovery, begin, urls } = serve(told)
    begin()
    const seen: string[][] = []
    const handler = onceKnown(discovery, () => {
      seen.push(urls())
      return answer
    })
    const held = handler(exchange())
    expect(seen).toEqual([])
    told.found("http://10.0.0.5")
    expect(await held).toBe(answer)
    expect(handler(exchange())).toBe(answer)
    expect(seen).toEqual([["http://10.0.0.5"], ["http://10.0.0.5"]])
  })

  it("holds it no longer than until the source fails, or the config goes", async () => {
    for (const over of [
      (told: ReturnType<typeof source>) => told.failed("status 500"),
      (_: ReturnType<typeof source>, end: () => void) => end(),
    ]) {
      const told = source()
      const { discovery, begin } = serve(told)
      const end = begin()
      const held = onceKnown(discovery, () => answer)(exchange())
      over(told, end)
      expect(await held).toBe(answer)
    }
  })

  it("holds it for five seconds at most", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
    const { discovery, begin } = serve(source())
    begin()
    const next = vi.fn<() => typeof answer>(() => answer)
    const held = onceKnown(discovery, next)(exchange())
    await vi.advanceTimersByTimeAsync(4_999)
    expect(next).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(await held).toBe(answer)
    expect(discovery.waiting).toBeUndefined()
  })

  it("lets go of an exchange that nobody waits for", async () => {
    const { discovery, begin } = serve(source())
    begin()
    const asked = exchange()
    const held = failureOf(() => onceKnown(discovery, () => answer)(asked))
    const reason = new Error("The client went away.")
    asked.end(reason)
    expect(await held).toBe(reason)
  })
})
