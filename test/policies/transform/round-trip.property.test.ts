import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { posted, transformed } from "./transformed.ts"

/** A service of a test that answers with what it was sent. */
const echo = async (options: object, json: unknown): Promise<unknown> => {
  const { sent } = await transformed({ request: options }, posted(json))
  const [one] = sent
  const answer = { type: one?.headers.get("content-type") ?? "", body: one?.body ?? "" }
  return JSON.parse((await transformed({ response: { ...options, to: "json" } }, {}, answer)).text)
}

const name = fc.string({ minLength: 1 }).filter((key) => !/^[@#]/.test(key))
const text = fc
  .string({ unit: "grapheme" })
  .filter(
    (content) => content.isWellFormed() && !/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(content),
  )

describe("a value that goes to a service and comes back", () => {
  it("is the same after XML, with numbers, truth values, null and lists of several", async () => {
    const value = fc.letrec<{ any: unknown }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        text.filter((content) => content.trim() !== ""),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.dictionary(name, tie("any"), { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
      ),
    })).any
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value, { minKeys: 1, maxKeys: 4, noNullPrototype: true }), async (json) => {
        expect(await echo({ to: "xml", xml: { root: "order", values: true } }, json)).toEqual(
          JSON.parse(JSON.stringify(json)),
        )
      }),
    )
  })

  it("is the same after YAML", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (json) => {
        expect(await echo({ to: "yaml" }, json)).toEqual(JSON.parse(JSON.stringify(json)))
      }),
    )
  })

  it("is the same after a form, where it is a form", async () => {
    const field = fc.oneof(text, fc.array(text, { minLength: 2, maxLength: 3 }))
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), field, { minKeys: 1, noNullPrototype: true }), async (json) => {
        expect(await echo({ to: "form" }, json)).toEqual(JSON.parse(JSON.stringify(json)))
      }),
    )
  })
})
