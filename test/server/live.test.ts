import { describe, expect, it } from "vitest"

import type { Reply } from "../../src/core/reply.ts"
import type { Built } from "../../src/gateway/build.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { standardPaths } from "../../src/http/path-rules.ts"
import { Metrics } from "../../src/observe/metrics.ts"
import { answer as answerBun, type Listening } from "../../src/server/bun-door.ts"
import { Live } from "../../src/server/live.ts"

const silent = { info() {}, warn() {}, error() {} }
const server = { timeout() {}, requestIP: () => ({ address: "127.0.0.1" }) } as unknown as Listening
const request = (method = "GET"): Request =>
  new Request("http://localhost/n", { method, headers: { host: "localhost" } })

/** A config that answers as told, and remembers what became of it. */
function built(answer: () => Reply | Promise<Reply>) {
  const told: string[] = []
  const gateway = { answer: async () => answer(), paths: standardPaths, routes: [] }
  const begin = (): (() => void) => {
    told.push("begun")
    return () => void told.push("ended")
  }
  const made = { gateway, observing: { measures: true, observers: [] }, begin, dispose: () => told.push("disposed") }
  return { told, built: made as unknown as Built }
}

const text = (body: string): Reply => ({ status: 200, headers: new HeaderList(["content-type", "text/plain"]), body })

function live() {
  const metrics = new Metrics()
  const made = new Live(silent, metrics)
  return { live: made, metrics, answer: async (method?: string) => answerBun(made, request(method), server, "http") }
}

describe("Live", () => {
  it("answers 503 before there is a config", async () => {
    const { answer } = live()
    expect((await answer()).status).toBe(503)
  })

  it("numbers its configs, begins and ends what runs beside each, and disposes of the one before", async () => {
    const { live: now, answer, metrics } = live()
    const [one, two] = [built(() => text("one")), built(() => text("two"))]
    expect(now.swap(one.built).number).toBe(1)
    expect(await (await answer()).text()).toBe("one")
    expect(one.told).toEqual(["begun"])
    expect(now.swap(two.built).number).toBe(2)
    expect(one.told).toEqual(["begun", "ended", "disposed"])
    expect(await (await answer()).text()).toBe("two")
    expect(metrics.generation).toBe(2)
    expect(two.told).toEqual(["begun"])
  })

  it("keeps a config until its last exchange is answered", async () => {
    const { live: now, answer, metrics } = live()
    const [first, second] = [Promise.withResolvers<Reply>(), Promise.withResolvers<Reply>()]
    const open = [first, second].values()
    const one = built(() => open.next().value?.promise ?? text("late"))
    now.swap(one.built)
    const early = [answer(), answer()]
    now.swap(built(() => text("two")).built)
    expect(metrics.inFlight).toBe(2)
    expect(await (await answer()).text()).toBe("two")
    first.resolve(text("one"))
    expect(await (await early[0])?.text()).toBe("one")
    expect(one.told).toEqual(["begun", "ended"])
    second.resolve(text("one"))
    await early[1]
    expect(one.told).toEqual(["begun", "ended", "disposed"])
    expect(metrics.inFlight).toBe(0)
  })

  it.each<[string, (response: Response) => Promise<unknown>]>([
    ["ends", (response) => response.text()],
    ["is no longer wanted", async (response) => response.body?.cancel()],
  ])("keeps a config whose own code writes a body until that %s", async (_, finish) => {
    const { live: now, answer } = live()
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode("part"))
        controller.close()
      },
    })
    const one = built(() => ({ ...text(""), body, byConfig: true }))
    now.swap(one.built)
    const response = await answer()
    now.swap(built(() => text("two")).built)
    expect(one.told).toEqual(["begun", "ended"])
    await finish(response)
    expect(one.told).toEqual(["begun", "ended", "disposed"])
  })

  it("lifts Bun's idle timeout, which would cut whoever waits for an event", async () => {
    const { live: now } = live()
    now.swap(built(() => text("one")).built)
    const told: number[] = []
    const asked = request()
    const timeout = (one: Request, seconds: number): void => void (one === asked && told.push(seconds))
    await answerBun(now, asked, { ...server, timeout }, "http")
    expect(told).toEqual([0])
  })

  it.each([204, 304])("does not wait for a body that a status of %i does not have", async (status) => {
    const { live: now, answer, metrics } = live()
    const body = new ReadableStream<Uint8Array>()
    now.swap(built(() => ({ ...text(""), status, body, byConfig: true })).built)
    await answer()
    expect(metrics.inFlight).toBe(0)
  })

  it("does not wait for a body that HEAD does not get", async () => {
    const { live: now, answer, metrics } = live()
    now.swap(built(() => ({ ...text(""), body: new ReadableStream<Uint8Array>(), byConfig: true })).built)
    expect((await answer("HEAD")).body).toBeNull()
    expect(metrics.inFlight).toBe(0)
  })

  it("counts a body that fails as ended", async () => {
    const { live: now, answer, metrics } = live()
    const body = new ReadableStream<Uint8Array>({ pull: () => Promise.reject(new Error("broken")) })
    now.swap(built(() => ({ ...text(""), body, byConfig: true })).built)
    const response = await answer()
    expect(metrics.inFlight).toBe(1)
    await expect(response.text()).rejects.toThrow("broken")
    expect(metrics.inFlight).toBe(0)
  })

  it("is drained once the last answer is there, and asks clients to leave meanwhile", async () => {
    const { live: now, answer } = live()
    const held = Promise.withResolvers<Reply>()
    now.swap(built(() => held.promise).built)
    const early = answer()
    now.stopping = true
    const drained = now.drained()
    held.resolve(text("one"))
    await drained
    expect((await early).headers.get("connection")).toBe("close")
    await now.drained()
  })
})
