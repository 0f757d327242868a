import { describe, expect, it } from "vitest"

import { entriesOf } from "../../../src/services/discovery/entries.ts"

describe("entriesOf()", () => {
  it("takes URLs and objects with them", () => {
    expect(entriesOf(["http://a", { url: "http://b" }, { url: "http://c", weight: 3, zone: "z" }])).toEqual([
      { url: "http://a" },
      { url: "http://b" },
      { url: "http://c", weight: 3, zone: "z" },
    ])
    expect(entriesOf([])).toEqual([])
  })

  it.each([
    [{}, "it holds an object instead of a list"],
    [null, "it holds null instead of a list"],
    ["http://a", 'it holds "http://a" instead of a list'],
    [["http://a", 7], "entry 2 is not valid: Expected a URL or an object with one, got 7."],
    [[null], "entry 1 is not valid: Expected a URL or an object with one, got null."],
    [[["http://a"]], "entry 1 is not valid: Expected a URL or an object with one, got a list."],
    [[{}], 'entry 1 is not valid: Missing option "url".'],
    [[{ url: 7 }], "entry 1 is not valid: Expected a text, got 7."],
    [[{ url: "http://a", wieght: 1 }], 'entry 1 is not valid: Unknown option "wieght". Did you mean "weight"?'],
    [[{ url: "http://a", weight: -1 }], "entry 1 is not valid: Expected a whole number from 0 to 1000, got -1."],
    [[{ url: "http://a", host: "b" }], 'entry 1 is not valid: Unknown option "host".'],
  ])("refuses %j", (value, message) => {
    expect(() => entriesOf(value)).toThrow(message)
  })
})
