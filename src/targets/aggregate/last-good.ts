import { identityKey } from "../../core/identity.ts"
import type { Keep } from "../../core/kept.ts"
import type { Outgoing } from "./ask.ts"
import type { Answered } from "./read-answer.ts"
import { readValue } from "./read-value.ts"
import type { Run } from "./run.ts"

const mostAnswers = 1000
const mostBytes = 32 * 1024 * 1024
// One answer may not push all others out.
const largest = 1024 * 1024

interface Kept {
  readonly bytes: Uint8Array
  readonly type: string | undefined
  readonly status: number
  readonly at: number
}

/** The last good answers of calls, the ones used longest ago given up first. */
export class LastGood {
  readonly #answers = new Map<string, Kept>()
  #size = 0

  /** The last good answer under this key, if it is young enough. */
  get(key: string, maxAge: number): unknown {
    const found = this.#answers.get(key)
    if (!found || performance.now() - found.at > maxAge) return undefined
    this.#answers.delete(key)
    this.#answers.set(key, found)
    return found.bytes.byteLength === 0 ? null : readValue(found.bytes, found.type)
  }

  set(key: string, { bytes, headers, status }: Answered): void {
    this.#drop(key)
    if (bytes.byteLength > largest || /\bno-store\b/i.test(headers.get("cache-control") ?? "")) return
    // A copy: what was read may be a corner of a much larger piece of memory.
    this.#answers.set(key, { bytes: bytes.slice(), type: headers.get("content-type"), status, at: performance.now() })
    this.#size += bytes.byteLength
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= mostAnswers && this.#size <= mostBytes) return
      this.#drop(oldest)
    }
  }

  #drop(key: string): void {
    this.#size -= this.#answers.get(key)?.bytes.byteLength ?? 0
    this.#answers.delete(key)
  }
}

/** The answers that this process remembers, whatever becomes of the config. */
export const lastGood = (keep: Keep): LastGood => keep("last good answers of parts", () => new LastGood())

// Who asks is part of what is asked: one user never gets what another one got.
const whoAsks = ["authorization", "cookie", "x-api-key"]

/** The key of a call: the same for the same question by the same user. */
export function callKey(service: string, { method, rawPath, search, headers, content }: Outgoing, run: Run): string {
  const { headers: sent, identity } = run.exchange
  const asks = whoAsks.map((name) => sent.all(name))
  // `auth` has taken their credentials out of the headers.
  if (identity) asks.push([identityKey(identity)])
  const text = JSON.stringify([service, method, rawPath, search, headers ?? null, content ?? null, asks])
  return new Bun.CryptoHasher("sha256").update(text).digest("base64")
}
