import { describe, expect, it } from "vitest"

import { dns } from "../../../src/services/discovery/dns.ts"
import { within } from "../../../src/services/discovery/time-to-live.ts"
import { dnsmasq } from "../../support/dnsmasq.ts"
import { parsed, watching } from "./watching.ts"

const find = (options: object) => watching(dns.create(parsed(dns.options, options), { root: "/" }))

describe("dns, asking a real dnsmasq", () => {
  it("finds an upstream behind each address of both kinds, under the name", async () => {
    await using server = await dnsmasq(["127.0.0.2 shop.test", "127.0.0.3 shop.test", "::1 shop.test"])
    using found = find({ name: "shop.test", port: 8080, server: server.server })
    const list = await found.list()
    expect(list.map(({ url }) => url).toSorted()).toEqual([
      "http://127.0.0.2:8080",
      "http://127.0.0.3:8080",
      "http://[::1]:8080",
    ])
    expect(new Set(list.map(({ host }) => host))).toEqual(new Set(["shop.test:8080"]))
  })

  it("takes the usual port of the scheme, and leaves it out of the name", async () => {
    await using server = await dnsmasq(["127.0.0.2 shop.test"])
    using found = find({ name: "shop.test.", scheme: "https", server: server.server })
    expect(await found.list()).toEqual([{ url: "https://127.0.0.2:443", host: "shop.test" }])
  })

  it("keeps to one family when it is told", async () => {
    await using server = await dnsmasq(["127.0.0.2 shop.test", "::1 shop.test"])
    for (const [family, url] of [
      ["ipv4", "http://127.0.0.2:80"],
      ["ipv6", "http://[::1]:80"],
    ]) {
      using found = find({ name: "shop.test", family, server: server.server })
      expect(await found.urls()).toEqual([url])
    }
  })

  it("asks again when the answer expires", async () => {
    await using server = await dnsmasq(["127.0.0.2 shop.test"])
    using found = find({ name: "shop.test", server: server.server, minTtl: "1ms", maxTtl: "5ms" })
    expect(await found.urls()).toEqual(["http://127.0.0.2:80"])
    await server.hosts(["127.0.0.7 shop.test"])
    expect(await found.urls(([url]) => url !== "http://127.0.0.2:80")).toEqual(["http://127.0.0.7:80"])
  })

  it("finds nobody when there is no such name, and somebody once there is", async () => {
    await using server = await dnsmasq([])
    using found = find({ name: "shop.test", server: server.server, interval: "5ms" })
    expect(await found.urls()).toEqual([])
    await server.hosts(["127.0.0.2 shop.test"])
    expect(await found.urls(({ length }) => length > 0)).toEqual(["http://127.0.0.2:80"])
  })

  it("fails when the server refuses to answer, and asks again", async () => {
    await using server = await dnsmasq([])
    using found = find({ name: "shop.elsewhere", server: server.server })
    expect(await found.failure()).toBe("the name server refused")
    expect(await found.failure()).toBe("the name server refused")
  })

  it("fails when there is no server", async () => {
    using found = find({ name: "shop.test", server: "127.0.0.1:1" })
    expect(await found.failure()).toMatch(/^(connection refused|no answer from the name server)$/)
  })

  it("says nothing once it is ended", async () => {
    await using server = await dnsmasq(["127.0.0.2 shop.test"])
    using control = find({ name: "shop.test", server: server.server, minTtl: "1ms", maxTtl: "1ms" })
    const found = find({ name: "shop.test", server: server.server, minTtl: "1ms", maxTtl: "1ms" })
    await found.list()
    found[Symbol.dispose]()
    const { told } = found
    for (let answers = 0; answers < 10; answers++) await control.list()
    expect(found.told).toBe(told)
  })
})

describe("dns, asking as this machine does", () => {
  it("knows the hosts file", async () => {
    using found = find({ name: "localhost", family: "ipv4", port: 4001 })
    expect(await found.list()).toEqual([{ url: "http://127.0.0.1:4001", host: "localhost:4001" }])
  })
})

describe("the options of dns", () => {
  it.each([["10.0.0.53"], ["127.0.0.1:8600"], ["::1"], ["[::1]:8600"]])("take the name server %s", (server) => {
    expect(parsed(dns.options, { name: "a", server })).toMatchObject({ server })
  })

  it.each([["ns.internal"], ["127.0.0.1:0"], ["127.0.0.1:65536"], ["127.0.0:53"], ["::1:x"], ["http://10.0.0.53"]])(
    "refuse the name server %s",
    (server) => {
      expect(() => parsed(dns.options, { name: "a", server })).toThrow("the address of a name server")
    },
  )

  it.each([[""], ["a b"], ["a..b"], [".a"], ["-a"], ["http://a"], ["a:80"], ["a/b"], ["a".repeat(256)]])(
    "refuse the name %j",
    (name) => {
      expect(() => parsed(dns.options, { name })).toThrow("a name such as")
    },
  )
})

describe("within()", () => {
  const bounds = { minTtl: 5_000, maxTtl: 300_000 }
  const answers = (...ttls: (number | undefined)[]) => ttls.map((ttl) => ({ address: "10.0.0.1", ttl }))

  it.each([
    ["the first to expire", answers(60, 30, 90), 30_000],
    ["not less than the least", answers(0), 5_000],
    ["not more than the most", answers(86_400), 300_000],
    ["those that say it", answers(undefined, 60), 60_000],
    ["nothing when none says", answers(undefined), undefined],
    ["nothing without answers", answers(), undefined],
  ])("goes by %s", (_, given, length) => {
    expect(within(given, bounds)).toBe(length)
  })
})
