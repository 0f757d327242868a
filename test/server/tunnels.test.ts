import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import type { Tunnel } from "../../src/core/tunnel.ts"
import type { Gateway, Route } from "../../src/gateway/compile.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { standardPaths } from "../../src/http/path-rules.ts"
import { Metrics } from "../../src/observe/metrics.ts"
import { Tunnels } from "../../src/server/tunnels.ts"
import type { Joined } from "../../src/server/websocket.ts"
import { exchange } from "../support/exchange.ts"

/** A gateway with one route for every path that begins with /chat. */
function gatewayOf(choices: unknown, { service = "chat at one", defaults = "none" } = {}): Gateway {
  const route = { key: "/chat*", choices } as unknown as Route
  const find = (_method: string, _host: string, path: string) =>
    path.startsWith("/chat") ? { route, params: new Map() } : undefined
  const config = { services: new Map([["chat", service]]), defaults }
  return { find, config, paths: standardPaths } as unknown as Gateway
}

function tunnel() {
  const told: unknown[] = []
  const none = (): void => {}
  const made: Tunnel = {
    service: "chat",
    join: none,
    abandon: () => told.push("abandoned"),
    shut: (code) => told.push(code),
    clientSaid: none,
    clientPinged: none,
    clientPonged: none,
    clientDrained: none,
    clientClosed: none,
  }
  return { made, told }
}

/** Joins a client; what is given leaves again. */
function joined(tunnels: Tunnels, gateway: Gateway, path = "/chat/1", takes = true, onService = path) {
  const { made, told } = tunnel()
  let data: Joined | undefined
  const upgrade = (_headers: HeaderList, given: Joined): boolean => {
    data = given
    return takes
  }
  const reply = { status: 101, headers: new HeaderList(), body: null, tunnel: made }
  const taken = tunnels.join(reply, exchange({ path: onService }), path, upgrade, gateway)
  return { told, taken, leave: () => data?.left() }
}

describe("Tunnels", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  it("leaves those alone whose ground is the same", () => {
    const tunnels = new Tunnels(new Metrics())
    const { told } = joined(tunnels, gatewayOf(["one"]))
    for (let n = 0; n < 3; n++) tunnels.swapped(gatewayOf(["one"]))
    vi.advanceTimersByTime(1_000)
    expect(told).toEqual([])
  })

  it.each<[string, Gateway]>([
    ["its route", gatewayOf(["two"])],
    ["its service", gatewayOf(["one"], { service: "chat at two" })],
    ["the policies of all routes", gatewayOf(["one"], { defaults: "more" })],
  ])("shuts one with 1012 when %s changed", (_, next) => {
    const tunnels = new Tunnels(new Metrics())
    const { told } = joined(tunnels, gatewayOf(["one"]))
    tunnels.swapped(next)
    vi.advanceTimersByTime(1_000)
    expect(told).toEqual([1012])
  })

  it("shuts many a few at a time, and none of them when the change is taken back", () => {
    const tunnels = new Tunnels(new Metrics())
    const all = Array.from({ length: 35 }, () => joined(tunnels, gatewayOf(["one"])))
    const shut = (): number => all.filter(({ told }) => told.length > 0).length
    tunnels.swapped(gatewayOf(["two"]))
    expect(shut()).toBe(0)
    vi.advanceTimersByTime(50)
    expect(shut()).toBe(10)
    vi.advanceTimersByTime(50)
    expect(shut()).toBe(20)
    for (const { told, leave } of all) if (told.length > 0) leave()
    tunnels.swapped(gatewayOf(["one"]))
    vi.advanceTimersByTime(1_000)
    expect(shut()).toBe(20)
  })

  it("shuts one whose handshake was overtaken by a reload", () => {
    const tunnels = new Tunnels(new Metrics())
    tunnels.swapped(gatewayOf(["two"]))
    const { told } = joined(tunnels, gatewayOf(["one"]))
    vi.advanceTimersByTime(50)
    expect(told).toEqual([1012])
  })

  it("goes by the path of the client, whatever its target made of it", () => {
    const tunnels = new Tunnels(new Metrics())
    const { told } = joined(tunnels, gatewayOf(["one"]), "/chat/%7E", true, "/room")
    tunnels.swapped(gatewayOf(["one"]))
    vi.advanceTimersByTime(1_000)
    expect(told).toEqual([])
    tunnels.swapped(gatewayOf(["two"]))
    vi.advanceTimersByTime(1_000)
    expect(told).toEqual([1012])
  })

  it("counts those that are open, under the route on which they began", async () => {
    const metrics = new Metrics()
    const samples = (): string[] => metrics.text().match(/^bellhop_websockets_open\{.*/gm) ?? []
    const tunnels = new Tunnels(metrics)
    const all = Array.from({ length: 3 }, () => joined(tunnels, gatewayOf(["one"])))
    joined(tunnels, gatewayOf(["one"]), "/chat", false)
    expect(samples()).toEqual(['bellhop_websockets_open{route="/chat*",service="chat"} 3'])
    all[0]?.leave()
    all[0]?.leave()
    expect(samples()).toEqual(['bellhop_websockets_open{route="/chat*",service="chat"} 2'])
    for (const { leave } of all) leave()
    expect(samples()).toEqual(['bellhop_websockets_open{route="/chat*",service="chat"} 0'])
    await tunnels.end()
  })

  it("gives up the tunnel of a client that is gone", async () => {
    const tunnels = new Tunnels(new Metrics())
    const { taken, told } = joined(tunnels, gatewayOf(["one"]), "/chat", false)
    expect(taken).toBe(false)
    expect(told).toEqual(["abandoned"])
    await tunnels.end()
  })

  it("ends when the last client is gone, and shuts who comes late", async () => {
    const tunnels = new Tunnels(new Metrics())
    await tunnels.end()
    const all = [joined(tunnels, gatewayOf(["one"])), joined(tunnels, gatewayOf(["one"]))]
    const ended = vi.fn()
    const end = tunnels.end().then(ended)
    expect(all.map(({ told }) => told)).toEqual([
      [1001, 1001],
      [1001, 1001],
    ])
    all[0]?.leave()
    await Promise.resolve()
    expect(ended).not.toHaveBeenCalled()
    all[1]?.leave()
    await end
    expect(ended).toHaveBeenCalled()
  })
})
