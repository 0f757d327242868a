import { startWaiting, stopWaiting, type Waits } from "../../core/deadlines.ts"

/** A body that is written as its reader takes it. */
export interface StreamBody {
  readonly body: ReadableStream<Uint8Array>
  send(text: string): void
  end(text: string): void
}

/** What is sent to a reader that waits for long. */
export interface Heartbeat {
  readonly text: string | undefined
  /** How long is long, in milliseconds. */
  readonly every: number
}

/** Begins a body; `left` is called when its reader leaves, and settles when nothing goes on any more. */
export function streamBody(left: () => Promise<void>, { text: beat, every }: Heartbeat): StreamBody {
  let waiting: string[] = []
  let open = true
  let ended = false
  let wake: () => void = () => undefined

  const arrival = (): Promise<void> =>
    new Promise((resolve) => {
      const quiet: Waits = {
        deadline: performance.now() + every,
        expire: () => send(beat ?? ""),
        lookForClient: () => undefined,
      }
      wake = () => {
        stopWaiting(quiet)
        resolve()
      }
      if (beat !== undefined) startWaiting(quiet)
    })

  const send = (text: string): void => {
    if (!open || ended) return
    waiting.push(text)
    wake()
  }

  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (waiting.length === 0 && !ended) await arrival()
        if (!open) return
        const text = waiting.join("")
        waiting = []
        if (text !== "") controller.enqueue(Buffer.from(text))
        if (ended) controller.close()
      },
      cancel() {
        open = false
        waiting = []
        wake()
        return left()
      },
    },
    // What comes waits as it is until somebody takes it.
    { highWaterMark: 0 },
  )
  return {
    body,
    send,
    end(text) {
      send(text)
      ended = true
      wake()
    },
  }
}
