import type { Store } from "../../../core/store.ts"
import { decode, encode, type KeyRecord, placeOf, usedPlaceOf } from "./key-record.ts"
import { digestOf, makeKey, randomText } from "./key-text.ts"

/** How long the store keeps what has no end of its own. */
export const forever = 100 * 365 * 86_400_000

// A key that has ended can still be looked up for this long.
const keptAfterEnd = 90 * 86_400_000

/** What is said of a new key. */
export type Wish = Omit<KeyRecord, "id" | "subject" | "created" | "revoked" | "replaces" | "environment"> & {
  readonly environment: string
  /** Whose key it is: the key itself where nothing is said. */
  readonly subject?: string | undefined
}

/** A key that was just made: its text is known only now. */
export interface Issued {
  readonly key: string
  readonly record: KeyRecord
}

/** A key of the store, with when it was used last, as far as that was noted. */
export interface ListedKey extends KeyRecord {
  readonly used: number | undefined
}

/** A new key and what is known of it, which nobody has heard of yet. */
export function makeIssued(wish: Wish, now: number, replaces?: string): Issued {
  const id = `key_${randomText(12)}`
  return {
    key: makeKey(wish.environment),
    record: { ...wish, id, subject: wish.subject ?? id, created: now, replaces },
  }
}

/** The keys of a store, for those who look after them. */
export function issuedKeys(store: Store, now: () => number) {
  async function all(): Promise<{ digest: string; bytes: Uint8Array; record: KeyRecord }[]> {
    const first = placeOf("")
    const found = await store.list(first)
    return found.flatMap(([place, bytes]) => {
      const record = decode(bytes)
      return record ? [{ digest: place.slice(first.length), bytes, record }] : []
    })
  }

  async function create(wish: Wish, replaces?: string): Promise<Issued> {
    const made = makeIssued(wish, now(), replaces)
    await store.set(placeOf(digestOf(made.key)), encode(made.record), keptFor(made.record))
    return made
  }

  const keptFor = ({ expires }: KeyRecord): number =>
    expires === undefined ? forever : Math.max(0, expires - now()) + keptAfterEnd

  /** Changes what is known of a key; undefined when nobody has it. */
  async function change(id: string, made: (record: KeyRecord) => KeyRecord): Promise<KeyRecord | undefined> {
    for (;;) {
      const found = (await all()).find(({ record }) => record.id === id)
      if (!found) return undefined
      const record = made(found.record)
      if (await store.replace(placeOf(found.digest), found.bytes, encode(record), keptFor(record))) return record
      // Somebody else changed it meanwhile: what they did stays.
    }
  }

  return {
    create: (wish: Wish): Promise<Issued> => create(wish),

    /** All keys, those that ended lately too, in the order in which they were made. */
    async list(): Promise<ListedKey[]> {
      const found = await all()
      const listed = found.map(async ({ record }) => {
        const used = await store.get(usedPlaceOf(record.id))
        return { ...record, used: used && Number(new TextDecoder().decode(used)) }
      })
      return (await Promise.all(listed)).toSorted((one, other) => (one.created ?? 0) - (other.created ?? 0))
    },

    /** Ends a key now; undefined when nobody has it. One that had ended before stays as it is. */
    revoke: (id: string): Promise<KeyRecord | undefined> =>
      change(id, (record) => (record.revoked === undefined ? { ...record, revoked: now() } : record)),

    /** Puts a new key in the place of one, which holds for `overlap` yet; undefined when nobody has it. */
    async roll(id: string, overlap: number, expires?: number): Promise<Issued | undefined> {
      const old = (await all()).find(({ record }) => record.id === id)?.record
      if (!old) return undefined
      const { created, environment = "live", revoked: _, replaces: __, id: ___, ...rest } = old
      const lifetime = old.expires !== undefined && created !== undefined ? now() + old.expires - created : undefined
      // The new one first: whatever fails in between, there is one that holds.
      const made = await create({ ...rest, environment, expires: expires ?? lifetime }, id)
      const end = now() + overlap
      await change(id, (record) => ({ ...record, expires: Math.min(record.expires ?? end, end) }))
      return made
    },
  }
}
