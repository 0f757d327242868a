import { brotliCompressSync, gzipSync } from "node:zlib"

import { describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import { formats } from "../../../src/formats/index.ts"
import { failureOf, streamOf } from "../../support/exchange.ts"
import { transformed } from "./transformed.ts"

const xml = '<order id="7"><item>a</item><item>b</item></order>'
const asJson = { order: { "@id": "7", item: ["a", "b"] } }
const problem = { type: "application/problem+json", status: 404, json: { title: "Not here", status: 404 } }
const get = (headers: Readonly<Record<string, string>> = {}) => ({ headers })

describe("the response side of transform()", () => {
  it("writes what the service answers in the client's format", async () => {
    const { text, headers, status } = await transformed(
      { response: { to: "json" } },
      {},
      { type: "text/xml", status: 201, body: xml },
    )
    expect([status, JSON.parse(text)]).toEqual([201, asJson])
    expect([...headers]).toEqual([["content-type", "application/json"]])
  })

  it.each(formats.map(({ name, types }) => [name, types[0]] as const))("writes %s as %s", async (name, type) => {
    const json = name === "csv" ? [{ a: "1" }] : { a: "1", b: "2" }
    const { reply, headers } = await transformed(
      { response: { to: name } },
      {},
      { type: "application/yaml", body: JSON.stringify(json) },
    )
    const text = type?.startsWith("text/") ? `${type}; charset=utf-8` : type
    expect(headers.get("content-type")).toBe(text)
    const body = reply.body as string | Uint8Array
    const read = formats
      .find((format) => format.name === name)
      ?.read(typeof body === "string" ? Buffer.from(body) : body)
    expect(read).toEqual(name === "xml" ? { root: json } : json)
  })

  it("leaves an answer alone that is what it is to be already", async () => {
    const body = streamOf('{"a": 1.0}')
    const { text, headers } = await transformed(
      { response: { to: "json" } },
      {},
      { body, headers: { etag: '"1"', "content-length": "10" } },
    )
    expect(text).toBe('{"a": 1.0}')
    expect(headers.get("content-length")).toBe("10")
  })

  it("takes away what was true of the bytes that were there", async () => {
    const { headers } = await transformed(
      { response: { omit: ["a"] } },
      {},
      {
        json: { a: 1 },
        headers: {
          etag: '"1"',
          "content-length": "7",
          "content-md5": "m",
          digest: "d",
          "content-digest": "c",
          "repr-digest": "r",
          "accept-ranges": "bytes",
          "last-modified": "yesterday",
          "set-cookie": "a=b",
        },
      },
    )
    expect([...headers]).toEqual([
      ["content-type", "application/json"],
      ["etag", 'W/"1"'],
      ["last-modified", "yesterday"],
      ["set-cookie", "a=b"],
    ])
  })

  it.each([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
  ])("asks for the answer as it is, and unpacks one in %s nevertheless", async (coding, pack) => {
    const { text, headers, sent, exchange } = await transformed(
      { response: { pick: ["a"] } },
      get({ "accept-encoding": "gzip, br", accept: "application/json" }),
      { body: new Uint8Array(pack('{"a":1,"b":2}')), headers: { "content-encoding": coding } },
    )
    expect([text, headers.get("content-encoding")]).toEqual(['{"a":1}', undefined])
    expect(sent[0]?.headers.get("accept-encoding")).toBe("identity")
    expect([exchange.headers.get("accept-encoding"), exchange.headers.get("accept")]).toEqual([
      "gzip, br",
      "application/json",
    ])
  })

  it("gives back what the client said when the service fails", async () => {
    const options = { response: { to: "json", from: ["xml"] } }
    let given: unknown
    const error = await failureOf(() =>
      transformed(options, get({ accept: "application/json" }), (exchange) => {
        given = exchange
        throw new GatewayError("unreachable", "Gone.")
      }),
    )
    expect(error).toMatchObject({ code: "unreachable" })
    expect(given).toMatchObject({
      headers: expect.objectContaining({ lines: ["accept", "application/json"] }) as object,
    })
  })

  const liked = "text/csv, */*;q=0.1"

  it.each([
    [{ from: ["xml"], to: "json" }, "application/xml, text/xml"],
    [{ to: "json" }, "application/json, */*;q=0.5"],
    [{ accept: ["json", "xml"] }, "application/json, */*;q=0.5"],
    [{ omit: ["a"] }, liked],
  ])("with %j asks the service for %s", async (response, accept) => {
    const { sent, exchange } = await transformed({ response }, get({ accept: liked }), { json: {} })
    expect(sent[0]?.headers.all("accept")).toEqual([accept])
    expect(exchange.headers.all("accept")).toEqual([liked])
  })

  it("reads an answer without a type as the first that it names", async () => {
    expect((await transformed({ response: { from: ["xml"], to: "json" } }, {}, { type: "", body: xml })).text).toBe(
      JSON.stringify(asJson),
    )
  })

  it("tells a function the status, and waits for it", async () => {
    const map = vi.fn(async (value: unknown, _request: unknown, status: number) => Promise.resolve({ value, status }))
    const { text } = await transformed({ response: { map, errors: "reshape" } }, {}, { status: 418, json: [1] })
    expect(text).toBe('{"value":[1],"status":418}')
    expect(map).toHaveBeenCalledOnce()
  })

  it("fills templates with the request, and with the body as it came", async () => {
    const { text } = await transformed(
      { response: { pick: ["a"], set: { user: ":headers.x-user", id: ":id", b: ":body.b", q: ":query.q" } } },
      { path: "/?q=1", headers: { "x-user": "u" }, params: { id: "7" } },
      { json: { a: 1, b: { c: 2 } } },
    )
    expect(JSON.parse(text)).toEqual({ a: 1, user: "u", id: "7", b: { c: 2 }, q: "1" })
  })

  describe("with errors of the service", () => {
    it("takes them into the format only", async () => {
      const { text, status, headers } = await transformed({ response: { pick: ["id"], to: "yaml" } }, {}, problem)
      expect([status, text]).toEqual([404, "title: Not here\nstatus: 404\n"])
      expect(headers.get("content-type")).toBe("application/yaml")
    })

    it("leaves the type of a problem as it is in the same format", async () => {
      const { headers, text } = await transformed({ response: { pick: ["id"], accept: ["json", "xml"] } }, {}, problem)
      expect([headers.get("content-type"), text]).toEqual(["application/problem+json", JSON.stringify(problem.json)])
    })

    it("reshapes them when told so", async () => {
      const { text } = await transformed({ response: { pick: ["title"], errors: "reshape" } }, {}, problem)
      expect(text).toBe('{"title":"Not here"}')
    })

    it("leaves them as they are when told so", async () => {
      const { text } = await transformed(
        { response: { to: "xml", errors: false } },
        {},
        { ...problem, body: "{ no json" },
      )
      expect(text).toBe("{ no json")
    })
  })

  describe("with an answer that it cannot use", () => {
    it.each([
      ["application/json", "{"],
      ["application/json", "\u0000"],
      ["application/xml", "<a>"],
      ["application/xml", "<!DOCTYPE a><a/>"],
      ["application/json; charset=nonsense", "{}"],
    ])("refuses broken %s with 502: %j", async (type, body) => {
      const error = await failureOf(() => transformed({ response: { to: "yaml" } }, {}, { type, body }))
      expect(error).toMatchObject({
        status: 502,
        code: "bad_upstream",
        message: expect.stringMatching(/^The answer cannot be read as (?:json|xml)\.$/) as string,
        cause: expect.objectContaining({ message: expect.stringMatching(/^Cannot read /) as string }) as Error,
      })
    })

    it("keeps the status of an error, and what it tells clients to do", async () => {
      const answer = {
        status: 503,
        body: "{",
        headers: { "retry-after": "5", "www-authenticate": "Basic", "x-a": "1" },
      }
      expect(await failureOf(() => transformed({ response: { to: "yaml" } }, {}, answer))).toMatchObject({
        status: 503,
        code: "bad_upstream",
        headers: { "retry-after": "5", "www-authenticate": "Basic" },
      })
    })

    it("refuses with 502 what has no form in the client's format", async () => {
      const error = await failureOf(() => transformed({ response: { to: "csv" } }, {}, { json: { a: 1 } }))
      expect(error).toMatchObject({
        status: 502,
        message: "Cannot write CSV: a table is a list of objects, not an object.",
      })
    })

    it.each([
      ["at once", "x".repeat(2000), {}],
      ["in pieces", streamOf("x".repeat(1000), "x".repeat(1000)), {}],
      ["that says so", streamOf("x"), { "content-length": "2000" }],
      ["packed", new Uint8Array(gzipSync("x".repeat(2000))), { "content-encoding": "gzip" }],
    ])("refuses with 502 one above the limit, %s", async (_, body, headers) => {
      const answer = { body, headers: headers as Record<string, string> }
      const error = await failureOf(() => transformed({ response: { omit: ["a"] }, limit: "1kb" }, {}, answer))
      expect(error).toMatchObject({ status: 502, message: expect.stringContaining("larger than 1024 bytes") as string })
    })

    it("refuses with 502 one that breaks off, or whose coding is not known or broken", async () => {
      const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("cut")) })
      const options = { response: { omit: ["a"] } }
      expect(await failureOf(() => transformed(options, {}, { body: broken }))).toMatchObject({
        status: 502,
        message: "The answer broke off.",
      })
      for (const coding of ["snappy", "gzip"])
        expect(
          await failureOf(() =>
            transformed(options, {}, { body: streamOf("{}"), headers: { "content-encoding": coding } }),
          ),
        ).toMatchObject({ status: 502 })
    })

    it("lets the connection go that it comes from", async () => {
      for (const answer of [{ type: "a/b" }, { headers: { "content-length": "99999999" } }]) {
        const cancel = vi.fn()
        const body = new ReadableStream<Uint8Array>({ cancel })
        const options = { response: { others: "refuse", omit: ["a"] } }
        expect(await failureOf(() => transformed(options, {}, { ...answer, body }))).toMatchObject({ status: 502 })
        expect(cancel).toHaveBeenCalledOnce()
      }
    })
  })

  it.each(["text/html", "image/png", "text/event-stream", "application/x-ndjson", ""])(
    "passes %j as it is",
    async (type) => {
      const body = streamOf('{"a":1}\n')
      const { reply, text, headers } = await transformed(
        { response: { omit: ["a"], to: "xml" } },
        {},
        { type, body, headers: { etag: '"1"', "content-length": "8" } },
      )
      expect(text).toBe('{"a":1}\n')
      expect(reply.body).toBe(body)
      expect([headers.get("etag"), headers.get("content-length")]).toEqual(['"1"', "8"])
    },
  )

  it.each(["text/html", "image/png", ""])("refuses %j with 502 when told so", async (type) => {
    const error = await failureOf(() =>
      transformed({ response: { to: "xml", others: "refuse" } }, {}, { type, body: "x" }),
    )
    expect(error).toMatchObject({ status: 502, code: "bad_upstream" })
  })

  it("takes formats that it does not name for others", async () => {
    const { text } = await transformed(
      { response: { from: ["xml"], to: "json" } },
      {},
      { type: "text/csv", body: "a\r\n1\r\n" },
    )
    expect(text).toBe("a\r\n1\r\n")
  })

  it.each([204, 205, 304, 101])("leaves a %i without a body alone", async (status) => {
    const { reply, headers } = await transformed(
      { response: { to: "xml" }, internal: ["a"] },
      {},
      { status, type: "", headers: { "x-a": "1" } },
    )
    expect([reply.body, [...headers]]).toEqual([null, [["x-a", "1"]]])
  })

  it("gives a 304 the tag that the answer had", async () => {
    const answer = { status: 304, headers: { etag: '"1"' } }
    expect((await transformed({ response: { to: "xml" } }, {}, answer)).headers.get("etag")).toBe('W/"1"')
    expect((await transformed({ response: { accept: ["xml", "json"] } }, {}, answer)).headers.has("etag")).toBe(false)
  })

  it("leaves an answer without anything in it alone", async () => {
    for (const body of [null, streamOf(), ""]) {
      const { text, headers, status } = await transformed(
        { response: { to: "xml" }, internal: ["a"] },
        {},
        { body, headers: { etag: '"1"' } },
      )
      expect([status, text, headers.get("etag")]).toEqual([200, "", '"1"'])
    }
  })

  it("gives HEAD the headers that GET has, but for a length that would be a guess", async () => {
    const answer = {
      type: "application/xml",
      headers: { etag: '"1"', "content-length": "50", "accept-ranges": "bytes" },
    }
    const options = { response: { to: "json" } }
    const head = await transformed(options, { method: "HEAD" }, answer)
    const full = await transformed(options, {}, { ...answer, body: xml })
    expect([...head.headers]).toEqual([...full.headers, ["transfer-encoding", "chunked"]])
    expect(head.text).toBe("")
  })
})
