import { jsonError } from "../../formats/json-error.ts"
import { defineMockFormat, MockFault } from "../format.ts"
import { utf8 } from "./text.ts"

const types = new Map([
  ["json", "application/json"],
  ["geojson", "application/geo+json"],
  ["jsonld", "application/ld+json"],
  ["webmanifest", "application/manifest+json"],
])

// White space outside of strings. The rest stays as written: a number re-printed may lose digits.
const loose = /("[^"\\]*(?:\\.[^"\\]*)*")|[ \t\n\r]+/g

/** Strict JSON, sent without its white space. */
export const json = defineMockFormat({
  name: "json",
  about: "Strict JSON; sent compact, with every number as written.",
  extensions: [...types.keys()],
  selfContained: true,
  async load(file) {
    const content = utf8(await file.bytes(), file.name)
    let sample: unknown
    try {
      sample = JSON.parse(content)
    } catch {
      const wrong = jsonError(content)
      throw new MockFault(
        "E602",
        `Mock "${file.name}" is not valid JSON: ${wrong?.message ?? "it is nested too deeply."}`,
        {
          fix:
            content.trim() === ""
              ? "Write a value, or use .txt for an empty body."
              : "Correct the file; JSON knows no comments and no trailing commas.",
          ...(wrong && { line: wrong.line, column: wrong.column }),
        },
      )
    }
    const body = new TextEncoder().encode(content.replace(loose, "$1"))
    return { type: types.get(file.extension) ?? "application/json", body, sample }
  },
})
