import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

import { onTestFinished } from "vitest"

import type { AnyCommand } from "../../src/cli/command.ts"
import { run } from "../../src/cli/run.ts"

/** Runs a command line as a shell would, without a process. */
export async function called(
  argv: readonly string[],
  { cwd = tmpdir(), color = false, width = 100, commands }: Surroundings = {},
): Promise<{ code: number; out: string; err: string }> {
  let out = ""
  let err = ""
  const io = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    cwd,
    env: {},
    color,
    tty: color,
    width,
  }
  const code = await (commands ? run(argv, io, commands) : run(argv, io))
  return { code, out, err }
}

interface Surroundings {
  cwd?: string
  color?: boolean
  width?: number
  commands?: readonly AnyCommand[]
}

/** An empty folder that goes when the test ends. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "bellhop-cli-"))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}
