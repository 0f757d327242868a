import { describe, expect, it } from "vitest"

import { check } from "../../src/config/check.ts"
import { GatewayError } from "../../src/core/errors.ts"
import type { Exchange } from "../../src/core/exchange.ts"
import { Secret } from "../../src/core/secret.ts"
import { soap } from "../../src/policies/soap.ts"
import { type Asked, exchange, failureOf, linesOf, textOf, tools } from "../support/exchange.ts"
import { type Answered, replyOf } from "./transform/transformed.ts"

const namespaces = {
  "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
  "1.2": "http://www.w3.org/2003/05/soap-envelope",
}
const envelope = (body: string, version: "1.1" | "1.2" = "1.1", prefix = "S"): string =>
  `<?xml version="1.0"?><${prefix}:Envelope xmlns:${prefix}="${namespaces[version]}"><${prefix}:Body>${body}</${prefix}:Body></${prefix}:Envelope>`

const order = { operation: "GetOrder", namespace: "urn:shop" }
const ok = {
  type: "text/xml; charset=utf-8",
  body: envelope('<r:GetOrderResponse xmlns:r="urn:shop"><r:id>7</r:id></r:GetOrderResponse>'),
}

/** Sends a request through the policy to a service. */
async function called(options: object, asked: Asked = {}, answer: Answered | ((exchange: Exchange) => Answered) = ok) {
  const problems: string[] = []
  const parsed = soap.options.parse(options, [], ({ message }) => void problems.push(message))
  if (problems.length > 0) throw new Error(problems.join(" "))
  const given = exchange(asked)
  let sent: Exchange | undefined
  let body = ""
  const handle = soap.create(
    parsed,
    tools(),
  )(async (made) => {
    sent = made
    body = await textOf(made.body)
    return replyOf(typeof answer === "function" ? answer(made) : answer)
  })
  const reply = await handle(given)
  const text = await textOf(reply.body)
  return { status: reply.status, headers: linesOf(reply.headers), text, sent: sent as Exchange, body, given }
}

const posted = (json: unknown): Asked => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(json),
})

