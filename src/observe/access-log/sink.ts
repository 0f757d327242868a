import { write } from "node:fs"

/** Where lines go. */
export interface Sink {
  /** Settles when all of it is written. */
  write(bytes: Uint8Array): Promise<void>
  close(): Promise<void>
}

// Who reads a pipe slowly is waited for: until there is no more room, nobody else is.
const pause = 20

/** A stream of the process: 1 is the standard output, 2 the standard error. */
export const streamSink = (descriptor: 1 | 2): Sink => ({
  async write(bytes) {
    for (let at = 0; at < bytes.byteLength;)
      try {
        at += await writeSome(descriptor, bytes, at)
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error
        await Bun.sleep(pause)
      }
  },
  close: () => Promise.resolve(),
})

const writeSome = (descriptor: number, bytes: Uint8Array, at: number): Promise<number> =>
  new Promise((resolve, reject) => {
    write(descriptor, bytes, at, bytes.byteLength - at, null, (error, written) =>
      error ? reject(error) : resolve(written),
    )
  })
