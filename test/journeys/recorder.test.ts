import { afterAll, beforeAll, describe, expect, it } from "vitest"

import type { Detail, ShownSpan, Summary } from "../../src/observe/recorder/shown.ts"
import { executable } from "../support/executable.ts"
import { type Gateway, gateway } from "../support/gateway.ts"
import { ask, connect, requestText } from "../support/raw.ts"
import { listener, rawUpstream, webUpstream } from "../support/upstream.ts"

const local = { host: "localhost" }

async function admin<T>(
  bellhop: { admin: string },
  path: string,
  post?: unknown,
): Promise<{ status: number; body: T }> {
  const { status, body } =
    post === undefined
      ? await ask(bellhop.admin, path, local)
      : await ask(bellhop.admin, path, { ...local, method: "POST", body: JSON.stringify(post) })
  return { status, body: (body === "" ? undefined : JSON.parse(body)) as T }
}

/** The exchanges that fit a filter, as soon as there are so many; the latest first. */
async function exchanges(bellhop: { admin: string }, filter: string, count = 1): Promise<Summary[]> {
  const path = `/exchanges?${new URLSearchParams({ filter, tree: "true" })}`
  for (;;) {
    const { body } = await admin<{ exchanges: Summary[] }>(bellhop, path)
    if (body.exchanges.length >= count) return body.exchanges
  }
}

const idOf = async (bellhop: { admin: string }, filter: string): Promise<string> =>
  (await exchanges(bellhop, filter))[0]?.id ?? ""

/** What the executable prints when it asks a gateway. */
async function cli(bellhop: { admin: string }, ...args: string[]): Promise<{ out: string; err: string; code: number }> {
  const child = Bun.spawn([executable, ...args, "--admin", bellhop.admin], {
    env: { PATH: process.env.PATH },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { out, err, code }
}

const partsOf = (tree: ShownSpan): Map<string, ShownSpan> =>
  new Map(
    tree.children.flatMap((child) => (child.kind === "part" ? [[child.name, child] as const] : [...partsOf(child)])),
  )

describe("a recorded /checkout", () => {
  interface Times {
    began: number
    ended: number
  }
  const times = new Map<string, Times>()
  const service = (name: string, took: number, value: unknown) =>
    webUpstream(async () => {
      const began = Date.now()
      await Bun.sleep(took)
      times.set(name, { began, ended: Date.now() })
      return Response.json(value)
    })
  const services = {
    cart: service("cart", 60, { total: 12 }),
    user: service("user", 20, { name: "Ada" }),
    payment: service("payment", 40, { paid: true }),
  }
  let bellhop: Gateway

  beforeAll(async () => {
    bellhop = await gateway(`{
      observe: { recorder: true },
      services: { cart: "${services.cart.url}", user: "${services.user.url}", payment: "${services.payment.url}" },
      routes: {
        "POST /checkout": {
          aggregate: {
            cart: "cart GET /cart",
            user: "user GET /user",
            charge: { call: "payment POST /charge", needs: ["cart"], body: ({ cart }) => ({ amount: cart.total }) },
          },
        },
      },
    }`)
    expect((await ask(bellhop.url, "/checkout", { method: "POST" })).status).toBe(200)
  })

  afterAll(async () => {
    await bellhop[Symbol.asyncDispose]()
    for (const one of Object.values(services)) one[Symbol.dispose]()
  })

  /** Each part was under way for as long as its service worked on it, by the clock of the service. */
  function agrees({ at, tree, took, services: asked }: Summary): void {
    expect(asked).toEqual(["cart", "user", "payment"])
    if (!tree) throw new Error("There is no tree.")
    const parts = partsOf(tree)
    expect([...parts.keys()]).toEqual(["cart", "user", "charge"])
    for (const [part, name] of [
      ["cart", "cart"],
      ["user", "user"],
      ["charge", "payment"],
    ] as const) {
      const span = parts.get(part)
      const [tried] = span?.children ?? []
      expect(tried).toMatchObject({ kind: "try", name, status: 200 })
      const { began, ended } = times.get(name) as Times
      for (const { start, took: long } of [span as ShownSpan, tried as ShownSpan]) {
        const begins = Date.parse(at) + start
        // Wall clocks are read to the millisecond, on both sides.
        expect(begins).toBeLessThanOrEqual(began + 2)
        expect(begins + (long ?? 0)).toBeGreaterThanOrEqual(ended - 2)
        expect(start + (long ?? 0)).toBeLessThanOrEqual(took + 0.01)
      }
    }
    const cart = parts.get("cart") as ShownSpan
    expect(parts.get("charge")?.start).toBeGreaterThanOrEqual(cart.start + (cart.took ?? 0) - 1)
    expect(parts.get("user")?.start).toBeLessThan(cart.start + (cart.took ?? 0))
  }

  it("has a waterfall in the admin API that agrees with the clocks of the services", async () => {
    const [listed] = await exchanges(bellhop, "path=/checkout")
    agrees(listed as Summary)
    agrees((await admin<Detail>(bellhop, `/exchanges/${listed?.id}`)).body)
  })

  it("has the same in `bellhop tail` and `bellhop show`", async () => {
    const tail = await cli(bellhop, "tail", "--no-follow", "--json")
    const [line = "", ...more] = tail.out.trim().split("\n")
    expect([more, tail.err, tail.code]).toEqual([[], "", 0])
    const exchange = JSON.parse(line) as Summary
    agrees(exchange)
    const show = await cli(bellhop, "show", exchange.id, "--json")
    agrees(JSON.parse(show.out) as Detail)
  })

  it("is drawn by `bellhop tail`, with the parts below each other", async () => {
    const { out } = await cli(bellhop, "tail", "--no-follow")
    const [head = "", cart = "", user = "", charge = ""] = out.split("\n")
    expect(head).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}200 +\d+ ms {2}POST \/checkout {2}[0-9a-f]{8}$/)
    expect(cart).toMatch(/^ +├ cart +━+ +\d+ ms {2}200$/)
    expect(user).toMatch(/^ +├ user +━+ +\d+ ms {2}200$/)
    expect(charge).toMatch(/^ +└ charge +━+ +\d+ ms {2}200$/)
    expect(charge.indexOf("━")).toBeGreaterThanOrEqual(cart.lastIndexOf("━") - 1)
    expect(user.lastIndexOf("━")).toBeLessThan(cart.lastIndexOf("━"))
  })

  it("says with `bellhop show` what was done, asked and answered", async () => {
    const id = await idOf(bellhop, "path=/checkout")
    const { out } = await cli(bellhop, "show", id.slice(-8))
    for (const text of ["POST /checkout  200", `id      ${id}`, "→ payment", "Request", "Answer", '"paid": true'])
      expect(out).toContain(text)
  })
})

