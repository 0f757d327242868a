import { constants } from "node:os"
import { join } from "node:path"

import { folder } from "../../support/executable.ts"
import { childrenOf } from "./process-cpu.ts"

/** A program that runs for a bench. */
export interface Program {
  readonly pid: number
  readonly stdout: ReadableStream<Uint8Array>
  readonly exited: Promise<number>
  /** What it wrote to stderr so far. */
  complaints(): Promise<string>
  kill(): void
}

/** A folder and the programs of a bench: gone when it is disposed of, and when the bench fails or is stopped. */
export interface Stage extends AsyncDisposable {
  /** Writes a file and says where it is. */
  write(file: string, content: string): string
  start(command: readonly string[], options?: { cwd?: string; env?: Readonly<Record<string, string>> }): Program
}

// In milliseconds; a program that was asked to end and did not is then ended.
const patience = 3000

/** An empty stage. */
export function stage(): Stage {
  const place = folder()
  const programs = new Set<Bun.Subprocess>()
  let started = 0
  let over: Promise<void> | undefined

  async function clear(): Promise<void> {
    const all = [...programs]
    // Politely, or the workers of nginx would stay behind.
    for (const program of all) program.kill("SIGTERM")
    await Promise.race([Promise.all(all.map(({ exited }) => exited)), Bun.sleep(patience)])
    try {
      for (const { pid } of programs) for (const each of [...childrenOf(pid), pid]) process.kill(each, "SIGKILL")
    } finally {
      place[Symbol.dispose]()
    }
  }
  const end = (): Promise<void> => (over ??= clear())
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => void end().then(() => process.exit(128 + constants.signals[signal])))

  return {
    write(file, content) {
      place.write(file, content)
      return join(place.path, file)
    },
    start(command, { cwd = place.path, env = {} } = {}) {
      if (over) throw new Error("The bench is over.")
      const complaints = Bun.file(join(place.path, `stderr-${started++}`))
      const program = Bun.spawn([...command], {
        cwd,
        env: { ...process.env, ...env },
        stdin: "ignore",
        stdout: "pipe",
        stderr: complaints,
      })
      programs.add(program)
      void program.exited.then(() => programs.delete(program))
      return {
        pid: program.pid,
        stdout: program.stdout,
        exited: program.exited,
        complaints: () => complaints.text(),
        kill: () => program.kill("SIGTERM"),
      }
    },
    [Symbol.asyncDispose]: end,
  }
}
