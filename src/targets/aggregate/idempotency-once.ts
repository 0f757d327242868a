import { GatewayError } from "../../core/errors.ts"
import type { Exchange } from "../../core/exchange.ts"
import type { Tools } from "../../core/part.ts"
import { type Outcome, pendingEntry, readEntry, settledEntry } from "./idempotency-answer.ts"

/** What the work for a key came to. */
export interface Done {
  readonly outcome: Outcome
  /** Whether who comes later is told the same; otherwise the key is free again. */
  readonly keeps: boolean
}

/** A key under way in this process: for which request, and what that came to; undefined when somebody else has the key. */
interface UnderWay {
  readonly fingerprint: string
  readonly outcome: Promise<Outcome | undefined>
}

/** Where a key stands in the store, and for which request. */
export interface Claim {
  readonly place: string
  readonly fingerprint: string
}

// How long a key stays taken when its process ends without a word; renewed while the work goes on.
const lease = 15_000
const renewEvery = 5_000

// Others are waited for as long as the client's own time allows, but for what saying so takes.
const margin = 100
const longestWait = 60_000
const firstPause = 25
const longestPause = 500

/** Does the work for a key once: in this process, and in all that share its store. Others get what it came to. */
export function onceByKey(ttl: number, { keep, store, log }: Pick<Tools, "keep" | "store" | "log">) {
  const underWay = keep("idempotency keys under way", () => new Map<string, UnderWay>())

  return async function once<D extends Done>(
    claim: Claim,
    exchange: Exchange,
    work: () => Promise<D>,
  ): Promise<{ mine: D } | { theirs: Outcome }> {
    const until = Math.min(exchange.deadline - margin, performance.now() + longestWait)
    for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
      const there = underWay.get(claim.place)
      const found = there ? await joined(there, claim, until) : await first(claim, work)
      if (found) return found
      const left = until - performance.now()
      if (left <= 0 || exchange.isOver) throw inUse()
      await new Promise((resolve) => setTimeout(resolve, Math.min(pause, left)))
    }
  }

  /** Takes the key, or finds out what it came to; those who come meanwhile share what is found. */
  async function first<D extends Done>(claim: Claim, work: () => Promise<D>) {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome | undefined>()
    promise.catch(() => undefined)
    underWay.set(claim.place, { fingerprint: claim.fingerprint, outcome: promise })
    try {
      const found = await taken(claim, work)
      resolve(found && ("mine" in found ? found.mine.outcome : found.theirs))
      return found
    } catch (error) {
      reject(error)
      throw error
    } finally {
      underWay.delete(claim.place)
    }
  }

  async function taken<D extends Done>({ place, fingerprint }: Claim, work: () => Promise<D>) {
    // A look comes first: it needs no lock and no room, so answers are there as long as the store can be read.
    const bytes = await store.get(place)
    if (!bytes) {
      const mark = pendingEntry(fingerprint)
      const isOurs = await store.add(place, mark, lease)
      return isOurs ? { mine: await carriedOut({ place, fingerprint }, mark, work) } : undefined
    }
    const entry = readEntry(bytes)
    if (entry.fingerprint !== fingerprint) throw reused()
    return entry.outcome && { theirs: entry.outcome }
  }

  async function carriedOut<D extends Done>(claim: Claim, mark: Uint8Array, work: () => Promise<D>): Promise<D> {
    // A store that fails now may be there again when the answer is to be kept.
    const renew = (): void => void store.replace(claim.place, mark, mark, lease).catch(() => undefined)
    const renewing = setInterval(renew, renewEvery)
    let done: D
    try {
      done = await work()
    } finally {
      clearInterval(renewing)
    }
    await settle(claim, mark, done)
    return done
  }

  // Whatever the store says now: what was done was done, and its own client is told.
  async function settle({ place, fingerprint }: Claim, mark: Uint8Array, { outcome, keeps }: Done): Promise<void> {
    const write = (what: Outcome): Promise<boolean> =>
      store.replace(place, mark, settledEntry({ fingerprint, outcome: what }), ttl)
    try {
      const isOurs = keeps ? await write(outcome) : await store.remove(place, mark)
      if (!isOurs) log.warn("The store gave an idempotency key to somebody else while its request was under way.")
    } catch (error) {
      log.error("Cannot keep the answer to a request with an idempotency key.", error)
      // There may still be room for a word.
      if (keeps) await write({ kind: "untold" }).catch(() => undefined)
    }
  }
}

async function joined(there: UnderWay, claim: Claim, until: number): Promise<{ theirs: Outcome } | undefined> {
  if (there.fingerprint !== claim.fingerprint) throw reused()
  const { promise: over, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(resolve, Math.max(0, until - performance.now()))
  try {
    const outcome = await Promise.race([there.outcome, over])
    return outcome && { theirs: outcome }
  } finally {
    clearTimeout(timer)
  }
}

const reused = (): GatewayError =>
  new GatewayError(
    "idempotency_key_reused",
    "This idempotency key was sent with another request: send this one with a key of its own.",
  )

const inUse = (): GatewayError =>
  new GatewayError(
    "idempotency_key_in_use",
    "A request with this idempotency key is under way: send it again in a moment.",
    { headers: { "retry-after": "2" } },
  )
