import { type FailureCode, GatewayError } from "../../core/errors.ts"
import type { Reply } from "../../core/reply.ts"
import { HeaderList } from "../../http/header-list.ts"
import { isHopByHop } from "../../http/hop-by-hop.ts"

/** What a request with a key came to, as all who send it again are told. */
export type Outcome =
  | { readonly kind: "answer"; readonly status: number; readonly lines: readonly string[]; readonly body: Uint8Array }
  | {
      readonly kind: "failure"
      readonly code: FailureCode
      readonly status: number
      readonly detail: string
      readonly headers: Readonly<Record<string, string>>
      readonly members: Readonly<Record<string, unknown>>
    }
  /** It was carried out, but what it answered was not kept. */
  | { readonly kind: "untold" }

/** What a store has about a key: for which request it was used, and what that came to once that is known. */
export interface Entry {
  readonly fingerprint: string
  readonly outcome: Outcome | undefined
}

// Those are about one answer on one connection, not about what was done; and waiting makes no other answer of this one.
const notKept = new Set(["date", "content-length", "x-request-id", "retry-after"])

/** An answer as it is kept. */
export const answerOutcome = ({ status, headers }: Reply, body: Uint8Array): Outcome => {
  const kept = headers.copy()
  kept.drop((name) => notKept.has(name) || isHopByHop(name))
  return { kind: "answer", status, lines: kept.lines, body }
}

/** A failure as it is kept; what the client may not know is not in it. */
export function failureOutcome(error: unknown): Outcome {
  const known =
    error instanceof GatewayError
      ? error
      : new GatewayError("internal", "The first request with this idempotency key failed.")
  const { code, status, message: detail, members } = known
  const headers = Object.fromEntries(Object.entries(known.headers).filter(([name]) => !notKept.has(name)))
  return { kind: "failure", code, status, detail, headers, members }
}

/** Says to the client that an answer was given before. */
export const replayedHeader = "x-bellhop-replayed"

/** The answer for who sends a request again. */
export function replayed(outcome: Outcome): Reply {
  if (outcome.kind === "answer") {
    const headers = new HeaderList([...outcome.lines])
    headers.set(replayedHeader, "true")
    return { status: outcome.status, headers, body: outcome.body.slice() }
  }
  if (outcome.kind === "failure")
    throw new GatewayError(outcome.code, outcome.detail, {
      status: outcome.status,
      headers: { ...outcome.headers, [replayedHeader]: "true" },
      members: outcome.members,
    })
  throw new GatewayError(
    "idempotent_answer_lost",
    "The first request with this idempotency key was carried out, but its answer was not kept: it was too large.",
    { headers: { [replayedHeader]: "true" } },
  )
}

/** The bytes that say of a key that somebody is at work with it; no two are the same. */
export const pendingEntry = (fingerprint: string): Uint8Array =>
  Buffer.from(JSON.stringify({ fingerprint, by: crypto.randomUUID() }))

/** The bytes that say of a key what it came to: a line of JSON, and the body behind it as it is. */
export function settledEntry({ fingerprint, outcome }: { fingerprint: string; outcome: Outcome }): Uint8Array {
  const { body, ...head } = outcome.kind === "answer" ? outcome : { ...outcome, body: new Uint8Array() }
  return Buffer.concat([Buffer.from(`${JSON.stringify({ fingerprint, outcome: head })}\n`), body])
}

/** Reads either back. */
export function readEntry(bytes: Uint8Array): Entry {
  const end = bytes.indexOf(10)
  const head = Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString()
  const { fingerprint, outcome } = JSON.parse(head) as { fingerprint: string; outcome?: Outcome }
  return {
    fingerprint,
    outcome: outcome?.kind === "answer" ? { ...outcome, body: bytes.slice(end + 1) } : outcome,
  }
}
