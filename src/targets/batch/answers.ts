import { startWaiting, stopWaiting, type Waits } from "../../core/deadlines.ts"
import { GatewayError } from "../../core/errors.ts"
import type { Exchange } from "../../core/exchange.ts"
import type { Reply } from "../../core/reply.ts"
import { HeaderList } from "../../http/header-list.ts"
import type { Wanted } from "./read-batch.ts"
import { type BatchGround, runBatch } from "./run-batch.ts"

// What one client may ask for says nothing about the next.
const headersOf = (type: string): HeaderList => new HeaderList(["content-type", type, "cache-control", "no-store"])

/** The answer of a batch in one piece, its entries in the order of the requests. */
export async function inOnePiece(outer: Exchange, wanted: readonly Wanted[], ground: BatchGround): Promise<Reply> {
  const run = runBatch(outer, wanted, ground)
  const gone = await run.finished
  if (gone) throw gone
  const entries = wanted.map((_, place) => run.entry(place))
  return { status: 200, headers: headersOf("application/json"), body: `{"responses":[${entries.join(",")}]}` }
}

/** The answer of a batch as it comes: one line for each request, in the order in which they are done. */
export function lineByLine(outer: Exchange, wanted: readonly Wanted[], ground: BatchGround): Reply {
  const encoder = new TextEncoder()
  let leave: () => void = () => undefined
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      let open = true
      const run = runBatch(outer, wanted, ground, (place) => {
        if (open) controller.enqueue(encoder.encode(`${run.entry(place)}\n`))
      })
      leave = () => {
        open = false
        run.end(new GatewayError("client_gone", "The client went away."))
      }
      // The answer has begun: nobody else looks at the time any more.
      const waits: Waits = {
        deadline: outer.deadline,
        expire: () => run.end(new GatewayError("timeout", "The batch took too long.")),
        lookForClient: () => undefined,
      }
      if (outer.deadline !== Number.POSITIVE_INFINITY) startWaiting(waits)
      const gone = await run.finished
      stopWaiting(waits)
      if (!open) return
      if (gone) controller.error(gone)
      else controller.close()
    },
    cancel: () => leave(),
  })
  // Until its last line, the routes that it asks have to be there.
  return { status: 200, headers: headersOf("application/x-ndjson"), body, byConfig: true }
}
