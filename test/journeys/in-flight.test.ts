import { describe, expect, it } from "vitest"

import { folder, type Running, serving } from "../support/executable.ts"
import { answer, numbered, save } from "../support/saves.ts"

/** A server that says who came, and lets nobody go before it is told to. */
function holding() {
  const came: string[] = []
  const waiting: { path: string; resolve: () => void }[] = []
  const held = new Map<string, PromiseWithResolvers<void>>()
  const doorOf = (path: string): PromiseWithResolvers<void> => {
    const door = held.get(path) ?? Promise.withResolvers<void>()
    held.set(path, door)
    return door
  }
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const { pathname } = new URL(request.url)
      came.push(pathname)
      for (const one of waiting.filter(({ path }) => path === pathname)) {
        waiting.splice(waiting.indexOf(one), 1)
        one.resolve()
      }
      if (pathname.startsWith("/hold")) await doorOf(pathname).promise
      return Response.json({ answered: pathname })
    },
  })
  const next = (path: string): Promise<void> => new Promise((resolve) => waiting.push({ path, resolve }))
  return {
    url: server.url.origin,
    count: (path: string): number => came.filter((one) => one === path).length,
    /** The next request for this path that comes from now on. */
    next,
    async several(path: string, times: number): Promise<void> {
      for (let time = 0; time < times; time++) await next(path)
    },
    release: (path: string): void => doorOf(path).resolve(),
    [Symbol.asyncDispose]: () => server.stop(true),
  }
}

async function reloaded(gateway: Running, generation: number): Promise<void> {
  await gateway.next((event) => event.outcome === "applied" && event.generation === generation)
}

describe("a request that began before a reload is finished by the config it began with:", () => {
  const targets: Record<string, (n: number) => string> = {
    "an aggregate with a function": (n) =>
      `{ aggregate: { held: "up GET /hold" }, response: ({ held }) => ({ ...held, config: ${n} }) }`,
    "a handler that waits": (n) =>
      `{ handler: async () => { const held = await fetch(process.env.UPSTREAM + "/hold"); return { ...await held.json() as object, config: ${n} } } }`,
  }
  it.each(Object.entries(targets).map(([what, target]) => ({ what, target })))("$what", async ({ target }) => {
    await using upstream = holding()
    const config = (n: number): string =>
      numbered(n, `services: { up: "${upstream.url}" },`, `"GET /held": ${target(n)}, "GET /up": "up",`)
    using shop = folder({ "gateway.config.ts": config(1) })
    await using gateway = await serving(shop.path, { env: { UPSTREAM: upstream.url } })
    const arrived = upstream.next("/hold")
    const early = answer(gateway.url, "/held")
    await arrived
    for (const n of [2, 3]) {
      save(shop.path, "gateway.config.ts", config(n))
      await reloaded(gateway, n)
      expect(await answer(gateway.url)).toBe(String(n))
    }
    upstream.release("/hold")
    expect(JSON.parse(await early)).toEqual({ answered: "/hold", config: 1 })
    expect(JSON.parse(await answer(gateway.url, "/held"))).toEqual({ answered: "/hold", config: 3 })
  })

  it("a body that the config's own timer writes", async () => {
    await using upstream = holding()
    const config = (n: number): string =>
      `const readers = new Set<ReadableStreamDefaultController>()
let released = false
void fetch("${upstream.url}/hold/${n}").then(() => (released = true))
setInterval(() => {
  for (const reader of readers) {
    reader.enqueue(new TextEncoder().encode("${n} "))
    if (!released) continue
    reader.close()
    readers.delete(reader)
  }
}, 1)
const stream = () => new Response(new ReadableStream({ start: (reader) => void readers.add(reader) }))
${numbered(n, "", `"GET /stream": { handler: stream },`)}`
    using shop = folder({ "gateway.config.ts": config(1) })
    await using gateway = await serving(shop.path)
    const response = await fetch(`${gateway.url.replace("localhost", "127.0.0.1")}/stream`)
    const reader = response.body?.getReader()
    await reader?.read()
    save(shop.path, "gateway.config.ts", config(2))
    await reloaded(gateway, 2)
    await reader?.read()
    upstream.release("/hold/1")
    const rest: string[] = []
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read())
      rest.push(new TextDecoder().decode(part.value))
    expect(rest.join("")).toMatch(/^(1 )+$/)
  })
})

describe("what a config began at its top ends once a newer one took over and its last request is answered:", () => {
  const ticking = (n: number, url: string): string =>
    `setInterval(() => void fetch("${url}/tick/${n}").catch(() => undefined), 2)\n${numbered(
      n,
      `services: { up: "${url}" },`,
      `"GET /hold": "up",`,
    )}`

  it("a timer", async () => {
    await using upstream = holding()
    using shop = folder({ "gateway.config.ts": ticking(1, upstream.url) })
    await using gateway = await serving(shop.path)
    await upstream.next("/tick/1")
    const arrived = upstream.next("/hold")
    const early = answer(gateway.url, "/hold")
    await arrived
    save(shop.path, "gateway.config.ts", ticking(2, upstream.url))
    await reloaded(gateway, 2)
    // The request of the first config keeps all of it alive.
    await upstream.several("/tick/1", 3)
    upstream.release("/hold")
    expect(JSON.parse(await early)).toEqual({ answered: "/hold" })
    // What was on its way when the timer stopped has arrived by then.
    await upstream.several("/tick/2", 5)
    const last = upstream.count("/tick/1")
    await upstream.several("/tick/2", 30)
    expect(upstream.count("/tick/1")).toBe(last)
  })

  it("a timer of a config that was refused", async () => {
    await using upstream = holding()
    using shop = folder({ "gateway.config.ts": ticking(1, upstream.url) })
    await using gateway = await serving(shop.path)
    save(shop.path, "gateway.config.ts", `${ticking(2, upstream.url)}\nexport const typo: number = "text"\n`)
    await gateway.next(({ outcome }) => outcome === "refused")
    await upstream.several("/tick/1", 5)
    const last = upstream.count("/tick/2")
    await upstream.several("/tick/1", 30)
    expect(upstream.count("/tick/2")).toBe(last)
  })

  it("a connection", async () => {
    const opened = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<void>()
    using server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request, self) => (self.upgrade(request) ? undefined : new Response()),
      websocket: { open: () => opened.resolve(), message: () => undefined, close: () => closed.resolve() },
    })
    const config = `new WebSocket("ws://127.0.0.1:${server.port}")\n${numbered(1)}`
    using shop = folder({ "gateway.config.ts": config })
    await using gateway = await serving(shop.path)
    await opened.promise
    save(shop.path, "gateway.config.ts", numbered(2))
    await reloaded(gateway, 2)
    await closed.promise
    expect(await answer(gateway.url)).toBe("2")
  })

  it("a server", async () => {
    const config = (n: number): string =>
      `import { createServer } from "node:http"\nconst own = createServer((_, response) => response.end("own"))\nawait new Promise<void>((resolve) => own.listen(0, "127.0.0.1", resolve))\nconst port = (own.address() as { port: number }).port\n${numbered(n, "", `"GET /port": { handler: () => port },`)}`
    using shop = folder({ "gateway.config.ts": config(1) })
    await using gateway = await serving(shop.path, { args: ["--no-types"] })
    const port = await answer(gateway.url, "/port")
    expect(await answer(`http://127.0.0.1:${port}`, "/")).toBe("own")
    save(shop.path, "gateway.config.ts", numbered(2))
    await reloaded(gateway, 2)
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow("Unable to connect")
  })
})
