/** A service that a test can make fail. */
export interface FaultyUpstream extends AsyncDisposable {
  readonly url: string
  /** The `x-id` of every request that arrived, in order. */
  readonly seen: readonly string[]
  /** What it answers from now on. */
  status: number
  /** Settles with the next request that arrives. */
  next(): Promise<void>
}

/** Starts one. */
export function faultyUpstream(): FaultyUpstream {
  const seen: string[] = []
  let arrived = Promise.withResolvers<void>()
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      seen.push(request.headers.get("x-id") ?? "")
      arrived.resolve()
      arrived = Promise.withResolvers<void>()
      await request.text()
      return new Response("done", { status: made.status })
    },
  })
  const made: FaultyUpstream = {
    url: `http://127.0.0.1:${server.port}`,
    seen,
    status: 200,
    next: () => arrived.promise,
    [Symbol.asyncDispose]: () => server.stop(true),
  }
  return made
}
