import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"

import { afterEach, describe, expect, it, onTestFinished } from "vitest"

import { object, record, type Schema, shown } from "../../src/core/schema.ts"
import { env, file, Secret, useSurroundings } from "../../src/core/secret.ts"
import { duration } from "../../src/core/units.ts"
import { flag, integer, oneOf, text } from "../../src/core/values.ts"
import { parsed } from "./parsed.ts"

afterEach(() => useSurroundings(process.env, "."))

function written(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), "bellhop-secret-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, "token"), content)
  return join(folder, "token")
}

describe("env()", () => {
  it("is the value of the variable, in the place of a text", () => {
    useSurroundings({ TOKEN: "hunter2" }, ".")
    expect(parsed(text(), env("TOKEN"))).toEqual({ value: "hunter2", problems: [] })
  })

  it("keeps the value of the config that it was written in", () => {
    useSurroundings({ TOKEN: "first" }, ".")
    const secret = env("TOKEN")
    useSurroundings({ TOKEN: "second" }, ".")
    expect(secret.reveal()).toBe("first")
  })

  it.each([
    ["missing", {}],
    ["empty", { TOKEN: "" }],
  ])("is a problem when the variable is %s", (_, variables) => {
    useSurroundings(variables, ".")
    expect(parsed(text(), env("TOKEN")).problems).toMatchObject([
      { code: "E501", path: ["here"], message: expect.stringContaining('Cannot read env("TOKEN")') },
    ])
  })

  it.each(["constructor", "__proto__", "toString"])("has no variable %j unless there is one", (name) => {
    useSurroundings({}, ".")
    expect(env(name).reveal()).toBeUndefined()
  })
})

describe("file()", () => {
  it.each([
    ["hunter2", "hunter2"],
    ["hunter2\n", "hunter2"],
    ["hunter2\r\n", "hunter2"],
    ["hunter2\n\n", "hunter2\n"],
    [" hunter2 ", " hunter2 "],
  ])("reads %j as %j", (content, expected) => {
    expect(parsed(text(), file(written(content)))).toEqual({ value: expected, problems: [] })
  })

  it("reads a file afresh each time", () => {
    const path = written("old")
    const secret = file(path)
    expect(secret.reveal()).toBe("old")
    writeFileSync(path, "new")
    expect(secret.reveal()).toBe("new")
  })

  it.each(["", "\n", "\r\n"])("is a problem when the file holds only %j", (content) => {
    expect(parsed(text(), file(written(content))).problems).toMatchObject([{ code: "E502" }])
  })

  it("is a problem when there is no such file, or it is a folder", () => {
    for (const path of ["/nowhere/token", tmpdir()])
      expect(parsed(text(), file(path)).problems).toMatchObject([
        { code: "E502", message: expect.stringContaining(`Cannot read file("${path}")`) },
      ])
  })
})

describe("Secret", () => {
  const secret = new Secret('env("TOKEN")', () => "hunter2")

  it("is never printed", () => {
    expect(JSON.stringify({ secret })).toBe('{"secret":"[env(\\"TOKEN\\")]"}')
    expect(shown(secret)).toBe('env("TOKEN")')
    expect(Bun.inspect(secret)).not.toContain("hunter2")
    expect(Bun.inspect({ deep: [secret] })).not.toContain("hunter2")
    expect(inspect(secret, { showHidden: true, depth: 9 })).not.toContain("hunter2")
    expect(JSON.stringify(structuredClone(Object.entries(secret)))).not.toContain("hunter2")
  })

  it("cannot be put inside another text", () => {
    for (const glue of [() => `${secret}`, () => "Bearer " + secret, () => String(secret), () => [secret].join()])
      expect(glue).toThrow('Cannot put env("TOKEN") inside another text')
  })

  it("is not in the message of any schema that refuses it", () => {
    const strict: Schema<unknown>[] = [
      text({ expected: "digits", pattern: /^\d+$/ }),
      oneOf("a", "b"),
      flag(),
      integer(0),
      duration(),
      object({ a: text() }),
      record(text()),
    ]
    for (const schema of strict) {
      const { problems } = parsed(schema, secret)
      expect(problems, schema.expected).toHaveLength(1)
      expect(JSON.stringify(problems)).not.toContain("hunter2")
    }
  })
})
