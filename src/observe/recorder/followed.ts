import type { Recorder } from "../recorder.ts"
import type { Filter } from "./filter.ts"
import type { Recording } from "./recording.ts"
import { summaryOf } from "./shown.ts"

/** What somebody who follows the recorder wants to hear of. */
export interface Following {
  readonly filter: Filter
  /** Whether the tree of each exchange comes with it. */
  readonly tree: boolean
  /** How many of those that were before come first. */
  readonly last: number
  /** Those after the one of this id come first, as far as they are still there. */
  readonly after?: string | undefined
}

// What may wait for a slow reader, or for the next turn. More is dropped, and told.
const mostWaiting = 512
const mostBytes = 1024 * 1024

// Between two turns of sending: exchanges by the thousand cost one write each turn.
const turn = 50

// Proxies and readers give up connections that say nothing.
const silence = 10_000

/** A stream of server-sent events: `exchange` for each one, `dropped` with how many were not sent for want of room. */
export function followed(recorder: Recorder, { filter, tree, last, after }: Following): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let waiting: string[] = []
  let bytes = 0
  let dropped = 0
  let { skipped } = recorder.state
  let timer: ReturnType<typeof setTimeout> | undefined
  let quiet: ReturnType<typeof setInterval> | undefined
  let unfollow: (() => void) | undefined
  let controller: ReadableStreamDefaultController<Uint8Array>

  const say = (text: string): void => controller.enqueue(encoder.encode(text))

  function add(recording: Recording): void {
    if (waiting.length >= mostWaiting || bytes >= mostBytes) {
      dropped++
      return
    }
    const text = `event: exchange\nid: ${recording.id}\ndata: ${JSON.stringify(summaryOf(recording, tree))}\n\n`
    waiting.push(text)
    bytes += text.length
  }

  function flush(): void {
    timer = undefined
    // The reader is slow: what waits stays, and what has no room is dropped, until it takes more.
    if ((controller.desiredSize ?? 0) <= 0) return
    // Those that were not recorded cannot be shown, either.
    const { skipped: now } = recorder.state
    dropped += now - skipped
    skipped = now
    if (dropped > 0) waiting.push(`event: dropped\ndata: ${JSON.stringify({ count: dropped })}\n\n`)
    if (waiting.length > 0) say(waiting.join(""))
    waiting = []
    bytes = 0
    dropped = 0
  }

  function end(): void {
    unfollow?.()
    clearTimeout(timer)
    clearInterval(quiet)
  }

  return new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given
        // The head of the answer leaves with the first piece of its body.
        say(": the exchanges of this gateway, as they end\n\n")
        for (const recording of before(recorder, filter, last, after)) add(recording)
        flush()
        unfollow = recorder.follow({
          recorded(recording) {
            if (!filter(recording)) return
            add(recording)
            timer ??= setTimeout(flush, turn)
          },
          closed() {
            flush()
            end()
            controller.close()
          },
        })
        quiet = setInterval(() => {
          if ((controller.desiredSize ?? 0) > 0) say(":\n\n")
        }, silence)
      },
      pull() {
        if (waiting.length > 0 || dropped > 0) timer ??= setTimeout(flush, turn)
      },
      cancel: end,
    },
    { highWaterMark: mostBytes, size: (piece) => piece?.byteLength ?? 0 },
  )
}

/** What was before, the oldest first. */
function before(recorder: Recorder, filter: Filter, last: number, after: string | undefined): Recording[] {
  const found: Recording[] = []
  for (const recording of recorder.latest()) {
    if (recording.id === after || (after === undefined && found.length >= last)) break
    if (filter(recording)) found.push(recording)
  }
  return found.toReversed().slice(-mostWaiting)
}
