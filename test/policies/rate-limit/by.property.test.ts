import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { limited } from "./limited.ts"

// What the parser of heads lets through: any byte but the ends of lines and NUL.
const bytes = fc
  .uint8Array({ maxLength: 300 })
  .map((all) => Array.from(all, (byte) => String.fromCharCode([0, 10, 13].includes(byte) ? 32 : byte)).join(""))

const names = ["__proto__", "constructor", "toString", "x"]

describe("by, whatever clients send", () => {
  it("never fails but with a refusal, and counts what is the same together", async () => {
    const value = fc.oneof(bytes, fc.constantFrom(...names), fc.string({ unit: "binary" }))
    await fc.assert(
      fc.asyncProperty(value, value, fc.constantFrom(...names), async (first, second, name) => {
        for (const by of [{ header: name }, { cookie: name }, { query: name }]) {
          const limit = limited({ limit: 1, per: "1m", by })
          const ask = (sent: string, client = "192.0.2.1") =>
            limit.ask({
              headers: [
                [name, sent],
                ["cookie", `${name}=${sent}; y`],
              ],
              path: `/?${name}=${sent}`,
              client,
            })
          expect((await ask(first)).status).toBe(200)
          expect((await ask(first)).status).toBe(429)
          expect([200, 429]).toContain((await ask(second)).status)
        }
      }),
      { numRuns: 200 },
    )
  })
})
