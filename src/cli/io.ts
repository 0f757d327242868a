import type { Io } from "./command.ts"
import { wantsColor } from "./style.ts"

/** The streams of this process, and a way to wait until all that was written has left it. */
export function processIo(): Io & { written(): Promise<void> } {
  const { env, stdout, stderr } = process
  const color = { out: wantsColor(env, stdout.isTTY), err: wantsColor(env, stderr.isTTY) }
  const last = new Map<NodeJS.WriteStream, Promise<void>>()

  const write = (stream: NodeJS.WriteStream, text: string): void => {
    last.set(stream, new Promise((resolve) => stream.write(text, () => resolve())))
  }
  for (const stream of [stdout, stderr])
    // A reader that has seen enough, as `head` does, closes its end: that ends no gateway and is no error.
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error
    })

  return {
    // Commands colour for both streams at once; the one that is not a terminal gets plain text.
    out: (text) => write(stdout, color.out ? text : Bun.stripANSI(text)),
    err: (text) => write(stderr, color.err ? text : Bun.stripANSI(text)),
    cwd: process.cwd(),
    env,
    color: color.out || color.err,
    tty: stdout.isTTY === true,
    width: Math.min(stdout.columns ?? 100, 120),
    written: async () => void (await Promise.all(last.values())),
  }
}
