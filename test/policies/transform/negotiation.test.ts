import { describe, expect, it } from "vitest"

import { failureOf } from "../../support/exchange.ts"
import { transformed } from "./transformed.ts"

const accept = ["json", "xml", "yaml", "csv", "msgpack"]
const rows = [{ a: "1" }, { a: "2" }]
const asked = (header?: string) => ({ headers: header === undefined ? {} : { accept: header } })

describe("the choice of formats of transform()", () => {
  it.each([
    [undefined, "application/json"],
    ["", "application/json"],
    ["*/*", "application/json"],
    ["application/xml", "application/xml"],
    ["text/xml", "text/xml; charset=utf-8"],
    ["text/csv, application/json;q=0.9", "text/csv; charset=utf-8"],
    ["application/x-yaml", "application/x-yaml"],
    ["application/msgpack;q=0.9, application/json;q=0.1", "application/msgpack"],
    ["text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", "application/xml"],
  ])("gives a client that takes %j %s", async (header, type) => {
    const { headers, status } = await transformed({ response: { accept } }, asked(header), {
      json: rows,
      headers: { etag: '"1"' },
    })
    expect([status, headers.get("content-type"), headers.get("vary")]).toEqual([200, type, "accept"])
    // A cache would take one for the other.
    expect(headers.has("etag")).toBe(false)
  })

  it.each(["text/html", "image/*", "application/json;q=0, */*;q=0"])(
    "refuses one that takes only %s with 406, before anything is asked",
    async (header) => {
      let count = 0
      const error = await failureOf(() =>
        transformed({ response: { accept: ["json", "xml"] } }, asked(header), () => {
          count++
          return { json: rows }
        }),
      )
      expect(error).toMatchObject({
        status: 406,
        code: "not_acceptable",
        message: "The answer comes as one of these: application/json, application/xml.",
      })
      expect(count).toBe(0)
    },
  )

  it("takes what a client likes next where the value has no form in the best", async () => {
    const answer = { json: { a: { b: 1 } } }
    const { headers, text } = await transformed(
      { response: { accept } },
      asked("text/csv, application/yaml;q=0.5"),
      answer,
    )
    expect([headers.get("content-type"), text]).toEqual(["application/yaml", "a:\n  b: 1\n"])
    expect(await failureOf(() => transformed({ response: { accept } }, asked("text/csv"), answer))).toMatchObject({
      status: 406,
      message: "Cannot write CSV: a table is a list of objects, not an object.",
    })
  })

  it("gives an error in another format rather than another error", async () => {
    const { headers, status } = await transformed({ response: { accept: ["csv", "json"] } }, asked("text/csv"), {
      status: 404,
      json: { error: "none" },
    })
    expect([status, headers.get("content-type")]).toEqual([404, "application/json"])
  })

  it("tells caches with every answer, once", async () => {
    for (const answer of [
      { status: 304 },
      { type: "image/png", body: "x" },
      { status: 500, json: {} },
      { json: {}, headers: { vary: "Origin, Accept" } },
      { json: {}, headers: { vary: "*" } },
    ]) {
      const { headers } = await transformed({ response: { accept } }, asked(), answer)
      expect(headers.all("vary")).toEqual([answer.headers?.vary ?? "accept"])
    }
  })

  it("leaves an answer in the format that came as it is", async () => {
    const { text } = await transformed({ response: { accept } }, asked("application/json"), { body: '{"a": 1.0}' })
    expect(text).toBe('{"a": 1.0}')
  })
})
