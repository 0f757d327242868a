import { gzipSync } from "node:zlib"

import { describe, expect, it } from "vitest"

import { HeaderList } from "../../../src/http/header-list.ts"
import { fieldReader } from "../../../src/policies/quota/field-reader.ts"
import { tools } from "../../support/exchange.ts"

const fields = [
  { name: "tokens", path: ["usage", "total"] },
  { name: "first", path: ["items", "0", "n"] },
]

async function read(content: string | Uint8Array, type: string | undefined, coding?: string) {
  const { log, logged } = tools()
  const headers = new HeaderList(type === undefined ? [] : ["content-type", type])
  if (coding !== undefined) headers.set("content-encoding", coding)
  const found = fieldReader(fields, log)({ status: 200, headers, body: "" })
  const amounts = await found?.amounts([Buffer.from(content)])
  return { amounts: amounts && Object.fromEntries(amounts), found, logged }
}

const event = (value: unknown): string => `event: x\ndata: ${JSON.stringify(value)}\n\n`

describe("fieldReader()", () => {
  it.each(["application/json", "application/json; charset=utf-8", "application/vnd.api+json", "Application/JSON"])(
    "reads an answer of %s",
    async (type) => {
      const { amounts } = await read('{"usage":{"total":5},"items":[{"n":"2.5"}]}', type)
      expect(amounts).toEqual({ tokens: 5, first: 3 })
    },
  )

  it.each([undefined, "text/plain", "text/html; a=json", "application/octet-stream"])(
    "does not look into %s",
    async (type) => {
      expect((await read("{}", type)).found).toBeUndefined()
    },
  )

  it("reads what comes compressed", async () => {
    const { amounts } = await read(gzipSync('{"usage":{"total":5}}'), "application/json", "gzip")
    expect(amounts).toEqual({ tokens: 5 })
  })

  it("reads the last event of a stream that has the field, of which half an event may be the first", async () => {
    const text = `tal":9}}\n\n${event({ usage: { total: 1 } })}${event({ usage: { total: 5 } })}${event({})}data: [DONE]\n\n`
    const { amounts, found } = await read(text, "text/event-stream; charset=utf-8")
    expect(amounts).toEqual({ tokens: 5 })
    expect(found?.tail).toBe(true)
    const packed = await read(gzipSync(text), "text/event-stream", "gzip")
    expect([packed.amounts, packed.found?.tail]).toEqual([{ tokens: 5 }, false])
  })

  it.each([
    ["no JSON", '{"usage":{"to'],
    ["no such field", '{"usage":{"total":null}}'],
    ["a number below zero", '{"usage":{"total":-4}}'],
    ["what no number can hold", '{"usage":{"total":1e300}}'],
    ["the fields of prototypes", '{"usage":"total"}'],
    ["a list", "[]"],
    ["null", "null"],
  ])("counts nothing of %s", async (_, text) => {
    expect((await read(text, "application/json")).amounts).toEqual({})
  })

  it("counts nothing of a coding that is not what it says, or that nobody knows", async () => {
    expect((await read("{}", "application/json", "gzip")).amounts).toEqual({})
    expect((await read("{}", "application/json", "magic")).amounts).toEqual({})
  })

  it("says once that answers were too large to be read", async () => {
    const { log, logged } = tools()
    const read = fieldReader(fields, log)
    for (let time = 0; time < 2; time++) {
      const headers = new HeaderList(["content-type", "application/json"])
      expect(await read({ status: 200, headers, body: "" })?.amounts(undefined)).toEqual([])
    }
    expect(logged).toHaveLength(1)
  })
})
