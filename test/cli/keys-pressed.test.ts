import { describe, expect, it } from "vitest"

import { help, type KeyGround, keys, press } from "../../src/cli/keys-pressed.ts"
import type { Serving } from "../../src/server/serve.ts"

function ground({ docsPath = "/docs", refused }: { docsPath?: string | undefined; refused?: string } = {}) {
  const done: string[] = []
  const serving = {
    live: { now: undefined },
    listener: { url: "http://localhost:8080", wanted: { docsPath } },
    reload: () => {
      done.push("reload")
      return Promise.resolve()
    },
  } as unknown as Serving
  const io: KeyGround["io"] = {
    out: (text) => void done.push(`out ${text}`),
    err: (text) => void done.push(text),
    cwd: "/",
    env: {},
    color: false,
    tty: true,
    width: 80,
  }
  const made: KeyGround = {
    io,
    serving,
    refused: () => refused,
    stop: () => void done.push("stop"),
    open: (url) => void done.push(`open ${url}`),
  }
  return { made, done }
}

describe("press()", () => {
  it.each([
    ["o", ["open http://localhost:8080/docs"]],
    ["r", ["reload"]],
    ["R", ["reload"]],
    ["q", ["stop"]],
    ["\u0003", ["stop"]],
    ["\u0004", ["stop"]],
    ["c", ["\u001b[2J\u001b[3J\u001b[H"]],
    ["\u000c", ["\u001b[2J\u001b[3J\u001b[H"]],
    ["?", [help(false)]],
    ["e", ["Nothing is recorded: there is no error to show.\n"]],
    ["rq", ["reload", "stop"]],
    ["x ", []],
  ])("does what %j stands for", (typed, expected) => {
    const { made, done } = ground()
    press(typed, made)
    expect(done).toEqual(expected)
  })

  it("shows why the config was refused before anything else went wrong", () => {
    const { made, done } = ground({ refused: "E301 at line 3\n" })
    press("e", made)
    expect(done).toEqual(["E301 at line 3\n"])
  })

  it("has each key once, and all of them in the help", () => {
    expect(new Set(keys.map(({ name }) => name)).size).toBe(keys.length)
    for (const { name, about } of keys)
      expect(help(false)).toMatch(new RegExp(`^ +${RegExp.escape(name)} +${about}$`, "m"))
  })
})
