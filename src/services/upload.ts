import type { Exchange } from "../core/exchange.ts"
import { untilEnd } from "../core/until-end.ts"

/** Watches the body of a request; the function says whether all of it was taken. */
export function upload(exchange: Exchange): () => boolean {
  if (exchange.body === null) return isSent
  let whole = false
  exchange.body = untilEnd(exchange.body, (ended) => (whole = ended))
  return () => whole
}

const isSent = (): boolean => true
