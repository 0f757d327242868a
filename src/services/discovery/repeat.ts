import { longestTimer, reasonOf } from "../ask.ts"

// Soon at first, because much of what fails at the start of a machine is there a moment later.
const shortest = 500
const longest = 30_000

/**
 * Takes turns until it is ended: each says in how many milliseconds the next one is due. After a failure the wait
 * doubles, and varies, so that a registry that comes back is not met by everybody at once.
 */
export function repeat(turn: (signal: AbortSignal) => Promise<number>, failed: (reason: string) => void): () => void {
  const stopped = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let backoff = shortest

  async function next(): Promise<void> {
    let wait: number
    try {
      wait = await turn(stopped.signal)
      backoff = shortest
    } catch (error) {
      if (stopped.signal.aborted) return
      failed(reasonOf(error))
      wait = backoff * (0.75 + Math.random() / 4)
      backoff = Math.min(backoff * 2, longest)
    }
    if (!stopped.signal.aborted) timer = setTimeout(() => void next(), Math.min(wait, longestTimer))
  }

  void next()
  return () => {
    stopped.abort()
    clearTimeout(timer)
  }
}
