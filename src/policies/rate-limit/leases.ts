import type { Log } from "../../core/log.ts"
import type { Store } from "../../core/store.ts"

// Places of a process that crashed are free again after so long.
const length = 60_000
const renewal = 20_000

type Holds = Pick<Store, "hold" | "release">

/** A place that is held until it is let go of. */
interface Lease {
  readonly store: Holds
  readonly key: string
  readonly name: string
  readonly limit: number
}

// No two processes, and no client, come upon the name of another lease.
const own = crypto.randomUUID()
let count = 0

const leases = new Set<Lease>()
let renewing: ReturnType<typeof setInterval> | undefined

/** Holds one of so many places for as long as it takes; undefined when there is none. */
export function lease(
  store: Holds,
  key: string,
  limit: number,
  log: Log,
): LetGo | undefined | Promise<LetGo | undefined> {
  const name = `${own} ${count++}`
  const held = store.hold(key, name, limit, length)
  const begun = (is: boolean): LetGo | undefined => (is ? begin({ store, key, name, limit }, log) : undefined)
  return held instanceof Promise ? held.then(begun) : begun(held)
}

/** Lets go of a place, the first time that it is called. */
export type LetGo = () => void

function begin(one: Lease, log: Log): LetGo {
  leases.add(one)
  // One timer for all. A process that has nothing else to do need not stay for it.
  if (!renewing) (renewing = setInterval(renew, renewal)).unref()
  return () => {
    if (!leases.delete(one)) return
    one.store.release(one.key, one.name).catch((error: unknown) => log.error("Cannot let go of a place.", error))
  }
}

function renew(): void {
  if (leases.size === 0) {
    clearInterval(renewing)
    renewing = undefined
  }
  for (const one of leases) void renewed(one)
}

async function renewed({ store, key, name, limit }: Lease): Promise<void> {
  try {
    await store.hold(key, name, limit, length)
  } catch {
    // There is a next time before it is over; and a store that stays away is told of by those who come.
  }
}
