import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"

import { type Gateway, gateway } from "../support/gateway.ts"
import { connect, type RawClient } from "../support/raw.ts"
import { type RawUpstream, rawUpstream, type Received } from "../support/upstream.ts"

let upstream: RawUpstream
let bellhop: Gateway
let tests = 0

// Stands for the name that each test asks for: by it the service knows whose request came.
const host = "test-00000"
const ownHost = (): string => `test-${String(tests).padStart(5, "0")}`

beforeAll(async () => {
  upstream = await rawUpstream(
    ({ method, target }) =>
      `HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${method === "HEAD" ? "" : target}`,
  )
  bellhop = await gateway({ services: { shop: upstream.url }, routes: { "/*": "shop" } })
})

beforeEach(() => {
  tests++
})

afterAll(async () => {
  await bellhop[Symbol.asyncDispose]()
  upstream[Symbol.dispose]()
})

// Closes the connection of whoever understood all that came before.
const last = `GET /last HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`

/** What the service received of this test; a request that breaks off is none. */
const carriedOut = (): Received[] =>
  upstream.received.filter((one) => one.complete && one.get("x-forwarded-host") === ownHost())

/** Sends bytes in the name of this test. */
const send = (client: RawClient, bytes: string): void => client.send(bytes.replaceAll(host, ownHost()))

/** Sends bytes on one connection, and one more request when they were answered: what the client got, what the service. */
async function attack(bytes: string): Promise<{ answers: string[]; received: string[]; bodies: string[] }> {
  using client = await connect(bellhop.url)
  const answers: string[] = []
  for (let next = bytes; ; next = last) {
    if (answers.length < 2) send(client, next)
    const response = await client.response(next.split(" ")[0])
    if (!response) break
    answers.push(response.status === 200 ? response.body : String(response.status))
  }
  const received = carriedOut()
  return { answers, received: received.map(({ target }) => target), bodies: received.map(({ body }) => body) }
}

const post = (...headers: string[]): string =>
  ["POST /first HTTP/1.1", `Host: ${host}`, ...headers, "", ""].join("\r\n")
const get = (...headers: string[]): string => ["GET /first HTTP/1.1", `Host: ${host}`, ...headers, "", ""].join("\r\n")
const smuggled = `GET /smuggled HTTP/1.1\r\nHost: ${host}\r\n\r\n`
const chunked = "Transfer-Encoding: chunked"

