import { join } from "node:path"

/** A service whose process a test can kill, and start again on the same port. */
export interface ServiceProcess extends AsyncDisposable {
  readonly url: string
  /** What it answers. */
  readonly name: string
  /** The `x-id` of every request that arrived, in order: written down before the service did anything else with it. */
  readonly seen: readonly string[]
  /** SIGKILL; settles when everything that it had seen is known. */
  kill(): Promise<void>
  /** Settles when it listens again. */
  start(): Promise<void>
}

/** Starts one. */
export async function serviceProcess(name: string): Promise<ServiceProcess> {
  const seen: string[] = []
  let port = 0
  let kill = (): Promise<unknown> => Promise.resolve()

  async function start(): Promise<void> {
    const script = join(import.meta.dirname, "counting-service.ts")
    const child = Bun.spawn([process.execPath, script, name, String(port)], { stdin: "ignore", stdout: "pipe" })
    const listening = Promise.withResolvers<void>()
    let first = true
    const heard = lines(child.stdout, (line) => {
      if (!first) return void seen.push(line)
      first = false
      port = Number(line)
      listening.resolve()
    })
    kill = () => {
      child.kill("SIGKILL")
      return Promise.all([child.exited, heard])
    }
    await Promise.race([
      listening.promise,
      child.exited.then((code) => {
        throw new Error(`The service "${name}" ended with ${code}.`)
      }),
    ])
  }
  await start()
  return {
    url: `http://127.0.0.1:${port}`,
    name,
    seen,
    start,
    kill: async () => void (await kill()),
    [Symbol.asyncDispose]: async () => void (await kill()),
  }
}

async function lines(stream: ReadableStream<Uint8Array>, line: (text: string) => void): Promise<void> {
  let rest = ""
  const decoder = new TextDecoder()
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n")
    rest = parts.pop() ?? ""
    for (const part of parts) line(part)
  }
}
