/** A service that a test can kill, bring back on the same port, and make fail. */
export interface FaultyUpstream extends AsyncDisposable {
  readonly url: string
  /** The `x-id` of every request that arrived, in order. */
  readonly seen: readonly string[]
  /** What it answers from now on. */
  status: number
  /** Settles with the next request that arrives. */
  next(): Promise<void>
  /** Ends at once, with every connection. */
  kill(): Promise<void>
  revive(): void
}

/** Starts one; it takes a moment for every answer, so that a kill finds requests under way. */
export function faultyUpstream(): FaultyUpstream {
  const seen: string[] = []
  let arrived = Promise.withResolvers<void>()
  const start = (port: number) =>
    Bun.serve({
      hostname: "127.0.0.1",
      port,
      async fetch(request) {
        seen.push(request.headers.get("x-id") ?? "")
        arrived.resolve()
        arrived = Promise.withResolvers<void>()
        await Promise.all([request.text(), Bun.sleep(2)])
        return new Response("done", { status: made.status })
      },
    })
  let server = start(0)
  const port = server.port ?? 0
  const made: FaultyUpstream = {
    url: `http://127.0.0.1:${port}`,
    seen,
    status: 200,
    next: () => arrived.promise,
    kill: () => server.stop(true),
    revive: () => void (server = start(port)),
    [Symbol.asyncDispose]: () => server.stop(true),
  }
  return made
}
