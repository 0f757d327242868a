import { describe, expect, it } from "vitest"

import { gateway } from "../support/gateway.ts"
import { ask, connect, type RawResponse } from "../support/raw.ts"
import { freePort, listener, rawUpstream } from "../support/upstream.ts"

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

/** What a client gets of a service that answers a connection with these bytes and then does this with it. */
async function answered(bytes: string, then: "stays" | "ends" | "resets" = "stays"): Promise<RawResponse | undefined> {
  using service = await listener((socket) =>
    socket.once("data", () => {
      socket.write(Buffer.from(bytes, "latin1"), () => {
        if (then === "ends") socket.end()
        if (then === "resets") socket.resetAndDestroy()
      })
    }),
  )
  await using bellhop = await gateway({
    services: { shop: service.url },
    // In time, so that a hang is told from a refusal.
    defaults: { timeout: "10s" },
    routes: { "/*": "shop" },
  })
  using client = await connect(bellhop.url)
  client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
  return await client.response()
}

/** What a client may know of a failed service: that it failed, and not where it is. */
const told = (response: RawResponse | undefined) => ({
  status: response?.status,
  type: response?.get("content-type"),
  address: /127\.0\.0\.1|:\d{4,5}\b/.exec(response?.body ?? "")?.[0],
})

const refused = { status: 502, type: "application/problem+json", address: undefined }

describe("a service that cannot be reached", () => {
  it("is 502", async () => {
    await using bellhop = await gateway({
      services: { shop: `http://127.0.0.1:${await freePort()}`, unknown: "http://no-such-host.invalid" },
      routes: { "/x": "shop", "/unknown": "unknown" },
    })
    expect(told(await ask(bellhop.url, "/x"))).toEqual(refused)
    expect(told(await ask(bellhop.url, "/unknown"))).toEqual(refused)
    expect(told(await ask(bellhop.url, "/x", { method: "POST", body: "body" }))).toEqual(refused)
  })
})

describe("a service that dies before its answer is 502:", () => {
  it.each([
    ["without a byte", "", "ends"],
    ["without a byte, by a reset", "", "resets"],
    ["in the status line", "HTTP/1.1 2", "ends"],
    ["in its headers", "HTTP/1.1 200 OK\r\nContent-Le", "ends"],
    ["in its headers, by a reset", "HTTP/1.1 200 OK\r\nContent-Le", "resets"],
    ["after an interim answer", "HTTP/1.1 100 Continue\r\n\r\n", "ends"],
  ] as const)("%s", async (_, bytes, then) => {
    expect(told(await answered(bytes, then))).toEqual(refused)
  })
})

