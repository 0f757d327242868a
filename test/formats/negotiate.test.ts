import { describe, expect, it } from "vitest"

import { csv } from "../../src/formats/csv.ts"
import { json } from "../../src/formats/json.ts"
import { msgpack } from "../../src/formats/msgpack.ts"
import { negotiate } from "../../src/formats/negotiate.ts"
import { xml } from "../../src/formats/xml.ts"

const offered = [json, xml, csv, msgpack]

describe("negotiate()", () => {
  it.each<[string | undefined, string | undefined]>([
    [undefined, "application/json"],
    ["", "application/json"],
    ["*/*", "application/json"],
    ["application/xml", "application/xml"],
    ["text/xml", "text/xml"],
    ["APPLICATION/XML", "application/xml"],
    ["text/*", "text/json"],
    ["text/*, text/json;q=0", "text/xml"],
    ["image/png", undefined],
    ["application/xml;q=0.5, text/csv", "text/csv"],
    ["application/xml;q=0.5, application/json;q=0.4, */*;q=0.1", "application/xml"],
    ["*/*, application/json;q=0", "application/xml"],
    ["application/json;q=0", undefined],
    ["application/json;q=0, */*;q=0", undefined],
    ["application/json;q=0.000", undefined],
    ["application/json;q=0.001", "application/json"],
    // Asked for by name before anything else that is liked as much; otherwise as offered.
    ["application/xml, */*", "application/xml"],
    ["text/csv, application/xml", "application/xml"],
    ["text/*;q=0.9, text/csv;q=0.5, text/xml;q=0.1, text/json;q=0", "text/csv"],
    // What browsers send.
    ["text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", "application/xml"],
    // A type of its own is not what is written, though its suffix could be read.
    ["application/vnd.api+json", undefined],
    ["application/x-msgpack", "application/x-msgpack"],
    ["application/json;charset=utf-8", "application/json"],
    ["application/json; charset=UTF8; q=0.1, application/xml;q=0.2", "application/xml"],
    ["application/json;charset=utf-16", undefined],
    ["application/json;odata=verbose", undefined],
    ["application/json;odata=verbose;q=0.9, */*;q=0.1", "application/json"],
    ['application/json;a="x, text/csv"', undefined],
    ['application/json;a="x, text/csv", application/xml', "application/xml"],
    // What cannot be understood says nothing.
    ["nonsense", "application/json"],
    ["nonsense, text/csv", "text/csv"],
    ["text/csv;q=2", "application/json"],
    ["text/csv;q=0.1234, application/xml;q=0.1", "application/xml"],
    ["text/csv;q=-1;, application/xml", "application/xml"],
    ["*/json, application/xml", "application/xml"],
    [",, ,application/xml,", "application/xml"],
    ["application/xml ; q=0.3 , text/csv ; q=0.2", "application/xml"],
  ])("takes from %j %s", (accept, type) => {
    expect(negotiate(accept, offered)?.type).toBe(type)
  })

  it("gives the format with its options as it was offered", () => {
    const own = xml.with({ root: "order" })
    expect(negotiate("text/xml", [json, own])).toEqual({ format: own, type: "text/xml" })
  })

  it("finds nothing where nothing is offered", () => {
    expect(negotiate("*/*", [])).toBeUndefined()
  })

  it("is not impressed by long headers", () => {
    expect(negotiate(`${"a/b;q=0.1,".repeat(20_000)}text/csv`, offered)?.type).toBe("text/csv")
    expect(negotiate(`${'"'.repeat(100_001)},text/csv`, offered)?.type).toBe("application/json")
    expect(negotiate(`text/csv;a="${'\\"'.repeat(50_000)}`, offered)?.type).toBe("application/json")
  })
})
