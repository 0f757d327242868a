import { describe, expect, it } from "vitest"

import { srv } from "../../../src/services/discovery/srv.ts"
import { dnsmasq } from "../../support/dnsmasq.ts"
import { parsed, watching } from "./watching.ts"

const find = (options: object) => watching(srv.create(parsed(srv.options, options), { root: "/" }))

const name = "_http._tcp.shop.test"

describe("srv, asking a real dnsmasq", () => {
  it("finds the hosts of the records with their ports, weights and priorities", async () => {
    await using server = await dnsmasq(
      ["127.0.0.2 a.test", "127.0.0.3 a.test", "127.0.0.4 b.test", "127.0.0.5 c.test"],
      [
        `--srv-host=${name},a.test,8001,10,5`,
        `--srv-host=${name},b.test,8002,10,3`,
        `--srv-host=${name},c.test,80,20,0`,
      ],
    )
    using found = find({ name, server: server.server })
    const list = await found.list()
    expect(list.toSorted((one, other) => one.url.localeCompare(other.url))).toEqual([
      { url: "http://127.0.0.2:8001", host: "a.test:8001", weight: 5, priority: 10 },
      { url: "http://127.0.0.3:8001", host: "a.test:8001", weight: 5, priority: 10 },
      { url: "http://127.0.0.4:8002", host: "b.test:8002", weight: 3, priority: 10 },
      { url: "http://127.0.0.5:80", host: "c.test", weight: 0, priority: 20 },
    ])
  })

  it("brings weights to at most a thousand, and forgets none that has one", async () => {
    await using server = await dnsmasq(
      ["127.0.0.2 a.test", "127.0.0.3 b.test"],
      [`--srv-host=${name},a.test,80,0,65535`, `--srv-host=${name},b.test,80,0,1`],
    )
    using found = find({ name, server: server.server })
    expect((await found.list()).map(({ weight }) => weight).toSorted()).toEqual([1, 1000])
  })

  it("takes all for the same when none has a weight", async () => {
    await using server = await dnsmasq(
      ["127.0.0.2 a.test", "127.0.0.3 b.test"],
      [`--srv-host=${name},a.test,80,0,0`, `--srv-host=${name},b.test,80,0,0`],
    )
    using found = find({ name, server: server.server })
    expect((await found.list()).map(({ weight }) => weight)).toEqual([1, 1])
  })

  it("finds nobody without records, behind hosts without addresses, and where a lone dot stands", async () => {
    await using server = await dnsmasq(
      [],
      [`--srv-host=_http._tcp.gone.test,gone.test,80`, `--srv-host=_http._tcp.not.test`],
    )
    for (const asked of ["_http._tcp.no.test", "_http._tcp.gone.test", "_http._tcp.not.test"]) {
      using found = find({ name: asked, server: server.server })
      expect(await found.list()).toEqual([])
    }
  })

  it("asks again after the interval, and hears of new addresses", async () => {
    await using server = await dnsmasq(["127.0.0.2 a.test"], [`--srv-host=${name},a.test,80`])
    using found = find({ name, server: server.server, interval: "5ms" })
    expect(await found.urls()).toEqual(["http://127.0.0.2:80"])
    await server.hosts(["127.0.0.7 a.test"])
    expect(await found.urls(([url]) => url !== "http://127.0.0.2:80")).toEqual(["http://127.0.0.7:80"])
  })
})
