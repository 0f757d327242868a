import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { type Log, streamLog } from "../../src/core/log.ts"

function logged(json: boolean, say: (log: Log) => void): string {
  let written = ""
  say(streamLog(json, (line) => void (written += line)))
  return written
}

describe("streamLog() for people", () => {
  it("writes one line each", () => {
    expect(logged(false, (log) => log.info("ready"))).toBe("info: ready\n")
    expect(logged(false, (log) => log.warn("careful"))).toBe("warn: careful\n")
    expect(logged(false, (log) => log.error("broken"))).toBe("error: broken\n")
  })

  it("writes the stack of an error below, each line set in", () => {
    const error = new Error("no")
    error.stack = "Error: no\n    at here"
    expect(logged(false, (log) => log.error("broken", error))).toBe("error: broken\n  Error: no\n      at here\n")
  })

  it("writes what was thrown when it is no error", () => {
    expect(logged(false, (log) => log.error("broken", "a text"))).toBe("error: broken\n  a text\n")
    expect(logged(false, (log) => log.error("broken", null))).toBe("error: broken\n  null\n")
  })

  it.each([
    ["a\u001b[2Jb", "a\\x1b[2Jb"],
    ["a\rb", "a\\x0db"],
    ["a\0b", "a\\x00b"],
    ["a\u007fb\u009bc", "a\\x7fb\\x9bc"],
    ["a\nerror: forged", "a\\x0aerror: forged"],
    ["a\u2028b", "a\\u2028b"],
    ["a\u202eb\u2066c", "a\\u202eb\\u2066c"],
    ["grüße\t世界", "grüße\t世界"],
  ])("writes %j so that it cannot drive a terminal or look like a line of its own", (message, expected) => {
    expect(logged(false, (log) => log.info(message))).toBe(`info: ${expected}\n`)
  })

  it("never begins a line with anything but a level or a set-in text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (message, thrown) => {
        const lines = logged(false, (log) => log.error(message, thrown)).split("\n")
        expect(lines.at(-1)).toBe("")
        for (const [index, line] of lines.slice(0, -1).entries()) {
          expect(line.startsWith(index === 0 ? "error: " : "  ")).toBe(true)
          // oxlint-disable-next-line no-control-regex
          expect(line).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/)
        }
      }),
    )
  })
})

describe("streamLog() for machines", () => {
  it("writes JSON lines", () => {
    const error = new Error("no")
    const line = logged(true, (log) => log.error("broken\nforged", error))
    expect(line.indexOf("\n")).toBe(line.length - 1)
    const { time, ...rest } = JSON.parse(line) as { time: string }
    expect(rest).toEqual({ level: "error", message: "broken\nforged", error: error.stack })
    expect(new Date(time).toISOString()).toBe(time)
  })

  it("leaves the error out when there is none", () => {
    expect(Object.keys(JSON.parse(logged(true, (log) => log.info("ready"))) as object)).toEqual([
      "time",
      "level",
      "message",
    ])
  })

  it("is one JSON value in one line, whatever the message", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (message) => {
        const line = logged(true, (log) => log.warn(message))
        expect(line.trimEnd()).not.toContain("\n")
        expect(JSON.parse(line)).toMatchObject({ level: "warn", message })
      }),
    )
  })
})
