import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { waitingNow } from "../../src/core/deadlines.ts"
import type { Exchange } from "../../src/core/exchange.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { exchange, linesOf, streamOf } from "../support/exchange.ts"

const derived = (parent: Exchange): Exchange =>
  parent.derive({
    method: "GET",
    rawPath: "/part",
    path: "/part",
    search: "",
    headers: new HeaderList(["accept", "application/json"]),
    body: null,
  })

describe("Exchange.whenOver()", () => {
  it("calls each back once, in order, with the reason", () => {
    const asked = exchange()
    const told: string[] = []
    asked.whenOver((reason) => told.push(`first: ${reason.message}`))
    asked.whenOver((reason) => told.push(`second: ${reason.message}`))
    asked.end(new Error("late"))
    asked.end(new Error("again"))
    expect(told).toEqual(["first: late", "second: late"])
  })

  it("calls back at once when it is over already", () => {
    const asked = exchange()
    asked.end(new Error("late"))
    const told = vi.fn()
    asked.whenOver(told)
    expect(told.mock.calls).toEqual([[new Error("late")]])
  })

  it("takes callbacks that ask again while they are told", () => {
    const asked = exchange()
    const inner = vi.fn()
    asked.whenOver(() => asked.whenOver(inner))
    asked.end(new Error("late"))
    expect(inner).toHaveBeenCalledTimes(1)
  })
})

describe("Exchange.unlessOver()", () => {
  it("settles as the work does", async () => {
    const asked = exchange()
    await expect(asked.unlessOver(Promise.resolve("done"))).resolves.toBe("done")
    await expect(asked.unlessOver(Promise.reject(new Error("no")))).rejects.toThrow("no")
  })

  it("fails as soon as nobody waits any more, and takes no notice of what comes then", async () => {
    const asked = exchange()
    let fail: (error: Error) => void = () => {}
    const work = asked.unlessOver(new Promise<string>((_, reject) => (fail = reject)))
    asked.end(new Error("late"))
    fail(new Error("the work failed because of it"))
    await expect(work).rejects.toThrow("late")
  })

  it("fails at once when it is over already", async () => {
    const asked = exchange()
    asked.end(new Error("late"))
    await expect(asked.unlessOver(new Promise(() => {}))).rejects.toThrow("late")
  })
})

describe("Exchange.limit()", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    vi.advanceTimersByTime(100)
    expect([waitingNow(), vi.getTimerCount()]).toEqual([0, 0])
    vi.useRealTimers()
  })

  it("ends the exchange when its answer does not begin in time", () => {
    const asked = exchange()
    const told = vi.fn()
    asked.whenOver(told)
    asked.limit(1500)
    vi.advanceTimersByTime(1499)
    expect(asked.isOver).toBe(false)
    vi.advanceTimersByTime(50)
    expect(asked.isOver).toBe(true)
    expect(told.mock.calls).toMatchObject([[{ code: "timeout", status: 504, message: "No answer within 1.5s." }]])
  })

  it("goes by the shortest of several limits, and says which it was", () => {
    const reasons: string[] = []
    for (const limits of [
      [5000, 100],
      [100, 5000],
    ]) {
      const asked = exchange()
      asked.whenOver((reason) => reasons.push(reason.message))
      for (const length of limits) asked.limit(length)
      vi.advanceTimersByTime(200)
    }
    expect(reasons).toEqual(["No answer within 100ms.", "No answer within 100ms."])
  })

  it("leaves an exchange alone whose answer is there", () => {
    const asked = exchange()
    asked.limit(100)
    asked.settled()
    vi.advanceTimersByTime(1000)
    expect(asked.isOver).toBe(false)
  })
})

describe("Exchange.begin()", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    vi.advanceTimersByTime(100)
    expect([waitingNow(), vi.getTimerCount()]).toEqual([0, 0])
    vi.useRealTimers()
  })

  it("watches whether the client is still there", () => {
    const client = new AbortController()
    const asked = exchange({ signal: client.signal })
    const told = vi.fn()
    asked.whenOver(told)
    asked.begin()
    vi.advanceTimersByTime(50)
    client.abort()
    asked.end(new Error("late"))
    expect(told.mock.calls).toMatchObject([[{ code: "client_gone", message: "The client went away." }]])
    asked.settled()
  })

  it("finds a client that left before anybody looked", () => {
    const asked = exchange({ signal: AbortSignal.abort() })
    asked.begin()
    vi.advanceTimersByTime(50)
    expect(asked.isOver).toBe(true)
    asked.settled()
  })

  it("listens to the client once, and not at all when the answer comes soon", () => {
    const { signal } = new AbortController()
    const listens = vi.spyOn(signal, "addEventListener")
    const asked = exchange({ signal })
    asked.begin()
    expect(listens).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1000)
    expect(listens).toHaveBeenCalledTimes(1)
    asked.settled()
  })
})

