import { describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import { exchange, failureOf, textOf } from "../../support/exchange.ts"
import { type Answer, cached, heldBody, later, seen, stoppedClock } from "./cached.ts"

stoppedClock()

const kept = { "cache-control": "max-age=60" }
const down = () => new GatewayError("unreachable", "down")

/** A service whose answers wait until the test lets them go. */
function held() {
  const doors: PromiseWithResolvers<Answer>[] = []
  const service = (): Promise<Answer> => {
    const door = Promise.withResolvers<Answer>()
    doors.push(door)
    return door.promise
  }
  return { service, doors }
}

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe("cache(), when many ask at once", () => {
  it("asks once for a thousand who miss, and gives all of them the answer", async () => {
    const { service, doors } = held()
    const { get, asked } = cached(service)
    const waiting = Array.from({ length: 1000 }, () => get())
    await soon()
    expect(asked.length).toBe(1)
    doors[0]?.resolve({ headers: kept, body: "once" })
    const all = await Promise.all(waiting)
    expect(new Set(all.map(({ text }) => text))).toEqual(new Set(["once"]))
    expect(all[0]?.story).toBe("fwd=uri-miss; ttl=60; stored")
    expect(all[999]?.story).toBe("fwd=uri-miss; ttl=60; stored; collapsed")
    expect(asked.length).toBe(1)
  })

  it("gives a body that is still coming to all who wait, each at its own pace, and keeps it", async () => {
    const { service, doors } = held()
    const { send, get, asked } = cached(service)
    const first = send()
    const second = send()
    await soon()
    const { body, write, end } = heldBody()
    doors[0]?.resolve({ headers: kept, body })
    const replies = await Promise.all([first, second])
    write("some ")
    const [one, other] = replies
    const reader = (one.body as ReadableStream<Uint8Array>).getReader()
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("some ")
    write("more")
    end()
    expect(await textOf(other.body)).toBe("some more")
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("more")
    expect((await reader.read()).done).toBe(true)
    expect((await get()).text).toBe("some more")
    expect(asked.length).toBe(1)
  })

  it("does not end what others wait for when the first one leaves, and ends it when nobody waits", async () => {
    const { service, doors } = held()
    const { send, asked } = cached(service)
    const [first, second] = [exchange(), exchange()]
    const left = failureOf(() => send(first))
    const stays = send(second).then(seen)
    await soon()
    first.end(new Error("left"))
    expect(await left).toMatchObject({ message: "left" })
    expect(asked[0]?.isOver).toBe(false)
    doors[0]?.resolve({ headers: kept, body: "still" })
    expect((await stays).text).toBe("still")

    const third = exchange({ path: "/other" })
    const gone = failureOf(() => send(third))
    await soon()
    third.end(new Error("left too"))
    await gone
    expect(asked[1]?.isOver).toBe(true)
  })

  it("stops reading a body that nobody reads any more, and does not keep it", async () => {
    const held = heldBody()
    const { send, asked, get } = cached((_, count) => ({ headers: kept, body: count === 1 ? held.body : "2" }))
    const reply = await send()
    held.write("half")
    const reader = (reply.body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    await reader.cancel()
    expect(held.cancelled).toBe(true)
    expect((await get()).text).toBe("2")
    expect(asked.length).toBe(2)
  })

  it("lets each go by itself when the answer is for one only, and then nobody waits any more", async () => {
    const { service, doors } = held()
    const { get, asked } = cached(service)
    const waiting = [get(), get(), get()]
    await soon()
    doors[0]?.resolve({ headers: { "cache-control": "private" }, body: "for the first" })
    await soon()
    expect(asked.length).toBe(3)
    doors[1]?.resolve({ headers: { "cache-control": "private" }, body: "for the second" })
    doors[2]?.resolve({ headers: { "cache-control": "private" }, body: "for the third" })
    const all = await Promise.all(waiting)
    expect(all.map(({ text }) => text)).toEqual(["for the first", "for the second", "for the third"])
    expect(all[1]?.story).toBe("fwd=uri-miss; detail=not-shared")
    const more = [get(), get()]
    await soon()
    expect(asked.length).toBe(5)
    for (const door of doors.slice(3)) door.resolve({ headers: kept, body: "kept by now" })
    expect((await Promise.all(more)).map(({ text }) => text)).toEqual(["kept by now", "kept by now"])
    expect((await get()).story).toBe("hit; ttl=60")
  })

  it("does not give one who waits an answer in another language", async () => {
    const { service, doors } = held()
    const { get, asked } = cached(service)
    const ask = (language: string) => get({ headers: { "accept-language": language } })
    const waiting = [ask("en"), ask("de"), ask("en")]
    await soon()
    doors[0]?.resolve({ headers: { ...kept, vary: "accept-language" }, body: "hello" })
    await soon()
    expect(asked.length).toBe(2)
    doors[1]?.resolve({ headers: { ...kept, vary: "accept-language" }, body: "hallo" })
    expect((await Promise.all(waiting)).map(({ text }) => text)).toEqual(["hello", "hallo", "hello"])
  })

  it("tells all who wait of a failure, asks once for them, and keeps none of it", async () => {
    const { service, doors } = held()
    const { get, asked } = cached(service)
    const waiting = [get(), get()].map((one) => failureOf(() => one))
    await soon()
    doors[0]?.reject(down())
    expect(await Promise.all(waiting)).toMatchObject([{ code: "unreachable" }, { code: "unreachable" }])
    const failing = [get(), get()]
    await soon()
    doors[1]?.resolve({ status: 503, body: "busy" })
    expect((await Promise.all(failing)).map(({ text }) => text)).toEqual(["busy", "busy"])
    expect(asked.length).toBe(2)
    const last = get()
    await soon()
    doors[2]?.resolve("fine")
    expect((await last).text).toBe("fine")
  })

  it("waits no longer than `collapse` says", async () => {
    const { service, doors } = held()
    const { get, asked } = cached(service, { collapse: "1ms" })
    const first = get()
    const second = get()
    await vi.waitFor(() => expect(asked.length).toBe(2))
    doors[1]?.resolve({ headers: kept, body: "second" })
    expect(await second).toMatchObject({ text: "second", story: "fwd=uri-miss; ttl=60; stored; detail=waited" })
    doors[0]?.resolve({ headers: kept, body: "first" })
    expect((await first).text).toBe("first")
    const alone = cached(held().service, { collapse: false })
    void alone.get()
    void alone.get()
    await soon()
    expect(alone.asked.length).toBe(2)
  })

  it("keeps nothing that was fetched before its URL was changed", async () => {
    const { service, doors } = held()
    const { get } = cached(service)
    const read = get("/a")
    await soon()
    const change = get({ path: "/a", method: "PUT" })
    await soon()
    doors[1]?.resolve("changed")
    await change
    doors[0]?.resolve({ headers: kept, body: "from before" })
    expect((await read).text).toBe("from before")
    const again = get("/a")
    await soon()
    doors[2]?.resolve({ headers: kept, body: "new" })
    expect((await again).text).toBe("new")
  })

  it("keeps no body that broke off or is not as long as it said, and none above `maxObject`", async () => {
    const broken = heldBody()
    const { send, get } = cached(
      (_, count) =>
        count === 1
          ? { headers: kept, body: broken.body }
          : count === 2
            ? { headers: { ...kept, "content-length": "9" }, body: new Response("short").body }
            : { headers: kept, body: new Response("x".repeat(count === 3 ? 2000 : 500)).body },
      { maxObject: "1kb" },
    )
    const reply = await send()
    broken.write("half")
    broken.fail()
    expect(await failureOf(() => textOf(reply.body))).toMatchObject({ message: "broken" })
    expect((await get()).text).toBe("short")
    expect((await get()).text.length).toBe(2000)
    expect((await get()).text.length).toBe(500)
    expect((await get()).story).toBe("hit; ttl=60")
  })
})

describe("cache(), with stale answers", () => {
  it("gives a stale one away while it fetches a new one, once for all who ask", async () => {
    const { service, doors } = held()
    const { get, asked } = cached(service, { staleWhileRevalidate: "30s" })
    const first = get()
    doors[0]?.resolve({ headers: { "cache-control": "max-age=10" }, body: "old" })
    await first
    later(20)
    expect(await get()).toMatchObject({ text: "old", story: "hit; ttl=-10; detail=stale-while-revalidate" })
    expect((await get()).text).toBe("old")
    expect(asked.length).toBe(2)
    doors[1]?.resolve({ headers: kept, body: "new" })
    await soon()
    expect((await get()).text).toBe("new")
  })

  it("goes by the service: stale-while-revalidate and its end, must-revalidate", async () => {
    const soft = cached((_, count) => ({
      headers: { "cache-control": "max-age=10, stale-while-revalidate=5" },
      body: String(count),
    }))
    await soft.get()
    later(14)
    expect((await soft.get()).text).toBe("1")
    await soon()
    later(16)
    expect((await soft.get()).text).toBe("3")
    const strict = cached(
      (_, count) => ({ headers: { "cache-control": "max-age=10, must-revalidate" }, body: String(count) }),
      { staleWhileRevalidate: "1h", staleIfError: "1h" },
    )
    await strict.get()
    later(11)
    expect((await strict.get()).text).toBe("2")
  })

  it.each(["unreachable", "timeout", 500, 503])(
    "gives a stale one away when the service fails with %s",
    async (how) => {
      const { get, asked } = cached(
        (_, count) => {
          if (count === 1) return { headers: { "cache-control": "max-age=10", etag: '"1"' }, body: "old" }
          if (typeof how === "number") return { status: how, body: "failed" }
          throw new GatewayError(how as "timeout", "failed")
        },
        { staleIfError: "1m" },
      )
      await get()
      later(20)
      const status = typeof how === "number" ? `fwd-status=${how}; ` : ""
      expect(await get()).toMatchObject({ text: "old", story: `fwd=stale; ${status}ttl=-10; detail=stale-if-error` })
      expect(await get()).toMatchObject({ text: "old", story: "hit; ttl=-10; detail=stale-if-error" })
      expect(asked.length).toBe(2)
      later(1)
      await get()
      expect(asked.length).toBe(3)
      later(60)
      if (typeof how === "number") expect((await get()).status).toBe(how)
      else expect(await failureOf(() => get())).toMatchObject({ code: how })
    },
  )

  it("gives no stale one away for a mistake of the client, or a failure of the gateway's own", async () => {
    const { get } = cached(
      (_, count) => {
        if (count === 1) return { headers: { "cache-control": "max-age=10" }, body: "old" }
        if (count === 2) throw new GatewayError("bad_request", "wrong")
        return { status: 404, body: "gone" }
      },
      { staleIfError: "1m" },
    )
    await get()
    later(11)
    expect(await failureOf(() => get())).toMatchObject({ code: "bad_request" })
    expect((await get()).status).toBe(404)
    expect((await get()).status).toBe(404)
  })

  it("fetches ahead what is asked for near its end, each at a time of its own, and once", async () => {
    const { service, doors } = held()
    const { get, asked } = cached(service, { refreshAhead: "10s" })
    const first = get()
    doors[0]?.resolve({ headers: kept, body: "old" })
    await first
    later(49)
    await get()
    expect(asked.length).toBe(1)
    later(8)
    expect(await get()).toMatchObject({ text: "old", story: "hit; ttl=3" })
    await get()
    expect(asked.length).toBe(2)
    doors[1]?.resolve({ headers: kept, body: "new" })
    await soon()
    expect(await get()).toMatchObject({ text: "new", story: "hit; ttl=60" })
  })

  it("lets the service rest after a fetch in the background failed", async () => {
    const { get, asked } = cached(
      (_, count) => {
        if (count === 1) return { headers: { "cache-control": "max-age=10" }, body: "old" }
        throw down()
      },
      { staleWhileRevalidate: "1m" },
    )
    await get()
    later(11)
    await get()
    await soon()
    await get()
    expect(asked.length).toBe(2)
    later(2)
    await get()
    expect(asked.length).toBe(3)
  })
})
