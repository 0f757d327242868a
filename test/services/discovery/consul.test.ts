import { describe, expect, it } from "vitest"

import { consul } from "../../../src/services/discovery/consul.ts"
import { type RawUpstream, rawUpstream, type Received } from "../../support/upstream.ts"
import { parsed, watching } from "./watching.ts"

const find = (agent: RawUpstream, options: object = {}) =>
  watching(consul.create(parsed(consul.options, { service: "shop", url: agent.url, ...options }), { root: "/" }))

/** An instance as `/v1/health/service/:service` lists it. */
const instance = (address: string, port: number, weight = 1, node = "10.9.9.9") => ({
  Node: { Node: "n1", Address: node, Datacenter: "dc1" },
  Service: {
    ID: `shop-${port}`,
    Service: "shop",
    Address: address,
    Port: port,
    Weights: { Passing: weight, Warning: 1 },
  },
  Checks: [{ Status: "passing" }],
})

const json = (value: unknown, index?: number | string, status = 200): string => {
  const body = JSON.stringify(value)
  const line = index === undefined ? "" : `X-Consul-Index: ${index}\r\n`
  return `HTTP/1.1 ${status} X\r\n${line}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

const queryOf = ({ target }: Received) => Object.fromEntries(new URL(target, "http://a").searchParams)

/** An agent that answers what the test writes, question by question. */
const agent = () => rawUpstream(() => undefined)

describe("consul, asking a server of the test that follows Consul's documented HTTP API", () => {
  it("asks for instances that pass their checks, with token, datacenter and tags", async () => {
    using server = await agent()
    using found = find(server, { token: "t0p", datacenter: "dc2", tags: ["v2", "eu"] })
    const asked = await server.next()
    const url = new URL(asked.target, "http://a")
    expect([asked.method, url.pathname]).toEqual(["GET", "/v1/health/service/shop"])
    expect([...url.searchParams]).toEqual([
      ["passing", "true"],
      ["dc", "dc2"],
      ["tag", "v2"],
      ["tag", "eu"],
    ])
    expect(asked.get("x-consul-token")).toBe("t0p")
    asked.socket.write(json([instance("10.0.0.5", 8080, 3), instance("fd00::1", 81)], 7))
    expect(await found.list()).toEqual([
      { url: "http://10.0.0.5:8080", weight: 3 },
      { url: "http://[fd00::1]:81", weight: 1 },
    ])
  })

  it("takes the address of the node for an instance without one", async () => {
    using server = await agent()
    using found = find(server, { scheme: "https" })
    ;(await server.next()).socket.write(json([instance("", 443, 1, "10.0.0.9")], 7))
    expect(await found.urls()).toEqual(["https://10.0.0.9:443"])
  })

  it("then waits for changes: each question carries the index of the last answer, and how long to wait", async () => {
    using server = await agent()
    using found = find(server, { wait: "90s" })
    const first = await server.next()
    expect(queryOf(first)).toEqual({ passing: "true" })
    first.socket.write(json([instance("10.0.0.5", 80)], 7))
    const second = await server.next()
    expect(queryOf(second)).toEqual({ passing: "true", index: "7", wait: "90s" })
    expect(found.told).toBe(1)
    second.socket.write(json([instance("10.0.0.6", 80)], 9))
    expect(await found.urls()).toEqual(["http://10.0.0.5:80"])
    expect(await found.urls()).toEqual(["http://10.0.0.6:80"])
    expect(queryOf(await server.next())).toMatchObject({ index: "9" })
  })

  it("asks for no longer wait than Consul gives", async () => {
    using server = await agent()
    using _ = find(server, { wait: "1h" })
    ;(await server.next()).socket.write(json([], 1))
    expect(queryOf(await server.next())).toMatchObject({ wait: "600s" })
  })

  it("starts anew when the index goes backwards", async () => {
    using server = await agent()
    using _ = find(server)
    ;(await server.next()).socket.write(json([], 700))
    const waiting = await server.next()
    expect(queryOf(waiting)).toMatchObject({ index: "700" })
    waiting.socket.write(json([], 3))
    expect(queryOf(await server.next())).toEqual({ passing: "true" })
  })

  it.each([
    ["0", "1"],
    ["-5", undefined],
    ["many", undefined],
    [undefined, "1"],
  ])("never waits on an index that would return at once for ever: %s", async (told, next) => {
    using server = await agent()
    using _ = find(server)
    ;(await server.next()).socket.write(json([], told))
    expect(queryOf(await server.next()).index).toBe(next)
  })

  it("starts anew after a failure, so that its first answer comes at once", async () => {
    using server = await agent()
    using found = find(server)
    ;(await server.next()).socket.write(json([instance("10.0.0.5", 80)], 7))
    ;(await server.next()).socket.write(json("rpc error: no leader", undefined, 500))
    expect(await found.failure()).toBe("status 500")
    const again = await server.next()
    expect(queryOf(again)).toEqual({ passing: "true" })
    again.socket.write(json([instance("10.0.0.6", 80)], 2))
    expect(await found.urls()).toEqual(["http://10.0.0.5:80"])
    expect(await found.urls()).toEqual(["http://10.0.0.6:80"])
  })

  it.each([
    ["a token that is refused", json("ACL not found", undefined, 403), "status 403"],
    ["what is no list", json({}, 1), "its answer is no list of instances"],
    [
      "an instance without a port",
      json([{ Service: { Address: "10.0.0.5" } }], 1),
      "instance 1 of its answer has no address or no port",
    ],
    ["what is no instance", json([null], 1), "instance 1 of its answer has no address or no port"],
  ])("fails on %s", async (_, answer, reason) => {
    using server = await agent()
    using found = find(server)
    ;(await server.next()).socket.write(answer)
    expect(await found.failure()).toBe(reason)
  })

  it("hangs up on a waiting question when it is ended", async () => {
    using server = await agent()
    const found = find(server)
    ;(await server.next()).socket.write(json([], 7))
    const waiting = await server.next()
    found[Symbol.dispose]()
    await waiting.gone
    expect(found.told).toBe(1)
  })
})