describe("Exchange.derive()", () => {
  it("knows which exchange it is for, and the route of that, however far down", () => {
    const parent = exchange()
    parent.route = "GET /cart"
    const grandchild = derived(derived(parent))
    expect(parent.origin).toBe(parent)
    expect(grandchild.origin).toBe(parent)
    expect(grandchild.route).toBe("GET /cart")
  })

  it("speaks for the same client under the same id, with a request of its own", () => {
    const parent = exchange({ id: "abc", client: "192.0.2.9", scheme: "https", params: { id: "7" }, path: "/a?b" })
    const child = derived(parent)
    expect(child).toMatchObject({ id: "abc", client: "192.0.2.9", scheme: "https", host: "shop.example" })
    expect(child).toMatchObject({ rawPath: "/part", path: "/part", search: "" })
    expect(linesOf(child.headers)).toEqual([["accept", "application/json"]])
  })

  it("keeps the parameters of the route: a path may be made of them", () => {
    expect([...derived(exchange({ params: { id: "7" } })).params]).toEqual([["id", "7"]])
  })

  it("ends with its parent, and its parent goes on without it", () => {
    const parent = exchange()
    const [first, second] = [derived(parent), derived(parent)]
    first.end(new Error("slow"))
    expect([parent.isOver, first.isOver, second.isOver]).toEqual([false, true, false])
    const told = vi.fn()
    second.whenOver(told)
    parent.end(new Error("late"))
    expect(told.mock.calls).toEqual([[new Error("late")]])
  })

  it("is over from the start when its parent is", () => {
    const parent = exchange()
    parent.end(new Error("late"))
    expect(derived(parent).isOver).toBe(true)
  })

  it("ends grandchildren too", () => {
    const parent = exchange()
    const grandchild = derived(derived(parent))
    parent.end(new Error("late"))
    expect(grandchild.isOver).toBe(true)
  })
})

describe("Exchange.decodedParams()", () => {
  it("undoes the escapes", () => {
    expect(exchange({ params: { a: "x%2Fy", b: "%C3%A9", "*": "a/b%20c" } }).decodedParams()).toEqual({
      a: "x/y",
      b: "é",
      "*": "a/b c",
    })
  })

  it.each(["%", "%zz", "%c3", "100%"])("leaves %j as it is, which is no escaped text", (value) => {
    expect(exchange({ params: { a: value } }).decodedParams()).toEqual({ a: value })
  })

  it("holds a parameter named __proto__ as data", () => {
    const params = exchange({ params: JSON.parse('{"__proto__":"x"}') as Record<string, string> }).decodedParams()
    expect(Object.entries(params)).toEqual([["__proto__", "x"]])
  })
})

describe("Exchange.toRequest()", () => {
  it("is the request as the client made it", async () => {
    const asked = exchange({
      method: "POST",
      scheme: "https",
      host: "shop.example:8443",
      path: "/a%2Fb//c?d=%41&d",
      headers: { "x-a": "1", "content-type": "text/plain" },
      body: streamOf("one", "two"),
    })
    const request = asked.toRequest()
    expect([request.method, request.url]).toEqual(["POST", "https://shop.example:8443/a%2Fb//c?d=%41&d"])
    expect(request.headers.get("x-a")).toBe("1")
    expect(await request.text()).toBe("onetwo")
  })

  it("keeps header lines of the same name apart from their neighbours", () => {
    const request = exchange({
      headers: [
        ["x-a", "1"],
        ["x-b", "2"],
        ["x-a", "3"],
      ],
    }).toRequest()
    expect([request.headers.get("x-a"), request.headers.get("x-b")]).toEqual(["1, 3", "2"])
  })

  it.each(["GET", "HEAD"])("has no trouble with a %s that has a body", (method) => {
    expect(exchange({ method, body: "x" }).toRequest().method).toBe(method)
  })
})
