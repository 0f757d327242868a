import { type Network, networkNames, type NetworkSet, networkSet, networksOf } from "../http/networks.ts"
import { list, type Path, type Report, type Schema, schema, shown } from "./schema.ts"
import { Secret } from "./secret.ts"
import { text } from "./values.ts"

const names = networkNames.map((name) => `"${name}"`)
const expected = `an address, a range such as "10.0.0.0/8" or "2001:db8::/32", or ${list(names)}`
const written = text({ expected })

/** Networks by their addresses, ranges and names; `file()` brings a list of them, one on each line. */
export const networkList: Schema<NetworkSet> = schema({
  expected: `a list, each ${expected}`,
  types: "readonly (string | Secret)[]",
  accepts: Array.isArray,
  parse(value, path, report) {
    const items = value as readonly unknown[]
    if (items.length === 0)
      report({ code: "E205", path, message: "Empty list.", fix: "Give at least one value or remove the option." })
    return networkSet(Array.from(items, (item, index) => networksIn(item, [...path, index], report)).flat())
  },
})

function networksIn(item: unknown, path: Path, report: Report): readonly Network[] {
  if (!written.accepts(item)) {
    report({ code: "E203", path, message: `Expected ${expected}, got ${shown(item)}.` })
    return []
  }
  const found = written.parse(item, path, report)
  const entries = item instanceof Secret ? entriesOf(found) : [[found, 0] as const]
  return entries.flatMap(([entry, line]) => {
    const networks = networksOf(entry)
    if (!("wrong" in networks)) return networks
    const what = item instanceof Secret ? `Line ${line} of ${item.from}` : shown(entry)
    report({
      code: "E204",
      path,
      message: `${what} is no network: ${networks.wrong}.`,
      fix: `Write ${expected}.`,
    })
    return []
  })
}

/** The entries of a list in a file, with their lines: what follows a `#` is for people. */
export const entriesOf = (content: string): (readonly [entry: string, line: number])[] =>
  content.split("\n").flatMap((line, index) => {
    const entry = line.replace(/#.*/, "").trim()
    return entry === "" ? [] : [[entry, index + 1] as const]
  })
