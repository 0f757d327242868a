import type { Identity } from "../../../core/identity.ts"
import type { Tools } from "../../../core/part.ts"
import type { Store } from "../../../core/store.ts"
import { remember } from "../remember.ts"
import { Refused } from "../scheme.ts"
import { forever } from "./issued-keys.ts"
import { decode, identityOf, type KeyRecord, placeOf, usedPlaceOf, wrongWith } from "./key-record.ts"
import { digestOf } from "./key-text.ts"

// So many keys are known without a look into the store; others cost one.
const most = 10_000
// How often the store hears which keys were used.
const report = 30_000

/** A key that was found in the store. */
interface Entry {
  readonly record: KeyRecord
  readonly identity: Identity
  /** When the store was asked. */
  checked: number
  asked: boolean
  used: number
  reported: number
}

/** The keys of a store, as far as they were asked for. */
export interface StoredKeys {
  /** Who shows a key, where that is known; undefined where the store has to be asked. No answer is older than `recheck`. */
  recall(text: string, recheck: number): Identity | undefined
  /** Asks the store who shows a key that has the right form. */
  find(text: string, recheck: number): Promise<Identity>
}

const known = new WeakMap<Store, StoredKeys>()

/** The keys of the store: all routes of a config share what they know of them. */
export function storedKeys(tools: Pick<Tools, "store" | "whenServed" | "log">): StoredKeys {
  const found = known.get(tools.store) ?? reading(tools)
  known.set(tools.store, found)
  return found
}

function reading({ store, whenServed, log }: Pick<Tools, "store" | "whenServed" | "log">): StoredKeys {
  // By the text: a look at it takes a fiftieth of a digest. Texts are compared only where their hashes are the same.
  const entries = new Map<string, Entry>()
  const refusals = new Map<string, { reason: string; until: number }>()
  const asking = new Map<string, Promise<Identity>>()

  whenServed(() => {
    const tell = (): void =>
      void reportUses(entries, store).catch((error: unknown) =>
        log.error("Cannot note which API keys were used.", error),
      )
    const timer = setInterval(tell, report)
    return () => {
      clearInterval(timer)
      tell()
    }
  })

  /** Asks the store; those who ask for the same key meanwhile get the same answer. */
  function ask(text: string, digest: string, recheck: number): Promise<Identity> {
    const asked = asking.get(digest)
    if (asked) return asked
    const answer = look(text, digest, recheck).finally(() => asking.delete(digest))
    asking.set(digest, answer)
    return answer
  }

  async function look(text: string, digest: string, recheck: number): Promise<Identity> {
    // Before the store is asked: what is changed meanwhile counts as news.
    const now = Date.now()
    const bytes = await store.get(placeOf(digest))
    const record = bytes && decode(bytes)
    const wrong = record ? wrongWith(record, now) : bytes ? "its record is damaged" : "nobody has this key"
    if (!record || wrong !== undefined) {
      entries.delete(text)
      remember(refusals, most, digest, { reason: wrong ?? "", until: now + recheck })
      throw new Refused(wrong ?? "")
    }
    const before = entries.get(text)
    const identity = before && Bun.deepEquals(before.record, record) ? before.identity : identityOf(record)
    remember(entries, most, text, {
      record,
      identity,
      checked: now,
      asked: false,
      used: now,
      reported: before?.reported ?? 0,
    })
    return identity
  }

  return {
    recall(text, recheck) {
      const entry = entries.get(text)
      if (!entry) return undefined
      const now = Date.now()
      const age = now - entry.checked
      // A clock that was set back makes no answer young.
      if (age >= recheck || age < 0) return undefined
      const { expires } = entry.record
      if (expires !== undefined && expires <= now) throw new Refused(wrongWith(entry.record, now) ?? "")
      entry.used = now
      // Nobody waits for the store while the answer is young enough.
      if (age > recheck / 2 && !entry.asked) {
        entry.asked = true
        ask(text, digestOf(text), recheck).catch(() => undefined)
      }
      return entry.identity
    },
    async find(text, recheck) {
      const digest = digestOf(text)
      const refusal = refusals.get(digest)
      if (refusal && refusal.until > Date.now()) throw new Refused(refusal.reason)
      return ask(text, digest, recheck)
    },
  }
}

/** Writes down when keys were used last, of those that were used since. */
async function reportUses(entries: ReadonlyMap<string, Entry>, store: Store): Promise<void> {
  for (const entry of entries.values()) {
    const { used, reported, record } = entry
    if (used === reported) continue
    entry.reported = used
    await store.set(usedPlaceOf(record.id), new TextEncoder().encode(String(used)), forever)
  }
}
