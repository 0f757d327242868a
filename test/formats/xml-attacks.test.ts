import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { FormatError } from "../../src/formats/format.ts"
import { xml } from "../../src/formats/xml.ts"
import { scanTags } from "../../src/formats/xml/scan.ts"
import { attacks, harmless } from "./xml-attacks.ts"

const read = (text: string): unknown => xml.read(new TextEncoder().encode(text))

function failure(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}

describe("attacks", () => {
  it.each(attacks)("xml refuses $says", ({ document, why }) => {
    const error = failure(() => read(document()))
    expect(error).toBeInstanceOf(FormatError)
    expect((error as FormatError).message).toMatch(/^Cannot read XML.*\.$/s)
    expect((error as FormatError).message).toContain(why)
    expect((error as FormatError).message.length).toBeLessThan(300)
  })

  it.each(harmless)("xml has no trouble with $says", ({ document, value }) => {
    expect(read(document())).toEqual(value())
  })

  // In a process of its own, because the tests beside this one use memory too. What grew faster than the document would
  // need hundreds of megabytes for one of these.
  it("xml needs memory in proportion to the document", () => {
    const script = fileURLToPath(new URL("xml-memory.ts", import.meta.url))
    const { stdout, stderr, status } = spawnSync(process.execPath, [script], { encoding: "utf8" })
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
    const used = JSON.parse(stdout) as { says: string; megabytes: number; bytes: number }[]
    expect(used.length).toBe(attacks.length + harmless.length)
    expect(used.filter(({ megabytes }) => megabytes > 60)).toEqual([])
  })

  it("xml does not touch files or networks: it has nothing to do it with", () => {
    const document = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    expect(failure(() => read(document))).toBeInstanceOf(FormatError)
  })
})

describe("scanTags()", () => {
  const pieces = [
    "<a>",
    "</a>",
    "<b/>",
    '<a x="1">',
    "<a x='>'>",
    '<a x="<!--">',
    "<!-- c -->",
    "<!-- <a> -->",
    "<!-->",
    "<!--->",
    "<![CDATA[",
    "]]>",
    "<![CDATA[<a>]]>",
    "<?p <a>?>",
    "<?xml version='1.0'?>",
    "<!DOCTYPE a>",
    "<!DOCTYPE a [",
    "<!ENTITY x 'y'>",
    "]>",
    "-->",
    "--",
    "?>",
    "text",
    " ",
    '"',
    "'",
    "<",
    ">",
    "&x;",
    "&lt;",
    "/",
    "=",
  ]
  const soup = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(""))
  const grown = fc.oneof(
    soup,
    soup.map((text) => `<a>${text}</a>`),
    soup.map((text) => `${text}<a/>`),
    soup.map((text) => `<a x="${text}"/>`),
    soup.map((text) => `<a><!--${text}--></a>`),
  )

  it("sees every tag of what Bun.XML accepts, and whether a document type is declared", () => {
    let accepted = 0
    fc.assert(
      fc.property(grown, (text) => {
        let tree: Bun.XML.Node
        try {
          tree = Bun.XML.parse(text, { compact: false })
        } catch {
          return
        }
        accepted++
        const count = (node: Bun.XML.Node): number =>
          1 +
          node.children.reduce(
            (sum, child) => sum + (typeof child === "object" && "name" in child ? count(child) : 0),
            0,
          )
        let elements = 0
        let depth = 0
        const declaration = scanTags(text, ({ kind }) => {
          if (kind !== "close") elements++
          if (kind !== "empty") depth += kind === "open" ? 1 : -1
        })
        if (declaration === undefined) expect([elements, depth]).toEqual([count(tree), 0])
        else expect(text.slice(declaration)).toMatch(/^<!DOCTYPE/)
      }),
      { numRuns: 5000 },
    )
    expect(accepted).toBeGreaterThan(200)
  })
})
