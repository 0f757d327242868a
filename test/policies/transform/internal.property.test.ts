import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { bytesOf } from "../../../src/core/reply.ts"
import { json } from "../../../src/formats/json.ts"
import { msgpack } from "../../../src/formats/msgpack.ts"
import { transformed } from "./transformed.ts"

const secret = "secret"

/** Any JSON value, with the key anywhere, and texts that only look like it. */
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, 1.5, "secret", '"secret":1', "\\u0073ecret", ""),
    fc.array(tie("any"), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(fc.constantFrom(secret, "a", "@secret", "Secret", "__proto__", "x:secret", "s"), fc.string()),
      tie("any"),
      { maxKeys: 5 },
    ),
  ),
})).any

/** Texts of one value that differ in escapes, spaces and double names. */
const texts = value.chain((of) =>
  fc.constantFrom(
    JSON.stringify(of),
    JSON.stringify(of, undefined, 2),
    JSON.stringify(of).replaceAll('"secret":', '"\\u0073ecret" :'),
    `{"twice":${JSON.stringify({ secret: of })},"twice":${JSON.stringify(of)}}`,
  ),
)

/** The same value without the key. */
function without(of: unknown): unknown {
  if (Array.isArray(of)) return of.map(without)
  if (typeof of !== "object" || of === null) return of
  return Object.fromEntries(
    Object.entries(of)
      .filter(([key]) => key !== secret)
      .map(([key, item]) => [key, without(item)]),
  )
}

/** The names of fields as they stand in a JSON text, double ones too. */
const namesIn = (text: string): string[] =>
  [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].flatMap(([written, colon]) =>
    colon === undefined ? [] : [JSON.parse(written.slice(0, -colon.length)) as string],
  )

describe("internal fields", () => {
  it("survive in no JSON text, however it is written, and nothing else is lost", async () => {
    await fc.assert(
      fc.asyncProperty(
        texts,
        fc.constantFrom(
          {},
          { response: { map: (given: unknown) => given } },
          { response: { errors: "reshape", flatten: ["a"] } },
        ),
        async (body, options) => {
          const { text } = await transformed({ internal: ["**.secret"], ...options }, {}, { body })
          expect(namesIn(text)).not.toContain(secret)
          if (!("response" in options) || "map" in options.response)
            expect(JSON.parse(text)).toEqual(without(JSON.parse(body)))
        },
      ),
      { numRuns: 300 },
    )
  })

  it("survive in no MessagePack", async () => {
    await fc.assert(
      fc.asyncProperty(value, async (of) => {
        const body = new Uint8Array(msgpack.write(of) as Uint8Array)
        const { reply } = await transformed({ internal: ["**.secret"] }, {}, { type: "application/msgpack", body })
        const bytes = await bytesOf(reply.body, 1e7)
        expect(msgpack.read(bytes ?? new Uint8Array())).toEqual(without(json.read(Buffer.from(JSON.stringify(of)))))
      }),
    )
  })
})
