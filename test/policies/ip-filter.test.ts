import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

import { afterEach, describe, expect, it, onTestFinished } from "vitest"

import type { Problem } from "../../src/core/schema.ts"
import { file, useSurroundings } from "../../src/core/secret.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { ipFilter } from "../../src/policies/ip-filter.ts"
import { exchange, failureOf, tools } from "../support/exchange.ts"

afterEach(() => useSurroundings(process.env, "."))

function parsed(options: object) {
  const problems: Problem[] = []
  const report = (problem: Problem): void => void problems.push(problem)
  const made = ipFilter.options.parse(options, [], report)
  if (problems.length === 0) ipFilter.check?.(made, {} as never, [], report)
  return { made, problems: problems.map(({ message }) => message) }
}

async function lets(options: object, client: string): Promise<boolean> {
  const { made, problems } = parsed(options)
  expect(problems).toEqual([])
  const handle = ipFilter.create(made, tools())(() => ({ status: 200, headers: new HeaderList(), body: null }))
  const asked = exchange({ client })
  try {
    await handle(asked)
    return true
  } catch {
    expect(await failureOf(() => handle(asked))).toMatchObject({ code: "forbidden", status: 403, members: {} })
    return false
  }
}

function folder(files: Readonly<Record<string, string>>): void {
  const path = mkdtempSync(join(tmpdir(), "bellhop-networks-"))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content)
  useSurroundings({}, path)
}

describe("ipFilter()", () => {
  it.each([
    [{ allow: ["10.0.0.0/8"] }, "10.1.2.3", true],
    [{ allow: ["10.0.0.0/8"] }, "11.1.2.3", false],
    [{ allow: ["10.0.0.0/8"], deny: ["10.0.0.66"] }, "10.0.0.66", false],
    [{ deny: ["10.0.0.66"], allow: ["10.0.0.66"] }, "10.0.0.66", false],
    [{ deny: ["2001:db8::/32"] }, "2001:db8::7", false],
    [{ deny: ["2001:db8::/32"] }, "192.0.2.1", true],
    [{ allow: ["loopback"] }, "::1", true],
    [{ allow: ["10.0.0.0/8"] }, "::ffff:10.0.0.1", true],
    [{ deny: ["10.0.0.0/8"] }, "::ffff:a00:1", false],
  ])("with %j lets %s in: %j", async (options, client, expected) => {
    expect(await lets(options, client)).toBe(expected)
  })

  it.each(["unknown", "", "10.0.0"])("refuses the address %j that cannot be told, by either list", async (client) => {
    expect(await lets({ deny: ["10.0.0.0/8"] }, client)).toBe(false)
    expect(await lets({ allow: ["any"] }, client)).toBe(false)
  })

  it("takes networks from the lines of a file", async () => {
    folder({ list: "# bad ones\n10.0.0.0/8 # all of it\n\n  192.0.2.1\r\n" })
    expect(await lets({ deny: [file("list"), "203.0.113.1"] }, "10.9.9.9")).toBe(false)
    expect(await lets({ deny: [file("list"), "203.0.113.1"] }, "192.0.2.1")).toBe(false)
    expect(await lets({ deny: [file("list"), "203.0.113.1"] }, "203.0.113.1")).toBe(false)
    expect(await lets({ deny: [file("list")] }, "192.0.2.2")).toBe(true)
  })

  it("says which line of a file is no network, and not what is in it", () => {
    folder({ list: "10.0.0.0/8\nhunter2\n" })
    expect(parsed({ deny: [file("list")] }).problems).toEqual([
      'Line 2 of file("list") is no network: it is no address.',
    ])
    expect(parsed({ deny: [file("none")] }).problems).toEqual([
      'Cannot read file("none"): there is no such file, it is empty, or it may not be read.',
    ])
  })

  it.each([
    [{}, "This filter lets everybody in."],
    [{ allow: [] }, "Empty list."],
    [{ deny: ["10.0.0.1/8"] }, '"10.0.0.1/8" is no network: it is an address inside the range, not its first.'],
    [{ deny: [7] }, /^Expected an address, a range such as .*, got 7\.$/],
    [{ deny: "10.0.0.0/8" }, /^Expected a list, each an address/],
  ])("refuses the options %j", (options, message) => {
    expect(parsed(options).problems).toEqual([typeof message === "string" ? message : expect.stringMatching(message)])
  })
})
