import { describe, expect, it } from "vitest"

import type { Exchange } from "../../../src/core/exchange.ts"
import { standardInherited } from "../../../src/targets/batch/headers.ts"
import { requestOf } from "../../../src/targets/batch/request.ts"
import { exchange, failureOf, linesOf, textOf } from "../../support/exchange.ts"

const outer = exchange({ id: "outer", method: "POST", path: "/batch?x=1", host: "shop.example:8080", scheme: "https" })

const made = (fields: object): Exchange => requestOf(new Map(Object.entries(fields)), 3, outer, standardInherited)

const refused = async (fields: object): Promise<unknown> => failureOf(() => made(fields))

describe("requestOf()", () => {
  it("makes an exchange of its own, from the same client to the same host", () => {
    const { id, method, scheme, host, rawPath, path, search, client, body, origin, params } = made({ path: "/a?b=c?d" })
    expect({ id, method, scheme, host, rawPath, path, search, client, body }).toEqual({
      id: "outer-3",
      method: "GET",
      scheme: "https",
      host: "shop.example:8080",
      rawPath: "/a",
      path: "/a",
      search: "?b=c?d",
      client: outer.client,
      body: null,
    })
    expect(origin).not.toBe(outer)
    expect(params.size).toBe(0)
  })

  it("has no more time than the batch", () => {
    const hurried = exchange()
    hurried.deadline = 5
    expect(requestOf(new Map([["path", "/"]]), 1, hurried, []).deadline).toBe(5)
  })

  it("escapes in a query what the listener does", () => {
    expect(made({ path: `/a?q='"<>%27` }).search).toBe("?q=%27%22%3C%3E%27")
  })

  it.each([
    [{ body: { a: 1 } }, '{"a":1}', "application/json"],
    [{ body: "text" }, '"text"', "application/json"],
    [{ body: null }, "null", "application/json"],
    [{ body: [], headers: { "Content-Type": "application/vnd.a+json" } }, "[]", "application/vnd.a+json"],
    [{ body: "a=1", headers: { "content-type": "text/plain" } }, "a=1", "text/plain"],
    [{ body: "é", headers: { "content-type": "text/plain" } }, "é", "text/plain"],
    [{ body: "w6k=", encoding: "base64" }, "é", "application/octet-stream"],
    [{ body: "w6k", encoding: "base64", headers: { "content-type": "text/plain" } }, "é", "text/plain"],
    [{ body: "", encoding: "base64" }, "", "application/octet-stream"],
  ])("sends %j as %j of %s", async (fields, text, type) => {
    const { headers, body } = made({ method: "POST", path: "/", ...fields })
    expect(headers.get("content-type")).toBe(type)
    expect(headers.get("content-length")).toBe(String(Buffer.byteLength(text)))
    expect(await textOf(body)).toBe(text)
  })

  it("says of a request without a body nothing about one", () => {
    expect(linesOf(made({ method: "POST", path: "/" }).headers)).toEqual([])
  })

  it.each([
    ["get", /in capitals/],
    ["GET\r\n", /in capitals/],
    ["G T", /in capitals/],
    ["", /in capitals/],
    [null, /in capitals/],
    [["GET"], /in capitals/],
    ["A".repeat(40), /in capitals/],
  ])("refuses the method %j", async (method, message) => {
    expect(await refused({ method, path: "/" })).toMatchObject({ status: 400, message: expect.stringMatching(message) })
  })

  it.each(["CONNECT", "TRACE"])("refuses the method %s as the door does", async (method) => {
    expect(await refused({ method, path: "/" })).toMatchObject({ status: 501, code: "not_implemented" })
  })

  it.each([
    undefined,
    null,
    5,
    {},
    "",
    "cart",
    "?a=1",
    "http://other.example/cart",
    "HTTP://other.example",
    "*",
    "/a b",
    "/a\r\nx-evil: 1",
    "/a\tb",
    "/a\u0000",
    "/č",
    "/\ud800",
    "/a#b",
    "/a?b=c d",
    "/a?b=č",
    "/a?b=\r\n",
  ])("refuses the path %j", async (path) => {
    expect(await refused({ path })).toMatchObject({ status: 400, code: "bad_request" })
  })

  it.each([
    [{ method: "GET", body: 1 }, /GET is sent without a body/],
    [{ method: "HEAD", body: "" }, /HEAD is sent without a body/],
    [{ method: "POST", body: { a: 1 }, headers: { "content-type": "text/plain" } }, /as a text/],
    [{ method: "POST", body: "a", encoding: "hex" }, /encoding/],
    [{ method: "POST", encoding: "base64" }, /no body/],
    [{ method: "POST", body: 5, encoding: "base64" }, /not base64/],
    [{ method: "POST", body: "a%b=", encoding: "base64" }, /not base64/],
    [{ method: "POST", body: "abcde", encoding: "base64" }, /not base64/],
    [{ needs: ["a"] }, /"needs" is no field/],
    [JSON.parse('{"__proto__":{"path":"/b"}}') as object, /"__proto__" is no field/],
    [{ constructor: "/" }, /"constructor" is no field/],
  ])("refuses %j", async (fields, message) => {
    const given = Object.fromEntries([["path", "/"], ...Object.entries(fields)])
    expect(await refused(given)).toMatchObject({ status: 400, message: expect.stringMatching(message) })
  })
})
