import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"

import { afterEach, describe, expect, it, onTestFinished } from "vitest"

import { allRan, CommandSecret, exec, gatherCommands } from "../../src/core/exec.ts"
import { useSurroundings } from "../../src/core/secret.ts"
import { text } from "../../src/core/values.ts"
import { parsed } from "./parsed.ts"

afterEach(() => useSurroundings(process.env, "."))

function surroundings(variables: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "bellhop-exec-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  useSurroundings({ PATH: process.env.PATH, ...variables }, folder)
  return folder
}

async function ran(command: readonly [string, ...string[]], options?: { timeout?: string; every?: string }) {
  const secret = exec(command, options)
  if (!(secret instanceof CommandSecret)) expect.fail()
  await secret.ran
  return secret
}

const shell = (script: string): [string, ...string[]] => ["sh", "-c", script]

describe("exec()", () => {
  it("is what the command prints, without spaces around it", async () => {
    surroundings()
    expect(parsed(text(), await ran(["echo", "  hunter2 "]))).toEqual({ value: "hunter2", problems: [] })
  })

  it("runs in the folder of the config with its variables, and without a shell", async () => {
    const folder = surroundings({ TOKEN: "hunter2" })
    writeFileSync(join(folder, "token"), "from here")
    expect((await ran(["cat", "token"])).reveal()).toBe("from here")
    expect((await ran(shell('printf %s "$TOKEN"'))).reveal()).toBe("hunter2")
    expect((await ran(["echo", "$TOKEN; ls"])).reveal()).toBe("$TOKEN; ls")
  })

  it.each([
    [["no-such-program-here", "x"], 'exec(["no-such-program-here", …])', "there is no such program"],
    [shell("echo hunter2; exit 3"), 'exec(["sh", …])', "it ended with 3"],
    [shell("echo hunter2 >&2"), 'exec(["sh", …])', "it printed nothing"],
    [shell("head -c 2000000 /dev/zero"), 'exec(["sh", …])', "it prints more than a secret"],
    [["true"], 'exec(["true"])', "it printed nothing"],
  ] satisfies [[string, ...string[]], string, string][])(
    "is a problem when it fails: %j",
    async (command, from, why) => {
      surroundings()
      const { problems } = parsed(text(), await ran(command))
      expect(problems).toMatchObject([{ code: "E505", message: `Cannot read ${from}: ${why}.` }])
      expect(JSON.stringify(problems)).not.toContain("hunter2")
    },
  )

  it("is given up after its time, even where something it began holds on to its output", async () => {
    surroundings()
    const { problems } = parsed(text(), await ran(shell("sleep 30 & sleep 30"), { timeout: "50ms" }))
    expect(problems).toMatchObject([{ message: 'Cannot read exec(["sh", …]): it took too long.' }])
  })

  it("shows neither what it printed nor what the program was given", async () => {
    surroundings()
    const secret = await ran(["echo", "hunter2"])
    for (const shown of [inspect(secret, { depth: 9, showHidden: true }), Bun.inspect(secret), JSON.stringify(secret)])
      expect(shown).not.toContain("hunter2")
    expect(() => String(secret)).toThrow('exec(["echo", …])')
  })

  it("tells whether it prints something else by now, or why that cannot be told", async () => {
    const folder = surroundings()
    writeFileSync(join(folder, "token"), "one")
    const secret = await ran(["cat", "token"])
    useSurroundings({}, "/")
    expect(await secret.again()).toBe(false)
    writeFileSync(join(folder, "token"), "two")
    expect(await secret.again()).toBe(true)
    expect(secret.reveal()).toBe("one")
    rmSync(join(folder, "token"))
    expect(await secret.again()).toBe("it ended with 1")
  })

  it.each([
    [() => exec([] as never), "exec() takes a program and what it is given"],
    [() => exec("vault kv get" as never), "exec() takes a program and what it is given"],
    [() => exec(["vault", 1] as never), "exec() takes a program and what it is given"],
    [() => exec(["true"], { timeout: "soon" }), 'The option "timeout" of exec(): Expected a duration'],
    [() => exec(["true"], { every: "5" }), 'The option "every" of exec(): Expected a duration'],
    [() => exec(["true"], { evry: "5m" } as never), 'exec() has no option "evry"'],
  ])("throws where it is not called as its types say", (call, message) => {
    expect(call).toThrow(message)
  })
})

describe("allRan()", () => {
  it("stops those that are under way when nobody waits any more", async () => {
    surroundings()
    const commands = gatherCommands()
    exec(["sleep", "30"], { timeout: "1m" })
    const left = new AbortController()
    const waiting = allRan(commands, left.signal)
    left.abort()
    await waiting
    expect(commands.map((command) => command.absence.why)).toEqual(["it was stopped"])
  })
})