describe("a service that dies within its body", () => {
  it.each([
    ["of a length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "ends"],
    ["of a length, by a reset", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "resets"],
    ["in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", "ends"],
    ["in chunks, by a reset", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", "resets"],
    ["inside a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf", "ends"],
    [
      "before the last line of its chunks",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n",
      "ends",
    ],
  ] as const)(
    "leaves the client with a broken body or a failure, never with a whole one: %s",
    async (_, bytes, then) => {
      const response = await answered(bytes, then)
      if (response?.status === 502) return
      expect(response?.complete ?? false).toBe(false)
      expect(response?.framing ?? "none").not.toBe("close")
    },
  )

  it("leaves the client with a broken body when some of it was there before", async () => {
    const arrived = Promise.withResolvers<void>()
    using service = await listener((socket) =>
      socket.once("data", async () => {
        socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
        await arrived.promise
        socket.destroy()
      }),
    )
    await using bellhop = await gateway({ services: { shop: service.url }, routes: { "/*": "shop" } })
    using client = await connect(bellhop.url)
    client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
    let head = ""
    await new Promise<void>((resolve) =>
      client.socket.on("data", (chunk: Buffer) => {
        head += chunk.toString("latin1")
        if (head.includes("half")) resolve()
      }),
    )
    arrived.resolve()
    const response = await client.response()
    expect(response).toMatchObject({ status: 200, body: "half", complete: false })
  })
})

describe("an answer that is not HTTP is 502:", () => {
  it.each([
    ["no status line", "hello\r\n\r\n"],
    ["HTTP/0.9", "<html></html>"],
    ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["a status of two digits", "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n"],
    ["a status of letters", "HTTP/1.1 OK 200\r\nContent-Length: 0\r\n\r\n"],
    ["a status of four digits", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"],
    ["a version that does not exist", "HTTP/3.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
    ["a header without a colon", "HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 0\r\n\r\n"],
    ["a space before a colon", "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n"],
    ["a continued line", "HTTP/1.1 200 OK\r\nX: 1\r\n 2\r\nContent-Length: 0\r\n\r\n"],
    ["NUL in a value", "HTTP/1.1 200 OK\r\nX: \0\r\nContent-Length: 0\r\n\r\n"],
    ["a carriage return in a value", "HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc"],
    ["a length in hex", "HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nab"],
    ["a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nab"],
    ["a length beyond 64 bits", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nab"],
    ["an unknown coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab"],
    ["10,000 headers", `HTTP/1.1 200 OK\r\n${"X: 1\r\n".repeat(10_000)}Content-Length: 0\r\n\r\n`],
    ["a header of 2 MB", `HTTP/1.1 200 OK\r\nX: ${"a".repeat(2_000_000)}\r\nContent-Length: 0\r\n\r\n`],
    ["interim answers without end", "HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000)],
  ])("%s", async (_, bytes) => {
    expect(told(await answered(bytes, "ends"))).toEqual(refused)
  })

  it.each([
    [
      "a length and chunks",
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ],
    ["two equal lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok"],
    ["LF alone", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok"],
    ["chunk sizes with a sign", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+2\r\nok\r\n0\r\n\r\n"],
  ])("or is read in the one safe way: %s", async (_, bytes) => {
    const response = await answered(bytes, "ends")
    const whole = response?.status === 200 && response.complete ? response.body : "ok"
    expect(whole).toBe("ok")
    expect([502, undefined, 200]).toContain(response?.status)
  })
})

describe("bytes behind an answer", () => {
  it.each([
    ["of a length", `${ok}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison`],
    [
      "in chunks",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison",
    ],
    ["of 204", "HTTP/1.1 204 No\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"],
    ["of 304", "HTTP/1.1 304 No\r\nContent-Length: 2\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"],
  ])("do not become the answer to the next request: %s", async (_, bytes) => {
    using service = await rawUpstream(({ target }) => (target === "/bad" ? bytes : ok))
    await using bellhop = await gateway({ services: { shop: service.url }, routes: { "/*": "shop" } })
    for (let round = 0; round < 3; round++) {
      const bad = await ask(bellhop.url, "/bad")
      expect(bad.body).not.toBe("poison")
      expect(await ask(bellhop.url, "/good")).toMatchObject({ status: 200, body: "ok" })
    }
  })

  it("and a body in the answer to HEAD do not either", async () => {
    using service = await rawUpstream(({ method }) => (method === "HEAD" ? `${ok}${ok.replace("ok", "no")}` : ok))
    await using bellhop = await gateway({ services: { shop: service.url }, routes: { "/*": "shop" } })
    for (let round = 0; round < 3; round++) {
      await ask(bellhop.url, "/x", { method: "HEAD" })
      expect(await ask(bellhop.url, "/x")).toMatchObject({ status: 200, body: "ok" })
    }
  })
})

describe("a kept connection", () => {
  it("carries one request after another", async () => {
    using service = await rawUpstream()
    await using bellhop = await gateway({ services: { shop: service.url }, routes: { "/*": "shop" } })
    for (let round = 0; round < 5; round++) await ask(bellhop.url, "/", { method: "POST", body: "x" })
    expect(new Set(service.received.map(({ socket }) => socket)).size).toBe(1)
  })

  it("is not used again when the service asks for its end", async () => {
    using service = await rawUpstream(() => ok.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))
    await using bellhop = await gateway({ services: { shop: service.url }, routes: { "/*": "shop" } })
    for (let round = 0; round < 3; round++) expect((await ask(bellhop.url, "/")).status).toBe(200)
    expect(new Set(service.received.map(({ socket }) => socket)).size).toBe(3)
  })

  it("that the service closed meanwhile costs no request, POST included", async () => {
    using service = await rawUpstream(({ socket }) => {
      socket.end(ok)
      return undefined
    })
    await using bellhop = await gateway({ services: { shop: service.url }, routes: { "/*": "shop" } })
    for (const method of ["GET", "POST", "POST", "GET"]) {
      const response = await ask(bellhop.url, "/", { method, ...(method === "POST" ? { body: "x" } : {}) })
      expect([method, response.status]).toEqual([method, 200])
      await (
        await service.next()
      ).gone
    }
  })

  it("that the service closes just as a request comes: GET is sent once more, POST is not", async () => {
    const used = new WeakSet()
    using service = await rawUpstream(({ socket }) => {
      if (!used.has(socket)) {
        used.add(socket)
        return ok
      }
      socket.destroy()
      return undefined
    })
    await using bellhop = await gateway({ services: { shop: service.url }, routes: { "/*": "shop" } })
    expect((await ask(bellhop.url, "/1")).status).toBe(200)
    expect((await ask(bellhop.url, "/2")).status).toBe(200)
    expect((await ask(bellhop.url, "/3", { method: "POST", body: "x" })).status).toBe(502)
    expect(service.received.map(({ target }) => target)).toEqual(["/1", "/2", "/2", "/3"])
  })
})

describe("a service that answers before the body has come", () => {
  it("is heard, and its connection is not used for anybody else", async () => {
    using service = await listener((socket) => {
      let first = true
      socket.on("data", () => {
        if (first) socket.write(first ? "HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno" : "")
        first = false
      })
    })
    await using bellhop = await gateway({ services: { shop: service.url }, routes: { "/*": "shop" } })
    for (let round = 0; round < 3; round++) {
      using client = await connect(bellhop.url)
      client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
      client.send("the beginning")
      expect(await client.response()).toMatchObject({ status: 401, body: "no" })
    }
  })
})