describe("a replay", () => {
  it("reaches the service byte for byte as the first request did", async () => {
    const requested: string[] = []
    using service = await listener((socket) => {
      let bytes = ""
      socket.on("data", (data) => {
        bytes += data.toString("latin1")
        if (!isWhole(bytes)) return
        requested.push(bytes)
        socket.end("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
      })
    })
    await using bellhop = await gateway({
      observe: { recorder: true },
      services: { shop: service.url },
      defaults: { requestId: {} },
      routes: { "/*": "shop" },
    })
    const head = ["X-Twice: 1", "X-Twice: 2", "Accept: a/b", "Authorization: Bearer abc", "Cookie: a=1; b=2"]
    const chunks = "5\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\n\r\n"
    const requests: [path: string, text: string][] = [
      ["/a", requestText("/a//b/%7Ec?x=1&token=secret&&y", { headers: head })],
      [
        "/b",
        requestText("/b", { method: "POST", headers: [...head, "Content-Type: text/plain"], body: "a\0\xff\r\n" }),
      ],
      ["/c", requestText("/c", { method: "PUT", headers: [...head, "Transfer-Encoding: chunked"], body: chunks })],
      ["/d", requestText("/d", { method: "DELETE", body: "" })],
    ]
    for (const [path, text] of requests) {
      using client = await connect(bellhop.url)
      client.send(text)
      expect((await client.response())?.status).toBe(200)
      const id = await idOf(bellhop, `path=${path}*`)
      const { status, body } = await admin<Detail>(bellhop, `/exchanges/${id}/replay`, { yes: true })
      expect([status, body.status, body.replayOf]).toEqual([200, 200, id])
      const [first, second, ...more] = requested.splice(0)
      expect(more).toEqual([])
      expect(first).toContain("x-request-id: ")
      expect(second).toBe(first)
    }
  })

  it("of a method that may change something needs an explicit yes", async () => {
    using service = await rawUpstream()
    await using bellhop = await gateway({
      observe: { recorder: true },
      services: { shop: service.url },
      routes: { "/*": "shop" },
    })
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      await ask(bellhop.url, "/x", { method, body: "once" })
      const id = await idOf(bellhop, `method=${method}`)
      for (const post of [{}, { yes: false }, { headers: { "x-new": "1" } }])
        expect(await admin(bellhop, `/exchanges/${id}/replay`, post)).toMatchObject({
          status: 409,
          body: { detail: `${method} may change something. Say that it is to be sent again: { "yes": true }.` },
        })
      const refused = await cli(bellhop, "replay", id)
      expect([refused.code, refused.err]).toEqual([
        1,
        `error ${method} may change something. Add --yes to send it again.\n`,
      ])
    }
    expect(service.received).toHaveLength(4)
    // A request that changed nothing may not become one that does, either.
    await ask(bellhop.url, "/safe")
    const id = await idOf(bellhop, "path=/safe")
    expect((await admin(bellhop, `/exchanges/${id}/replay`, { method: "POST" })).status).toBe(409)
    expect(service.received).toHaveLength(5)
    expect((await cli(bellhop, "replay", id)).code).toBe(0)
    expect(service.received).toHaveLength(6)
  })

  it("is edited as it is asked to be", async () => {
    using service = await rawUpstream()
    await using bellhop = await gateway({
      observe: { recorder: true },
      services: { shop: service.url },
      routes: { "/*": "shop" },
    })
    await ask(bellhop.url, "/x?a=1", { method: "POST", headers: ["X-Old: 1", "X-Stays: 1"], body: "before" })
    await service.next()
    const id = await idOf(bellhop, "path=/x")
    const edits = {
      yes: true,
      method: "PUT",
      target: "/y?b=2",
      headers: { "x-old": null, "X-New": "2" },
      body: "after it",
    }
    const { body } = await admin<Detail>(bellhop, `/exchanges/${id}/replay`, edits)
    expect(body).toMatchObject({
      method: "PUT",
      path: "/y",
      query: "?b=2",
      replayOf: id,
      request: { body: { text: "after it" } },
    })
    const { start, headers, body: sent } = await service.next()
    expect([start, sent]).toEqual(["PUT /y?b=2 HTTP/1.1", "after it"])
    const names = new Map(headers.map(([name, value]) => [name.toLowerCase(), value]))
    expect([names.get("x-old"), names.get("x-stays"), names.get("x-new")]).toEqual([undefined, "1", "2"])
    for (const wrong of [
      { host: "x" },
      { headers: { "content-length": "1" } },
      { headers: { x: "a\nb" } },
      { target: "x" },
      [],
    ])
      expect((await admin(bellhop, `/exchanges/${id}/replay`, wrong)).status).toBe(400)
  })

  it("is refused where the body was not kept whole", async () => {
    using service = await rawUpstream()
    await using bellhop = await gateway({
      observe: { recorder: { bodies: "1kb" } },
      services: { shop: service.url },
      routes: { "/*": "shop" },
    })
    await ask(bellhop.url, "/x", { method: "POST", body: "x".repeat(1025) })
    const id = await idOf(bellhop, "path=/x")
    expect(await admin(bellhop, `/exchanges/${id}/replay`, { yes: true })).toMatchObject({
      status: 409,
      body: { detail: expect.stringMatching(/^Only 1024 of the 1025 bytes of its body were kept/) },
    })
    expect((await admin(bellhop, `/exchanges/${id}/replay`, { yes: true, body: "y" })).status).toBe(200)
  })
})

