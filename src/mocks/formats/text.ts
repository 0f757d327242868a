import { defineMockFormat, MockFault } from "../format.ts"

const charset = "; charset=utf-8"

// XML and what is made of it say their encoding themselves.
const types = new Map([
  ["txt", `text/plain${charset}`],
  ["html", `text/html${charset}`],
  ["htm", `text/html${charset}`],
  ["css", `text/css${charset}`],
  ["csv", `text/csv${charset}`],
  ["tsv", `text/tab-separated-values${charset}`],
  ["md", `text/markdown${charset}`],
  ["ics", `text/calendar${charset}`],
  ["vcf", `text/vcard${charset}`],
  ["yaml", "application/yaml"],
  ["yml", "application/yaml"],
  ["toml", "application/toml"],
  ["ndjson", "application/x-ndjson"],
  ["jsonl", "application/jsonl"],
  ["graphql", `application/graphql${charset}`],
  ["xml", "application/xml"],
  ["xhtml", "application/xhtml+xml"],
  ["wsdl", "application/xml"],
  ["rss", "application/rss+xml"],
  ["atom", "application/atom+xml"],
  ["svg", "image/svg+xml"],
])

/** The text in a file, refused when it would be sent as UTF-8 without being that. */
export function utf8(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    throw new MockFault("E602", `Mock "${name}" is not UTF-8 text.`, {
      fix: "Save it as UTF-8, or give it the extension .bin.",
    })
  }
}

/** Text of any kind, sent as it is. */
export const text = defineMockFormat({
  name: "text",
  about: "Text, pages, tables and XML; sent as they are.",
  extensions: [...types.keys()],
  selfContained: true,
  async load(file) {
    const body = await file.bytes()
    const type = types.get(file.extension) ?? `text/plain${charset}`
    if (type.endsWith(charset)) utf8(body, file.name)
    return { type, body }
  },
})
