import type { Store } from "../../core/store.ts"
import { pattern, type Purge } from "./purge-query.ts"

/** A purge, and when it was. */
export interface Told {
  readonly what: Purge
  readonly at: number
}

const key = "cache news"

/** No answer lies in a store for longer. */
export const longest = 7 * 24 * 60 * 60 * 1000

// Those of single URLs are remembered beside, for whoever looks there: this is for those who have them in memory.
const urlsFor = 60_000
const mostUrls = 500
const mostRules = 100
const patience = 20

/** Tells everybody who shares a store of a purge; under which time, which no other one has. */
export async function tellPurge(store: Store, what: Purge, now: number): Promise<number> {
  for (let tries = 0; tries < patience; tries++) {
    const before = await store.get(key)
    const at = Math.max(now, (read(before).at(-1)?.at ?? 0) + 1)
    const after = Buffer.from(JSON.stringify(trimmed([...read(before), { what, at }], at)))
    if (before ? await store.replace(key, before, after, longest) : await store.add(key, after, longest)) return at
  }
  throw new Error("Too many purge at once: others may have answers for a while that were to be dropped.")
}

/** The purges of the last days, the latest last. */
export const purgesIn = async (store: Store): Promise<readonly Told[]> => read(await store.get(key))

const read = (bytes: Uint8Array | undefined): readonly Told[] =>
  bytes ? (JSON.parse(Buffer.from(bytes).toString()) as Told[]) : []

function trimmed(all: readonly Told[], now: number): readonly Told[] {
  const urls = all.filter(({ what, at }) => what.by === "url" && at > now - urlsFor).slice(-mostUrls)
  const rules = all.filter(({ what, at }) => what.by !== "url" && at > now - longest)
  const whole = rules.findLastIndex(({ what }) => what.by === "all")
  const left = whole < 0 ? rules : rules.slice(whole)
  // Too many to look through for each answer: then nothing counts that was there before.
  const few = left.length > mostRules ? [{ what: { by: "all" } as const, at: now }] : left
  return [...urls, ...few].sort((one, other) => one.at - other.at)
}

/** Whether an answer was asked for before a purge that is about it. */
export const isPurged = (told: readonly Told[], uri: string, tags: readonly string[], asked: number): boolean =>
  told.some(({ what, at }) => {
    if (at < asked) return false
    if (what.by === "all") return true
    if (what.by === "tag") return tags.includes(what.value)
    return what.by === "url" ? what.value === uri : pattern(what.value).test(uri)
  })
