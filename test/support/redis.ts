import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"

import { RedisClient } from "bun"

import { folder } from "./executable.ts"

/** A real Redis server on a unix socket of its own. */
export interface Redis extends AsyncDisposable {
  /** As a config names it. */
  readonly url: string
  readonly folder: string
  /** Asks it something, past every store. */
  send(command: string, args?: readonly string[]): Promise<unknown>
  /** What is over by this time goes, as Redis would do it by its own clock. */
  expire(time: number): Promise<void>
  /** Stops it where it stands: it takes connections, and answers nobody. */
  freeze(): void
  thaw(): void
  /** Ends it at once. */
  stop(): Promise<void>
  /** Starts it again, with nothing in it. */
  start(): Promise<void>
}

const dropOver = `
for _, key in ipairs(redis.call('KEYS', '*')) do
  local time = redis.call('PEXPIRETIME', key)
  if time >= 0 and time <= tonumber(ARGV[1]) then redis.call('DEL', key) end
end`

/** Starts redis-server with these options beside the usual ones; certificates for TLS are given as files. */
export async function redisServer(
  options: readonly string[] = [],
  certificates: Readonly<Record<"ca.pem" | "server.pem" | "server.key", string>> | undefined = undefined,
): Promise<Redis> {
  const files = folder(certificates ?? {})
  const socket = join(files.path, "redis.sock")
  const url = `redis+unix://${socket}`
  let child: ReturnType<typeof begin> | undefined
  let client: RedisClient | undefined

  const program = Bun.which("redis-server", { PATH: `${process.env.PATH}:/usr/sbin` }) ?? "redis-server"
  const usual = ["--port", "0", "--unixsocket", socket, "--dir", files.path, "--save", "", "--appendonly", "no"]
  const tls = ["--tls-ca-cert-file", "ca.pem", "--tls-cert-file", "server.pem", "--tls-key-file", "server.key"]
  const begin = () =>
    Bun.spawn([program, ...usual, ...(certificates ? tls : []), ...options], {
      cwd: files.path,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
    })

  async function start(): Promise<void> {
    // The one before may have left it behind.
    if (existsSync(socket)) rmSync(socket)
    child = begin()
    if (!(await said(child.stdout, "eady to accept connections"))) throw new Error("redis-server does not start.")
  }

  async function stop(): Promise<void> {
    client?.close()
    client = undefined
    child?.kill("SIGKILL")
    await child?.exited
  }

  const send = async (command: string, args: readonly string[] = []): Promise<unknown> => {
    client ??= new RedisClient(url)
    return client.send(command, [...args])
  }

  await start()
  return {
    url,
    folder: files.path,
    send,
    expire: async (time) => void (await send("EVAL", [dropOver, "0", String(time)])),
    freeze: () => child?.kill("SIGSTOP"),
    thaw: () => child?.kill("SIGCONT"),
    start,
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      files[Symbol.dispose]()
    },
  }
}

/** Whether a stream says this before it ends; what comes afterwards is read and dropped. */
function said(stream: ReadableStream<Uint8Array>, words: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  void (async () => {
    let text = ""
    const decoder = new TextDecoder()
    for await (const chunk of stream) {
      if (text.length < 100_000) text += decoder.decode(chunk, { stream: true })
      if (text.includes(words)) resolve(true)
    }
    resolve(false)
  })()
  return promise
}
