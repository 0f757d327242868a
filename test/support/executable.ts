import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

/** The compiled executable that journeys drive. */
export const executable = join(import.meta.dirname, "../../dist/bellhop")

/** A folder of its own, with these files; gone when disposed of. */
export interface Folder extends Disposable {
  readonly path: string
  write(file: string, content: string): void
}

/** Makes an empty folder and writes files into it. */
export function folder(files: Readonly<Record<string, string>> = {}): Folder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "bellhop-")))
  const write = (file: string, content: string): void => {
    mkdirSync(dirname(join(path, file)), { recursive: true })
    writeFileSync(join(path, file), content)
  }
  for (const [file, content] of Object.entries(files)) write(file, content)
  return { path, write, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** One line that `--json` prints. */
export interface BellhopEvent {
  event: "ready" | "reload"
  url?: string
  admin?: string
  outcome?: "applied" | "refused" | "unchanged"
  generation?: number
  issues?: {
    code: string
    file: string | null
    line: number | null
    column: number | null
    message: string
    fix: string | null
  }[]
}

/** A running executable and what it says. */
export interface Running extends AsyncDisposable {
  readonly pid: number
  readonly exited: Promise<number>
  /** Everything it said so far. */
  readonly events: readonly BellhopEvent[]
  readonly stderr: () => string
  /** The next event that fits, said already or yet to come; each is handed out once. */
  next(fits: (event: BellhopEvent) => boolean): Promise<BellhopEvent>
  kill(signal?: NodeJS.Signals): void
}

/** Starts the executable in a folder; with `--json` its events can be waited for. */
export function run(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
  program = executable,
): Running {
  const child = Bun.spawn([program, ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  const events: BellhopEvent[] = []
  const unseen: BellhopEvent[] = []
  const waiting: {
    fits: (event: BellhopEvent) => boolean
    resolve: (event: BellhopEvent) => void
    reject: (error: Error) => void
  }[] = []
  let errors = ""
  const said = (event: BellhopEvent): void => {
    events.push(event)
    const index = waiting.findIndex(({ fits }) => fits(event))
    if (index < 0) unseen.push(event)
    else waiting.splice(index, 1)[0]?.resolve(event)
  }
  void lines(child.stdout, (line) => {
    if (line.startsWith("{")) said(JSON.parse(line) as BellhopEvent)
  })
  const collected = lines(child.stderr, (line) => (errors += `${line}\n`))
  void child.exited.then(async (code) => {
    await collected
    for (const { reject } of waiting.splice(0)) reject(new Error(`bellhop ended with ${code}: ${errors}`))
  })
  return {
    pid: child.pid,
    exited: child.exited,
    events,
    stderr: () => errors,
    next(fits) {
      const index = unseen.findIndex(fits)
      const found = index < 0 ? undefined : unseen.splice(index, 1)[0]
      if (found) return Promise.resolve(found)
      return new Promise((resolve, reject) => waiting.push({ fits, resolve, reject }))
    },
    kill: (signal = "SIGTERM") => child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL")
      await child.exited
    },
  }
}

/** A gateway that serves a folder's config: `url` is where. */
export async function serving(
  path: string,
  {
    command = "dev",
    args = [],
    env = {},
  }: { command?: "dev" | "start"; args?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
): Promise<Running & { url: string; admin: string }> {
  const running = run([command, "--json", ...args], path, env)
  const ready = await running.next(({ event }) => event === "ready")
  return Object.assign(running, { url: ready.url ?? "", admin: ready.admin ?? "" })
}

async function lines(stream: ReadableStream<Uint8Array>, line: (text: string) => void): Promise<void> {
  let rest = ""
  const decoder = new TextDecoder()
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n")
    rest = parts.pop() ?? ""
    for (const part of parts) line(part)
  }
  if (rest !== "") line(rest)
}