describe("soap()", () => {
  it("sends what the client sends in an envelope of version 1.1, and answers with what comes back", async () => {
    const { sent, body, status, text, headers } = await called(
      { ...order, action: "urn:shop/GetOrder" },
      posted({ id: 7, lines: [1, 2] }),
    )
    expect(body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><GetOrder xmlns="urn:shop"><id>7</id><lines>1</lines><lines>2</lines></GetOrder></soap:Body></soap:Envelope>',
    )
    expect(sent.method).toBe("POST")
    expect(linesOf(sent.headers)).toEqual([
      ["content-type", "text/xml; charset=utf-8"],
      ["content-length", String(body.length)],
      ["soapaction", '"urn:shop/GetOrder"'],
      ["accept", "text/xml, application/soap+xml"],
      ["accept-encoding", "identity"],
    ])
    expect([status, text, headers]).toEqual([200, '{"id":"7"}', [["content-type", "application/json"]]])
  })

  it("speaks version 1.2, with the action in the content type", async () => {
    const answer = { type: "application/soap+xml", body: envelope("<x>1</x>", "1.2") }
    const { sent, body, text } = await called({ ...order, version: "1.2", action: "urn:a" }, {}, answer)
    expect(body).toContain('<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope">')
    expect(sent.headers.get("content-type")).toBe('application/soap+xml; charset=utf-8; action="urn:a"')
    expect(sent.headers.has("soapaction")).toBe(false)
    expect(text).toBe('"1"')
  })

  it("always sends an action in version 1.1, if only an empty one", async () => {
    expect((await called(order)).sent.headers.get("soapaction")).toBe('""')
  })

  it("makes the body of a GET out of the request", async () => {
    const { sent, body } = await called(
      { ...order, body: { id: ":id", mode: ":query.mode", none: ":query.none", user: { name: ":headers.x-user" } } },
      { path: "/orders/a%20b?mode=full&wsdl", params: { id: "a%20b" }, headers: { "x-user": "<Mina>" } },
    )
    expect(body).toContain(
      '<GetOrder xmlns="urn:shop"><id>a b</id><mode>full</mode><user><name>&lt;Mina&gt;</name></user></GetOrder>',
    )
    // A query could be a command to the service: "?wsdl".
    expect([sent.method, sent.search, sent.rawPath]).toEqual(["POST", "", "/orders/a%20b"])
  })

  it("makes the body out of the client's", async () => {
    const { body } = await called(
      { ...order, body: { order: { number: ":body.id", all: ":body" } } },
      posted({ id: 7 }),
    )
    expect(body).toContain("<order><number>7</number><all><id>7</id></all></order>")
  })

  it("can leave the elements in the operation without a namespace", async () => {
    const { body } = await called({ ...order, qualified: false }, posted({ id: 7 }))
    expect(body).toContain('<op:GetOrder xmlns:op="urn:shop"><id>7</id></op:GetOrder>')
    expect((await called({ operation: "Ping" })).body).toContain("<soap:Body><Ping/></soap:Body>")
  })

  it("does not let the client choose the namespace", async () => {
    const { body } = await called(order, posted({ "@xmlns": "urn:evil", id: 1 }))
    expect(body).toContain('<GetOrder xmlns="urn:shop"><id>1</id></GetOrder>')
  })

  it("sends headers of the envelope, with secrets and attributes", async () => {
    const headers = {
      "a:Token": {
        "@xmlns:a": "urn:auth",
        "@soap:mustUnderstand": "1",
        "a:key": new Secret('env("KEY")', () => "s:id<"),
      },
      User: ":headers.x-user",
    }
    const { body } = await called({ ...order, headers }, { headers: { "x-user": "mina" } })
    expect(body).toContain(
      '<soap:Header><a:Token xmlns:a="urn:auth" soap:mustUnderstand="1"><a:key>s:id&lt;</a:key></a:Token><User>mina</User></soap:Header>',
    )
  })

  it("tells the service nothing that is about the client's body, or about its caches", async () => {
    const { sent, given } = await called(order, {
      ...posted({}),
      headers: {
        "content-type": "application/json",
        "content-language": "de",
        "if-none-match": '"1"',
        range: "bytes=0-1",
        soapaction: "evil",
        accept: "application/json",
        authorization: "Bearer x",
      },
    })
    expect(sent.headers.get("authorization")).toBe("Bearer x")
    for (const name of ["content-language", "if-none-match", "range"]) expect(sent.headers.has(name)).toBe(false)
    expect(sent.headers.all("soapaction")).toEqual(['""'])
    expect(given.headers.get("accept")).toBe("application/json")
  })

  it("reads answers by their namespaces, whatever the prefixes, and forgets the prefixes", async () => {
    const body = `<Envelope xmlns="${namespaces["1.1"]}"><Header><t xmlns="x">1</t></Header><Body><m:R xmlns:m="urn:shop" xmlns:Body="y"><m:a Body:b="1">2</m:a><c/><Fault xmlns="urn:shop">no fault</Fault></m:R></Body></Envelope>`
    const { text } = await called(order, {}, { ...ok, body })
    expect(JSON.parse(text)).toEqual({ a: { "@b": "1", "#text": "2" }, c: "", Fault: "no fault" })
  })

  it("reads lists and numbers as told", async () => {
    const options = { ...order, xml: { arrays: ["items.item"], lists: { tags: "tag" }, values: true } }
    const body = envelope("<R><total>5</total><items><item>a</item></items><tags><tag>x</tag></tags></R>")
    const { text } = await called(options, {}, { ...ok, body })
    expect(JSON.parse(text)).toEqual({ total: 5, items: { item: ["a"] }, tags: ["x"] })
    expect((await called(options, posted({ tags: ["y", "z"] }))).body).toContain(
      "<tags><tag>y</tag><tag>z</tag></tags>",
    )
    expect((await called({ ...options, qualified: false }, posted({ tags: ["y"] }))).body).toContain(
      "<tags><tag>y</tag></tags>",
    )
  })

  it("takes an empty answer for an empty object, and an empty body for none", async () => {
    expect((await called(order, {}, { ...ok, body: envelope("<R/>") })).text).toBe("{}")
    for (const answer of [
      { ...ok, body: envelope("") },
      { ...ok, body: envelope("\n <!-- nothing --> ") },
      { ...ok, body: "" },
      { type: "", status: 200 },
      { status: 204 },
    ]) {
      const { status, text, headers } = await called(order, {}, answer)
      expect([status, text, headers]).toEqual([204, "", []])
    }
    expect((await called(order, {}, { status: 202, type: "" })).status).toBe(202)
  })

  it("keeps the headers of the answer but for those about its bytes", async () => {
    const headers = { "set-cookie": "a=b", etag: '"1"', "content-length": "900", "content-md5": "x" }
    expect((await called(order, {}, { ...ok, headers })).headers).toEqual([
      ["set-cookie", "a=b"],
      ["content-type", "application/json"],
    ])
  })

  it.each([
    ["text/plain", "x"],
    ["application/xml", "<a/>"],
    ["multipart/form-data; boundary=x", "--x--"],
    ["", "{}"],
  ])("refuses a body of the type %j with 415", async (type, body) => {
    const headers = type === "" ? {} : { "content-type": type }
    expect(await failureOf(() => called(order, { method: "POST", headers, body }))).toMatchObject({
      status: 415,
      headers: { accept: "application/json" },
    })
  })

  it.each(["{", "[1]", '"text"', '{"a":"\\u0001"}', '{"a":"\\ud800"}'])(
    "refuses the body %j with 400",
    async (body) => {
      const asked = { method: "POST", headers: { "content-type": "application/json" }, body }
      expect(await failureOf(() => called(order, asked))).toMatchObject({ status: 400, code: "bad_request" })
    },
  )

  it("takes null for an operation without arguments", async () => {
    expect((await called(order, posted(null))).body).toContain('<GetOrder xmlns="urn:shop"/>')
  })

  describe("with a fault", () => {
    const fault11 = (code: string, more = ""): string =>
      envelope(
        `<S:Fault><faultcode>${code}</faultcode><faultstring xml:lang="en">Went wrong</faultstring>${more}</S:Fault>`,
      )
    const fault12 = (code: string): string =>
      envelope(
        `<S:Fault><S:Code>${code}</S:Code><S:Reason><S:Text xml:lang="en">Went wrong</S:Text><S:Text xml:lang="de">Ging schief</S:Text></S:Reason><S:Role>urn:role</S:Role><S:Detail><e:Stock xmlns:e="urn:e"><e:left>0</e:left></e:Stock></S:Detail></S:Fault>`,
        "1.2",
      )

    it("answers with a problem that says what the service said", async () => {
      const body = fault11(
        "S:Client",
        "<faultactor>urn:actor</faultactor><detail><e:Stock xmlns:e='urn:e'><e:left>0</e:left></e:Stock></detail>",
      )
      const { status, headers, text } = await called(
        order,
        { id: "x-1" },
        { ...ok, status: 500, body, headers: { "set-cookie": "a=b" } },
      )
      expect(status).toBe(400)
      expect(headers).toEqual([
        ["content-type", "application/problem+json"],
        ["cache-control", "no-store"],
      ])
      expect(JSON.parse(text)).toEqual({
        type: "urn:bellhop:soap_fault",
        title: "The service answered with a fault",
        status: 400,
        code: "soap_fault",
        detail: "Went wrong",
        exchange: "x-1",
        fault: { code: "Client", actor: "urn:actor", detail: { Stock: { left: "0" } } },
      })
    })

    it("does the same for version 1.2", async () => {
      const body = fault12("<S:Value>S:Sender</S:Value><S:Subcode><S:Value>m:OutOfStock</S:Value></S:Subcode>")
      const { status, text } = await called(
        { ...order, version: "1.2" },
        {},
        { status: 400, type: "application/soap+xml", body },
      )
      expect([status, JSON.parse(text)]).toEqual([
        400,
        expect.objectContaining({
          detail: "Went wrong",
          fault: { code: "Sender", subcode: "OutOfStock", actor: "urn:role", detail: { Stock: { left: "0" } } },
        }),
      ])
    })

    it.each([
      ["S:Client", 400],
      ["S:Client.Authentication", 401],
      ["S:Client.Other", 400],
      ["S:Server", 502],
      ["S:Server.Busy", 503],
      ["S:MustUnderstand", 502],
      ["S:VersionMismatch", 502],
      ["m:OutOfStock", 409],
      ["Other", 502],
      ["", 502],
      ["constructor", 502],
    ])("answers %j with %i", async (code, expected) => {
      const faults = { "Client.Authentication": 401, "Server.Busy": 503, OutOfStock: 409 }
      for (const status of [200, 400, 500]) {
        const { status: found } = await called({ ...order, faults }, {}, { ...ok, status, body: fault11(code) })
        expect(found).toBe(expected)
      }
    })

    it("goes by the subcode first, then by the code", async () => {
      const body = fault12(
        "<S:Value>S:Receiver</S:Value><S:Subcode><S:Value>m:Busy</S:Value><S:Subcode><S:Value>m:Night</S:Value></S:Subcode></S:Subcode>",
      )
      const answer = { status: 500, type: "application/soap+xml", body }
      const status = async (faults: object) => (await called({ ...order, version: "1.2", faults }, {}, answer)).status
      expect(await status({ Busy: 503, Receiver: 500 })).toBe(503)
      expect(await status({ Busy: 503, Night: 504 })).toBe(504)
      expect(await status({ Receiver: 500 })).toBe(500)
      expect(await status({ Sender: 422 })).toBe(502)
    })

    it("understands a service that says in its own version that it does not know this one", async () => {
      const { status, text } = await called(
        { ...order, version: "1.2" },
        {},
        { ...ok, status: 500, body: fault11("S:VersionMismatch") },
      )
      expect([status, JSON.parse(text)]).toMatchObject([502, { fault: { code: "VersionMismatch" } }])
    })
  })

  it.each([
    ["no XML", { type: "text/xml", body: "<a>" }, "cannot be read as soap"],
    ["no envelope", { type: "text/xml", body: "<a/>" }, "cannot be read as soap"],
    [
      "an envelope of its own",
      { type: "text/xml", body: '<Envelope xmlns="urn:x"><Body/></Envelope>' },
      "cannot be read as soap",
    ],
    [
      "an envelope without a body",
      { type: "text/xml", body: `<Envelope xmlns="${namespaces["1.1"]}"/>` },
      "cannot be read as soap",
    ],
    ["another version", { type: "text/xml", body: envelope("<a/>", "1.2") }, "cannot be read as soap"],
    ["two elements", { type: "text/xml", body: envelope("<a/><b/>") }, "cannot be read as soap"],
    [
      "a document type",
      { type: "text/xml", body: `<!DOCTYPE a>${envelope("<a/>").slice(21)}` },
      "cannot be read as soap",
    ],
    ["JSON", { type: "application/json", body: "{}" }, "is no SOAP"],
    ["no type", { type: "", body: "x" }, "is no SOAP"],
    ["attachments", { type: 'multipart/related; type="application/xop+xml"', body: "--" }, "attachments (MTOM)"],
    ["a redirect", { status: 302, type: "" }, "answered 302"],
    ["an error without a fault", { status: 500, type: "text/xml", body: envelope("<a/>") }, "500 without a fault"],
    ["too much", { type: "text/xml", body: envelope(`<a>${"x".repeat(2000)}</a>`) }, "larger than 1024 bytes"],
  ])("refuses %s with 502", async (_, answer, why) => {
    const error = await failureOf(() => called({ ...order, limit: "1kb" }, {}, answer))
    expect(error).toMatchObject({ status: 502, code: "bad_upstream", message: expect.stringContaining(why) as string })
  })

  it("passes an error as it is that is no SOAP", async () => {
    const { status, text, headers } = await called(
      order,
      {},
      { status: 401, type: "text/html", body: "<h1>no", headers: { "www-authenticate": "Basic" } },
    )
    expect([status, text, headers]).toEqual([
      401,
      "<h1>no",
      [
        ["content-type", "text/html"],
        ["www-authenticate", "Basic"],
      ],
    ])
  })

  it("does not swallow what the service cannot do", async () => {
    const error = new GatewayError("unreachable", "Gone.")
    const failing = () =>
      called(order, {}, () => {
        throw error
      })
    expect(await failureOf(failing)).toBe(error)
  })

  it("ends what it asks for when the client leaves", async () => {
    const given = exchange()
    const handle = soap.create(
      soap.options.parse(order, [], () => {}),
      tools(),
    )((asked) => asked.unlessOver(new Promise<never>(() => undefined)))
    const failing = failureOf(() => handle(given))
    const reason = new GatewayError("client_gone", "The client went away.")
    given.end(reason)
    expect(await failing).toBe(reason)
  })

  it.each([
    [{}, "Missing option"],
    [{ operation: "a b" }, "Expected the name of an operation"],
    [{ operation: "a:b" }, "Expected the name of an operation"],
    [{ operation: "a", version: "2.0" }, 'Expected one of "1.1" or "1.2"'],
    [{ operation: "a", action: 'a"b' }, "Expected an action without quotes"],
    [{ operation: "a", namespace: "" }, "Expected a namespace"],
    [{ operation: "a", faults: { Client: 200 } }, "Expected a whole number from 400 to 599"],
    [{ operation: "a", xml: { root: "a" } }, "Unknown option"],
    [{ operation: "a", body: { id: ":id" }, headers: { a: { b: ":x" } } }, "is not a parameter of the route"],
  ])("refuses the options %j", (options, why) => {
    const { problems } = check({
      services: { cart: "http://localhost:1" },
      routes: { "/": { service: "cart", soap: options } },
    })
    expect(problems[0]?.message).toContain(why)
  })
})
