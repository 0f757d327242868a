import { describe, expect, it } from "vitest"

import { failureOf } from "../../support/exchange.ts"
import { transformed } from "./transformed.ts"

const json = {
  id: 1,
  name: "n",
  owner: { id: 2, name: "o" },
  items: [
    { sku: "a", price: 1 },
    { sku: "b", price: 2 },
  ],
}
const asked = (query: string) => ({ path: `/orders${query}` })

describe("the fields of transform()", () => {
  it.each([
    ["?fields=id", { id: 1 }],
    ["?fields=id,owner.name,items.sku", { id: 1, owner: { name: "o" }, items: [{ sku: "a" }, { sku: "b" }] }],
    ["?fields=owner", { owner: json.owner }],
    ["?fields=id&fields=name", { id: 1, name: "n" }],
    ["?fields=%69d,%20name", { id: 1, name: "n" }],
    ["?fields=none", {}],
    ["?fields=*,**", {}],
    ["?fields=constructor,__proto__", {}],
  ])("are what %s asks for", async (query, fields) => {
    const { text } = await transformed({ fields: true }, asked(query), { json })
    expect(JSON.parse(text)).toEqual(fields)
  })

  it("are chosen by a parameter that services do not get", async () => {
    const { sent } = await transformed({ fields: "only" }, asked("?a=1&only=id&b=2&fields=x"), { json })
    expect(sent[0]?.search).toBe("?a=1&b=2&fields=x")
  })

  it("are all of them, byte for byte, where nobody chooses", async () => {
    const { text, sent } = await transformed(
      { fields: true },
      { ...asked("?a=1"), headers: { "accept-encoding": "gzip" } },
      { body: '{"a": 1.0}' },
    )
    expect(text).toBe('{"a": 1.0}')
    expect(sent[0]?.headers.get("accept-encoding")).toBe("gzip")
  })

  it("are not chosen where the config does not say so", async () => {
    for (const fields of [undefined, false]) {
      const { text, sent } = await transformed({ fields, internal: ["x"] }, asked("?fields=id"), { json })
      expect([JSON.parse(text), sent[0]?.search]).toEqual([json, "?fields=id"])
    }
  })

  it("can be chosen in every item of a list, and after it was reshaped, in the format that is asked for", async () => {
    const options = { fields: true, response: { rename: { name: "title" }, accept: ["json", "csv"] } }
    const given = { ...asked("?fields=id,title"), headers: { accept: "text/csv" } }
    expect((await transformed(options, given, { json: [json, json] })).text).toBe("id,title\r\n1,n\r\n1,n\r\n")
  })

  it("are never internal", async () => {
    const { text } = await transformed(
      { fields: true, internal: ["**.price"] },
      asked("?fields=items.price,items.sku"),
      { json },
    )
    expect(JSON.parse(text)).toEqual({ items: [{ sku: "a" }, { sku: "b" }] })
  })

  it("are not taken out of errors", async () => {
    const { text } = await transformed({ fields: true }, asked("?fields=id"), { status: 404, json: { error: "none" } })
    expect(text).toBe('{"error":"none"}')
  })

  it.each([
    ["?fields=", "a name is missing"],
    ["?fields", "a name is missing"],
    ["?fields=a,,b", "a name is missing"],
    ["?fields=a..b", "a name is missing"],
    [`?fields=${"a.".repeat(10)}a`, "deeper than 10"],
    [`?fields=${Array.from({ length: 101 }, (_, n) => n).join(",")}`, "more than 100 fields"],
    [`?fields=${"a".repeat(4001)}`, "longer than 4000 characters"],
  ])("are refused with 400 before anything is asked: %s", async (query, why) => {
    const error = await failureOf(() =>
      transformed({ fields: true }, asked(query), () => {
        throw new Error("It was asked.")
      }),
    )
    expect(error).toMatchObject({ status: 400, code: "bad_request", message: expect.stringContaining(why) as string })
  })
})