describe("a request whose length can be read two ways is refused, and the service hears nothing:", () => {
  it.each([
    ["a length and chunks", `${post("Content-Length: 4", chunked)}0\r\n\r\n${smuggled}`],
    ["chunks and a length", `${post(chunked, "Content-Length: 4")}0\r\n\r\n${smuggled}`],
    ["two lengths", `${post("Content-Length: 0", `Content-Length: ${smuggled.length}`)}${smuggled}`],
    ["a list of two lengths", `${post(`Content-Length: 0, ${smuggled.length}`)}${smuggled}`],
    ["a length with a sign", `${post("Content-Length: +4")}aaaa`],
    ["a negative length", `${post("Content-Length: -1")}a`],
    ["a length in hex", `${post("Content-Length: 0x4")}aaaa`],
    ["a length with an underscore", `${post("Content-Length: 1_0")}aaaa`],
    ["a length with a space inside", `${post("Content-Length: 5 5")}aaaa`],
    ["an empty length", `${post("Content-Length:")}${smuggled}`],
    ["a length beyond 64 bits", `${post("Content-Length: 18446744073709551617")}a`],
    ["a length with letters", `${post("Content-Length: 4a")}aaaa`],
    ["a coding that only ends like chunked", `${post("Transfer-Encoding: xchunked")}0\r\n\r\n`],
    ["the coding identity", `${post("Transfer-Encoding: identity")}${smuggled}`],
    ["chunked and then identity", `${post("Transfer-Encoding: chunked, identity")}0\r\n\r\n`],
    ["gzip and then chunked", `${post("Transfer-Encoding: gzip, chunked")}0\r\n\r\n`],
    ["chunked twice", `${post("Transfer-Encoding: chunked, chunked")}0\r\n\r\n`],
    ["two lines of codings", `${post(chunked, "Transfer-Encoding: identity")}0\r\n\r\n`],
    ["a coding after a vertical tab", `${post("Transfer-Encoding: \vchunked")}0\r\n\r\n`],
    ["a coding after a form feed", `${post("Transfer-Encoding: \fchunked")}0\r\n\r\n`],
    ["a coding with a no-break space", `${post("Transfer-Encoding: chunked\xa0")}0\r\n\r\n`],
    ["a space before the colon", `${post("Transfer-Encoding : chunked")}0\r\n\r\n`],
    ["a space before the colon of a length", `${post(`Content-Length : ${smuggled.length}`)}${smuggled}`],
    ["a continued header line", `${post("Transfer-Encoding:\r\n chunked")}0\r\n\r\n`],
    ["a continued header line of no meaning", `${post("X-A: 1\r\n 2")}`],
    ["a continued first header line", `POST /first HTTP/1.1\r\n Host: ${host}\r\nHost: ${host}\r\n\r\n`],
    ["a header without a colon", `${post("Transfer-Encoding chunked")}0\r\n\r\n`],
    ["a header without a name", `${post(": chunked")}0\r\n\r\n`],
    ["a carriage return in a value", `${post("X-A: 1\rTransfer-Encoding: chunked")}0\r\n\r\n`],
    ["a NUL in a value", `${post("X-A: 1\0")}`],
    ["a control in a value", `${post("X-A: 1\x01")}`],
    ["a NUL in a name", `${post("X\0A: 1")}`],
    ["a name with letters that no name has", `${post("X(A): 1")}`],
    ["a name with UTF-8", `${post("X-\xc3\xa9: 1")}`],
    ["lines that end with LF alone", "POST /first HTTP/1.1\nHost: a\nContent-Length: 0\n\n"],
    ["a header line that ends with LF alone", `${post("X-A: 1\nTransfer-Encoding: chunked")}0\r\n\r\n`],
    ["a request line in three words and more", `GET /first /smuggled HTTP/1.1\r\nHost: ${host}\r\n\r\n`],
    ["a request line of version 0.9", "GET /first\r\n\r\n"],
    ["a version that does not exist", `GET /first HTTP/1.9\r\nHost: ${host}\r\n\r\n`],
    ["the preface of another protocol", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["TLS", "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n"],
  ])("%s", async (_, bytes) => {
    const { answers, received } = await attack(bytes)
    expect(received).toEqual([])
    // A connection that is only closed is an answer too, as long as nothing was carried out.
    expect(answers.filter((answer) => !/^(400|413|431|501|505)$/.test(answer))).toEqual([])
  })

  it("chunks in HTTP/1.0: nothing is left on the connection", async () => {
    const { answers, received } = await attack(
      `POST /first HTTP/1.0\r\nHost: ${host}\r\n${chunked}\r\n\r\n0\r\n\r\n${smuggled}`,
    )
    expect(received).not.toContain("/smuggled")
    expect(answers.length).toBeLessThanOrEqual(1)
  })
})

describe("a body whose chunks are wrong never reaches the service whole:", () => {
  it.each([
    ["a size in 0x", "0x3\r\nabc\r\n0\r\n\r\n"],
    ["a size with a sign", "+3\r\nabc\r\n0\r\n\r\n"],
    ["a negative size", "-1\r\na\r\n0\r\n\r\n"],
    ["a size of no digits", "\r\nabc\r\n0\r\n\r\n"],
    ["a size with other letters", "3g\r\nabc\r\n0\r\n\r\n"],
    ["a size of 17 digits", "00000000000000003\r\nabc\r\n0\r\n\r\n".replace("0000", "ffff")],
    ["a size beyond 64 bits", "ffffffffffffffffff\r\nabc\r\n0\r\n\r\n"],
    ["a size line that ends with LF alone", "3\nabc\r\n0\r\n\r\n"],
    ["data that is longer than its size", "3\r\nabcd\r\n0\r\n\r\n"],
    ["data that ends with LF alone", "3\r\nabc\n0\r\n\r\n"],
    ["a space before the size", " 3\r\nabc\r\n0\r\n\r\n"],
  ])("%s", async (_, body) => {
    const { answers, received, bodies } = await attack(post(chunked) + body)
    expect(received).not.toContain("/last")
    expect(answers).not.toContain("/first")
    expect(bodies.every((one) => !one.includes("GET"))).toBe(true)
  })

  it.each([
    ["a NUL in an extension", "3;a=\0\r\nabc\r\n0\r\n\r\n"],
    ["a line feed in an extension", "3;a\nb\r\nabc\r\n0\r\n\r\n"],
    ["a carriage return in an extension", "3;a\rb\r\nabc\r\n0\r\n\r\n"],
    ["a size with a space after it", "3 \r\nabc\r\n0\r\n\r\n"],
    ["an empty extension", "3;\r\nabc\r\n0\r\n\r\n"],
  ])("or is read in one way only: %s", async (_, body) => {
    const { answers, received, bodies } = await attack(post(chunked) + body)
    expect([
      { answers: ["/first", "/last"], received: ["/first", "/last"], bodies: ["abc", ""] },
      { answers: ["400"], received: [], bodies: [] },
    ]).toContainEqual({ answers, received, bodies })
  })

  it("trailers are not taken for headers", async () => {
    const trailers = "Content-Length: 9\r\nHost: b\r\nAuthorization: Basic YTpi\r\nX-Forwarded-For: 9.9.9.9\r\n"
    const { answers, received } = await attack(`${post(chunked)}3\r\nabc\r\n0\r\n${trailers}\r\n`)
    expect(answers).toEqual(["/first", "/last"])
    for (const one of carriedOut()) {
      expect(one.get("authorization")).toBeUndefined()
      expect(one.all("x-forwarded-for")).toEqual(["127.0.0.1"])
      expect(one.all("content-length")).toEqual([])
    }
    expect(received.filter((target) => target !== "/first" && target !== "/last")).toEqual([])
  })

  it("an empty member before chunked is no coding of its own", async () => {
    const { answers, received, bodies } = await attack(`${post("Transfer-Encoding: ,chunked")}3\r\nabc\r\n0\r\n\r\n`)
    const codings = carriedOut().flatMap((one) => one.all("transfer-encoding"))
    expect([
      { answers: ["/first", "/last"], received: ["/first", "/last"], bodies: ["abc", ""], codings: ["chunked"] },
      { answers: ["400", "/last"], received: ["/last"], bodies: [""], codings: [] },
      { answers: ["400"], received: [], bodies: [], codings: [] },
    ]).toContainEqual({ answers, received, bodies, codings })
  })
})

describe("what the service receives is what the client is answered for:", () => {
  it("requests sent at once are answered one after the other, each with its own answer", async () => {
    const targets = Array.from({ length: 20 }, (_, index) => `/${index}`)
    using client = await connect(bellhop.url)
    send(client, targets.map((target) => `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`).join(""))
    const answers = []
    for (const _ of targets) answers.push((await client.response())?.body)
    expect(answers).toEqual(targets)
    expect(carriedOut().map(({ target }) => target)).toEqual(targets)
  })

  it("requests sent one after the other on a connection are answered one after the other", async () => {
    using client = await connect(bellhop.url)
    for (const target of ["/0", "/1", "/2"]) {
      send(client, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
      expect((await client.response())?.body).toBe(target)
    }
  })

  it("two equal lengths are one length, or refused", async () => {
    const { answers, received, bodies } = await attack(`${post("Content-Length: 4", "Content-Length: 4")}abcd`)
    const lengths = carriedOut().flatMap((one) => one.all("content-length"))
    expect([
      { answers: ["/first", "/last"], received: ["/first", "/last"], bodies: ["abcd", ""], lengths: ["4"] },
      { answers: ["400", "/last"], received: ["/last"], bodies: [""], lengths: [] },
      { answers: ["400"], received: [], bodies: [], lengths: [] },
    ]).toContainEqual({ answers, received, bodies, lengths })
  })

  it.each(["GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE", "PROPFIND"])(
    "a request in the body of %s is a body",
    async (method) => {
      const head = post(`Content-Length: ${smuggled.length}`).replace("POST", method)
      const { answers, received } = await attack(head + smuggled)
      expect(answers).toEqual([method === "HEAD" ? "" : "/first", "/last"])
      expect(received).toEqual(["/first", "/last"])
    },
  )

  it("a request in the chunks of GET is a body", async () => {
    const { answers, received } = await attack(
      `${get(chunked)}${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`,
    )
    expect(answers).toEqual(["/first", "/last"])
    expect(received).toEqual(["/first", "/last"])
  })

  it.each([
    ["GET without a length", get() + smuggled],
    ["POST of no length", post("Content-Length: 0") + smuggled],
    ["chunks", `${post(chunked)}0\r\n\r\n${smuggled}`],
  ])("a request right behind %s is a request of the client, or the end of the connection", async (_, bytes) => {
    const { answers, received } = await attack(bytes)
    expect(received.slice(0, answers.length)).toEqual(answers)
    expect(["/first", "/smuggled", "/last"].slice(0, received.length)).toEqual(received)
  })

  it("the length of a GET does not make the service wait for a body", async () => {
    const { answers } = await attack(`${get("Content-Length: 5")}abcde`)
    expect(answers).toEqual(["/first", "/last"])
    const first = carriedOut()[0]
    expect(first).toMatchObject({ complete: true })
    expect([
      [undefined, ""],
      ["0", ""],
      ["5", "abcde"],
    ]).toContainEqual([first?.get("content-length"), first?.body])
  })

  it("a header of 100 KB is refused", async () => {
    const { answers, received } = await attack(get(`X-A: ${"a".repeat(100_000)}`))
    expect(received).toEqual([])
    expect(answers.filter((answer) => answer !== "431")).toEqual([])
  })

  it("a target of 1 MB is refused", async () => {
    const { answers, received } = await attack(`GET /${"a".repeat(1_000_000)} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    expect(received).toEqual([])
    expect(answers.filter((answer) => !/^(400|414|431)$/.test(answer))).toEqual([])
  })

  it("10,000 headers are refused", async () => {
    const { answers, received } = await attack(get(...Array.from({ length: 10_000 }, (_, index) => `X-${index}: 1`)))
    expect(received).toEqual([])
    expect(answers.filter((answer) => answer !== "431")).toEqual([])
  })

  it("a method of 100 KB is refused", async () => {
    const { answers, received } = await attack(`${"A".repeat(100_000)} /first HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    expect(received).toEqual([])
    expect(answers.filter((answer) => !/^(400|431|501)$/.test(answer))).toEqual([])
  })

  it("after all of this the gateway answers as ever", async () => {
    expect(await attack(get())).toMatchObject({ answers: ["/first", "/last"], received: ["/first", "/last"] })
  })
})

describe("escaped line breaks stay escaped:", () => {
  it("in a query that is passed on", async () => {
    const { received } = await attack(
      `GET /first?%0d%0aX-A:%201 HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    )
    expect(received).toEqual(["/first?%0d%0aX-A:%201"])
    expect(carriedOut()[0]?.get("x-a")).toBeUndefined()
  })
})
