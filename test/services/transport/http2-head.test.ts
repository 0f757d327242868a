import { describe, expect, it } from "vitest"

import { headOf } from "../../../src/services/transport/http2-head.ts"

const head = (lines: readonly string[], method = "GET") => headOf([":status", "200", ...lines], method)

describe("headOf()", () => {
  it("gives the lines as they came, and the length that they tell", () => {
    const lines = ["x-a", "1", "set-cookie", "a", "set-cookie", "b", "content-length", "5", "x-e", ""]
    expect(head(lines)).toEqual({ status: 200, lines, bodiless: false, length: 5 })
    expect(head([])).toEqual({ status: 200, lines: [], bodiless: false, length: undefined })
  })

  it.each([
    ["HEAD", "200"],
    ["GET", "204"],
    ["GET", "304"],
  ])("knows that no body answers %s with %s", (method, status) => {
    expect(headOf([":status", status, "content-length", "5"], method)).toMatchObject({
      bodiless: true,
      length: undefined,
    })
  })

  it.each([[[]], [["x-a", "1"]], [[":status", ""]], [[":status", "20"]], [[":status", "199"]], [[":status", "600"]]])(
    "refuses a head without a status that ends an exchange: %j",
    (lines) => {
      expect(() => headOf(lines, "GET")).toThrow("Its status is not valid.")
    },
  )

  it.each(["a\r\nb", "a\nb", "a\0", "a\x01", "a\x7f", "č"])("refuses the value %j", (value) => {
    expect(() => head(["x-a", value])).toThrow("A line of its head is not valid.")
    expect(head(["x-a", "\t é\xff"]).lines).toEqual(["x-a", "\t é\xff"])
  })

  it.each([["5", "5"], ["5", "6"], ["+5"], ["5, 5"], [""], ["0x5"], ["1e3"], ["9".repeat(16)]])(
    "refuses a Content-Length of %j",
    (...lengths) => {
      expect(() => head(lengths.flatMap((length) => ["content-length", length]))).toThrow(
        "Its Content-Length is not one number.",
      )
    },
  )
})
