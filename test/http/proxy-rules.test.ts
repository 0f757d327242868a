import { describe, expect, it } from "vitest"

import { HeaderList } from "../../src/http/header-list.ts"
import { type Network, networkSet, networksOf } from "../../src/http/networks.ts"
import { originOf, type ProxyRules } from "../../src/http/proxy-rules.ts"

const trusting = (given: Partial<Omit<ProxyRules, "trust">> & { trust?: readonly string[] } = {}): ProxyRules => ({
  hops: undefined,
  header: "x-forwarded-for",
  scheme: true,
  host: false,
  ...given,
  trust: networkSet((given.trust ?? ["10.0.0.0/8"]).flatMap((one) => networksOf(one) as readonly Network[])),
})

const origin = (headers: Readonly<Record<string, string>>, peer = "10.0.0.1", rules = trusting()) =>
  originOf(HeaderList.of(headers), peer, rules)

const told = (client: string, proxies: string) => ({ client, proxies, scheme: undefined, host: undefined })

describe("originOf()", () => {
  it("believes nobody who is not in the list, whatever they say", () => {
    expect(origin({ "x-forwarded-for": "192.0.2.1", forwarded: "for=192.0.2.1" }, "203.0.113.9")).toBeUndefined()
    expect(origin({ "x-forwarded-for": "10.0.0.7" }, "")).toBeUndefined()
    expect(origin({ "x-forwarded-for": "10.0.0.7" }, "unknown")).toBeUndefined()
  })

  it("takes the nearest address that is not a proxy's, however many somebody put before it", () => {
    expect(origin({ "x-forwarded-for": "192.0.2.1" })).toEqual(told("192.0.2.1", ", 10.0.0.1"))
    expect(origin({ "x-forwarded-for": "127.0.0.1, 10.0.0.9, 192.0.2.1, 10.0.0.2" })).toEqual(
      told("192.0.2.1", ", 10.0.0.2, 10.0.0.1"),
    )
  })

  it("takes the first where all are proxies, and the proxy itself where it says nothing", () => {
    expect(origin({ "x-forwarded-for": "10.0.0.3, 10.0.0.2" })).toEqual(told("10.0.0.3", ", 10.0.0.2, 10.0.0.1"))
    expect(origin({})).toEqual(told("10.0.0.1", ""))
    expect(origin({ "x-forwarded-for": " ," })).toEqual(told("10.0.0.1", ""))
  })

  it.each(["unknown", "10.0.0.300", "_hidden", "10.0.0.7 ;", "[10.0.0.7]", '"10.0.0.7"'])(
    "makes nobody of %j: neither the proxy nor what stands before it",
    (entry) => {
      expect(origin({ "x-forwarded-for": `10.0.0.5, ${entry}` })).toEqual(told("unknown", ", 10.0.0.1"))
    },
  )

  it("makes nobody of a Forwarded header that is not well formed", () => {
    const rules = trusting({ header: "forwarded" })
    expect(origin({ forwarded: 'for="10.0.0.5, for=192.0.2.1' }, "10.0.0.1", rules)).toEqual(
      told("unknown", ", 10.0.0.1"),
    )
  })

  it("reads one header only: what the proxies do not write, clients may", () => {
    const both = { "x-forwarded-for": "192.0.2.1", forwarded: "for=198.51.100.1" }
    expect(origin(both)).toMatchObject({ client: "192.0.2.1" })
    expect(origin(both, "10.0.0.1", trusting({ header: "forwarded" }))).toMatchObject({ client: "198.51.100.1" })
  })

  it("reads all lines of a header as one list", () => {
    const lines = new HeaderList(["x-forwarded-for", "192.0.2.1", "x-forwarded-for", "198.51.100.1"])
    expect(originOf(lines, "10.0.0.1", trusting())).toMatchObject({ client: "198.51.100.1" })
  })

  it("believes as many as hops says", () => {
    const rules = trusting({ trust: ["any"], hops: 1 })
    expect(origin({ "x-forwarded-for": "127.0.0.1, 192.0.2.1" }, "203.0.113.5", rules)).toEqual(
      told("192.0.2.1", ", 203.0.113.5"),
    )
    expect(origin({ "x-forwarded-for": "a, 10.0.0.3, 10.0.0.2" }, "10.0.0.1", trusting({ hops: 2 }))).toMatchObject({
      client: "10.0.0.3",
    })
  })

  it("takes scheme and host as they are said of the client, and only if asked", () => {
    const headers = {
      "x-forwarded-for": "198.51.100.1, 192.0.2.1",
      "x-forwarded-proto": "https, http",
      "x-forwarded-host": "evil.example, shop.example",
    }
    expect(origin(headers)).toMatchObject({ scheme: "http", host: undefined })
    expect(origin(headers, "10.0.0.1", trusting({ host: true, scheme: false }))).toMatchObject({
      scheme: undefined,
      host: "shop.example",
    })
    expect(origin({ "x-forwarded-for": "192.0.2.1", "x-forwarded-proto": "WSS" })).toMatchObject({ scheme: "https" })
    expect(origin({ "x-forwarded-for": "192.0.2.1", "x-forwarded-proto": "gopher" })).toMatchObject({
      scheme: undefined,
    })
  })
})