const streamOf = (...pieces: string[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    async pull(controller) {
      const piece = pieces.shift()
      if (piece === undefined) return controller.close()
      controller.enqueue(Buffer.from(piece))
      await Bun.sleep(5)
    },
  })

/** Whether a request has come to its end. */
function isWhole(bytes: string): boolean {
  const end = bytes.indexOf("\r\n\r\n")
  if (end < 0) return false
  const head = bytes.slice(0, end)
  if (/\r\ntransfer-encoding:/i.test(head)) return bytes.endsWith("\r\n0\r\n\r\n")
  return bytes.length >= end + 4 + Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
}

describe("the recorder", () => {
  const shop = { routes: { "/*": { reply: { body: "ok" } } } }

  it("is on under `dev`, and off under `start` and without an admin listener unless the config asks for it", async () => {
    await using dev = await gateway(shop, { command: "dev", args: ["--no-types"] })
    await ask(dev.url, "/x")
    expect(await exchanges(dev, "path=/x")).toHaveLength(1)
    // In the folder of the gateway, nobody has to say where it is.
    const child = Bun.spawn([executable, "tail", "--no-follow"], { cwd: dev.folder.path, env: {}, stdout: "pipe" })
    expect(await new Response(child.stdout).text()).toContain("GET /x")
    await using start = await gateway(shop)
    await ask(start.url, "/x")
    expect(await admin(start, "/exchanges")).toMatchObject({
      status: 404,
      body: { detail: expect.stringContaining("observe: { recorder: true }") },
    })
    expect(await cli(start, "tail")).toMatchObject({ code: 1, err: expect.stringContaining("Nothing is recorded.") })
    expect((await admin(start, "/status")).body).toMatchObject({ recorder: null, state: "ready", mode: "start" })
  })

  it("goes on over a reload, and ends its streams when a reload switches it off", async () => {
    const config = (recorder: boolean, body: string) => ({
      observe: { recorder },
      routes: { "/*": { reply: { body } } },
    })
    await using bellhop = await gateway(config(true, "one"))
    await ask(bellhop.url, "/one")
    const reload = async (recorder: boolean, body: string): Promise<void> => {
      const { port } = new URL(bellhop.admin)
      const text = JSON.stringify({ ...config(recorder, body), admin: { port: Number(port) } })
      bellhop.folder.write("gateway.config.ts", `export default { listen: { host: "127.0.0.1", port: 0 }, ...${text} }`)
      expect((await admin(bellhop, "/reload", {})).status).toBe(200)
    }
    await reload(true, "two")
    await ask(bellhop.url, "/two")
    expect((await exchanges(bellhop, "", 2)).map(({ path }) => path)).toEqual(["/two", "/one"])
    const stream = await fetch(`${bellhop.admin}/exchanges/stream?last=10`)
    await reload(false, "three")
    expect((await stream.text()).match(/^event: exchange$/gm)).toHaveLength(2)
    expect((await admin(bellhop, "/exchanges")).status).toBe(404)
  })

  it("streams what happens, by a filter, and goes on behind the last event", async () => {
    await using bellhop = await gateway({ observe: { recorder: true }, ...shop })
    for (const path of ["/a", "/b", "/c"]) await ask(bellhop.url, path)
    await exchanges(bellhop, "", 3)
    const { body, headers } = await fetch(`${bellhop.admin}/exchanges/stream?last=2&filter=path!=/c`)
    expect(headers.get("content-type")).toBe("text/event-stream")
    const reader = (body as ReadableStream<Uint8Array>)
      .pipeThrough(new TextDecoderStream() as never)
      .getReader() as ReadableStreamDefaultReader<string>
    let text = ""
    const until = async (part: string): Promise<void> => {
      while (!text.includes(part)) text += (await reader.read()).value ?? ""
    }
    await until('"path":"/b"')
    expect(text).toContain('"path":"/a"')
    for (const path of ["/c", "/d"]) await ask(bellhop.url, path)
    await until('"path":"/d"')
    expect(text).not.toContain('"path":"/c"')
    await reader.cancel()
    const last = /id: (.*)\ndata: .*"path":"\/b"/.exec(text)?.[1] ?? ""
    const again = await fetch(`${bellhop.admin}/exchanges/stream`, { headers: { "last-event-id": last } })
    const more = (again.body as ReadableStream<Uint8Array>)
      .pipeThrough(new TextDecoderStream() as never)
      .getReader() as ReadableStreamDefaultReader<string>
    let rest = ""
    while (!rest.includes('"path":"/d"')) rest += (await more.read()).value ?? ""
    expect(rest.match(/"path":"[^"]*"/g)).toEqual(['"path":"/c"', '"path":"/c"', '"path":"/d"'])
    await more.cancel()
  })

  it("takes no more memory than it may, whatever passes", async () => {
    using service = webUpstream((request) => new Response(request.body))
    await using bellhop = await gateway({
      observe: { recorder: { memory: "2mb", bodies: "256kb" } },
      services: { shop: service.url },
      routes: { "/*": "shop" },
    })
    const body = "x".repeat(1024 * 1024)
    const send = async (count: number): Promise<void> => {
      for (let one = 0; one < count; one++)
        await fetch(`${bellhop.url}/${one}`, { method: "POST", body }).then((answer) => answer.text())
    }
    const state = async () =>
      (await admin<{ memory: number; recorder: { bytes: number; exchanges: number } }>(bellhop, "/status")).body
    await send(30)
    const before = await state()
    await send(90)
    const after = await state()
    for (const { recorder } of [before, after]) {
      expect(recorder.bytes).toBeLessThanOrEqual(2 * 1024 * 1024)
      // Each has half a megabyte of bodies: what it was asked, and what it answered.
      expect(recorder.exchanges).toBe(3)
    }
    expect(after.memory - before.memory).toBeLessThan(40 * 1024 * 1024)
  })

  it.each([false, true])(
    "keeps what is asked and answered in pieces, and WebSockets when they close; HTTP/2: %s",
    async (http2) => {
      using service = Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        fetch(request, server) {
          if (server.upgrade(request)) return undefined
          return new Response(streamOf("one ", "two"), { headers: { "content-type": "text/plain" } })
        },
        websocket: { message: (socket, message) => void socket.send(message) },
      })
      await using bellhop = await gateway({
        listen: { host: "127.0.0.1", port: 0, http2 },
        observe: { recorder: true },
        services: { shop: service.url.origin },
        routes: { "/*": "shop" },
      })
      const answer = await fetch(`${bellhop.url}/pieces`, { method: "POST", body: streamOf("a", "b") })
      expect(await answer.text()).toBe("one two")
      const id = await idOf(bellhop, "path=/pieces")
      expect((await admin<Detail>(bellhop, `/exchanges/${id}`)).body).toMatchObject({
        outcome: "whole",
        request: { body: { text: "ab", complete: true } },
        response: { body: { text: "one two", complete: true, binary: false } },
      })
      const socket = new WebSocket(`${bellhop.url.replace("http", "ws")}/socket`)
      await new Promise((resolve) => socket.addEventListener("open", resolve))
      expect((await exchanges(bellhop, "", 1)).map(({ path }) => path)).toEqual(["/pieces"])
      socket.close()
      const [closed] = await exchanges(bellhop, "path=/socket")
      expect(closed).toMatchObject({ status: 101, services: ["shop"] })
      expect((await admin(bellhop, `/exchanges/${closed?.id}/replay`, {})).status).toBe(409)
    },
  )

  it("keeps what was refused at the door, too", async () => {
    await using bellhop = await gateway({ observe: { recorder: true }, ...shop })
    expect((await ask(bellhop.url, "/a%00b")).status).toBe(400)
    const [refused] = await exchanges(bellhop, "status=400")
    expect(refused).toMatchObject({ path: "/a%00b", route: null, code: "bad_path" })
    expect((await admin(bellhop, `/exchanges/${refused?.id}/replay`, {})).status).toBe(409)
  })

  it("says what is wrong with a filter, an id or a number", async () => {
    await using bellhop = await gateway({ observe: { recorder: true }, ...shop })
    for (const [path, status, detail] of [
      ["/exchanges?filter=stauts=1", 400, 'A filter knows no "stauts". Did you mean "status"?'],
      ["/exchanges?limit=many", 400, '"limit" is a whole number up to 1000, not "many".'],
      ["/exchanges/stream?tree=maybe", 400, '"tree" is true or false, not "maybe".'],
      ["/exchanges/abcdef", 404, 'No exchange "abcdef" is kept: it may be too long ago.'],
    ] as const)
      expect(await admin(bellhop, path)).toEqual({ status, body: { status, detail } })
  })

  it("is read by no web page, and by nobody without the token", async () => {
    const token = "a-token-of-more-than-16"
    await using bellhop = await gateway({ observe: { recorder: true }, admin: { port: 0, token }, ...shop })
    await ask(bellhop.url, "/x")
    for (const [method, path] of [
      ["GET", "/exchanges"],
      ["GET", "/exchanges/stream"],
      ["GET", "/exchanges.har"],
      ["GET", "/exchanges/abcdef"],
      ["POST", "/exchanges/abcdef/replay"],
      ["DELETE", "/exchanges"],
      ["GET", "/status"],
    ] as const) {
      expect((await ask(bellhop.admin, path, { ...local, method })).status).toBe(401)
      const headers = [`Authorization: Bearer ${token}`, "Origin: https://evil.test"]
      if (method !== "GET") expect((await ask(bellhop.admin, path, { ...local, method, headers })).status).toBe(403)
    }
    expect(await cli(bellhop, "tail", "--no-follow")).toMatchObject({ code: 1, err: expect.stringContaining("token") })
    const child = Bun.spawn([executable, "tail", "--no-follow", "--admin", bellhop.admin], {
      env: { BELLHOP_ADMIN_TOKEN: token },
      stdout: "pipe",
    })
    expect(await new Response(child.stdout).text()).toContain("GET /x")
  })
})
