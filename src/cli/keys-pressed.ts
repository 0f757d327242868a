import { readFileSync } from "node:fs"

import { summaryOf } from "../observe/recorder/shown.ts"
import type { Serving } from "../server/serve.ts"
import { columns } from "./columns.ts"
import type { Io } from "./command.ts"
import { exchangeLine } from "./exchanges/exchange-line.ts"
import { style } from "./style.ts"

/** What pressing keys works on. */
export interface KeyGround {
  readonly io: Io
  readonly serving: Serving
  /** The mistakes of the config that was refused last, as they were told; undefined while all is well. */
  refused(): string | undefined
  /** Asks the process to stop, as Ctrl-C does. */
  stop(): void
  open(url: string): void
}

/** What a key does, for the help. */
export interface Key {
  readonly name: string
  readonly about: string
  press(ground: KeyGround): void
}

const tell = ({ io }: KeyGround, text: string): void => io.err(text)

/** What keys do under `bellhop dev`. */
export const keys: readonly Key[] = [
  {
    name: "o",
    about: "opens the documentation",
    press(ground) {
      const { listener } = ground.serving
      const path = listener?.wanted.docsPath
      if (listener && path !== undefined) ground.open(listener.url + path)
      else tell(ground, "There is no documentation to open: the config says docs: false.\n")
    },
  },
  {
    name: "e",
    about: "shows the last error",
    press(ground) {
      tell(ground, ground.refused() ?? lastFailure(ground))
    },
  },
  { name: "r", about: "reloads the config", press: ({ serving }) => void serving.reload() },
  { name: "c", about: "clears the screen", press: (ground) => tell(ground, "\u001b[2J\u001b[3J\u001b[H") },
  { name: "?", about: "shows these keys", press: (ground) => tell(ground, help(ground.io.color)) },
  { name: "q", about: "quits", press: ({ stop }) => stop() },
]

// As many as are looked through for one that failed.
const firstFailure = 500

function lastFailure({ io, serving }: KeyGround): string {
  const recorder = serving.live.now?.built.observing.recorder
  if (!recorder) return "Nothing is recorded: there is no error to show.\n"
  for (const recording of recorder.latest())
    if (recording.status >= firstFailure || recording.outcome === "cut") {
      const id = recording.id.slice(-8)
      const more = style(io.color).dim(`  more: bellhop show ${id}\n`)
      return exchangeLine(summaryOf(recording, true), io) + more
    }
  return "No exchange has failed of late.\n"
}

/** The keys and what they do. */
export function help(color: boolean): string {
  const paint = style(color)
  const rows = keys.map(({ name, about }) => [paint.bold(name), about])
  return `\n${columns(rows, { indent: 2, gap: 2 })}\n`
}

const byName = new Map(keys.map((key) => [key.name, key]))

/** Does what the letters that were typed stand for; others do nothing. */
export function press(typed: string, ground: KeyGround): void {
  for (const letter of typed) {
    // In raw mode nobody else makes a signal of Ctrl-C.
    if (letter === "\u0003" || letter === "\u0004") ground.stop()
    else if (letter === "\u000c") byName.get("c")?.press(ground)
    // A person wants distance from what was before.
    else if (letter === "\r") tell(ground, "\n")
    else byName.get(letter.toLowerCase())?.press(ground)
  }
}

/** Listens for keys, where a person sits at a terminal; gives how to end that, undefined where nobody does. */
export function keysPressed(ground: Omit<KeyGround, "open">): (() => void) | undefined {
  const { stdin } = process
  if (!ground.io.tty || !stdin.isTTY || !inForeground()) return undefined
  const whole = { ...ground, open: openInBrowser }
  const typed = (data: Buffer): void => {
    const text = data.toString("latin1")
    // Keys such as arrows send an escape and letters, which nobody pressed.
    if (text === "\u001a") suspend()
    else if (!text.startsWith("\u001b")) press(text, whole)
  }
  const tame = (): void => {
    try {
      stdin.setRawMode(false)
    } catch {
      // The terminal is gone.
    }
  }
  const suspend = (): void => {
    tame()
    process.once("SIGCONT", () => stdin.setRawMode(true))
    process.kill(process.pid, "SIGTSTP")
  }
  const end = (): void => {
    stdin.off("data", typed)
    tame()
    stdin.pause()
  }
  stdin.setRawMode(true)
  stdin.on("data", typed)
  // Whatever ends the process, the terminal is as it was.
  process.once("exit", tame)
  return end
}

/** A process in the background that touches the terminal is stopped by it. */
function inForeground(): boolean {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1")
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    return group === foreground
  } catch {
    const { stdout } = Bun.spawnSync(["ps", "-o", "stat=", "-p", String(process.pid)])
    return stdout.toString().includes("+")
  }
}

function openInBrowser(url: string): void {
  const command =
    process.platform === "darwin"
      ? ["open", url]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", url]
        : ["xdg-open", url]
  try {
    Bun.spawn(command, { stdio: ["ignore", "ignore", "ignore"] }).unref()
  } catch {
    process.stderr.write(`Cannot open a browser here. The page is at ${url}\n`)
  }
}
