import type { Problem } from "../../src/core/schema.ts"
import { stores } from "../../src/stores/index.ts"
import type { AnyStore, OwnedStore } from "../../src/stores/store-part.ts"
import { folder } from "./executable.ts"
import type { Redis } from "./redis.ts"

/** A store of a test, whose time the test sets. */
export interface TimedStore extends OwnedStore, Disposable {
  now(): number
  pass(length: number): Promise<void>
}

/** So late that Redis finds nothing over by its own clock. */
export const begin = 4_000_000_000_000

let count = 0

/** The options of a store that stands in this folder, or in this server under a prefix of its own. */
export function optionsOf(name: string, path: string, server: Redis): Record<string, unknown> {
  if (name === "redis") return { url: server.url, prefix: `t${count++}:`, timeout: "5s" }
  return { limit: "2mb", ...(name === "sqlite" ? { path: `${path}/data/store.sqlite` } : {}) }
}

/** A store of this name, out of options as a config has them. */
export function storeOf(name: string, options: unknown, now: () => number): OwnedStore {
  const part = stores.find((one): one is AnyStore => one.name === name)
  if (!part) throw new Error(`There is no store "${name}".`)
  const fail = ({ message }: Problem): never => {
    throw new Error(message)
  }
  return part.create(part.options.parse(options, [], fail), { root: "/", now })
}

/** A store of its own. */
export function timedStore(name: string, server: Redis): TimedStore {
  const place = folder()
  let time = begin
  const store = storeOf(name, optionsOf(name, place.path, server), () => time)
  return Object.assign(store, {
    now: () => time,
    async pass(length: number) {
      time += length
      if (name === "redis") await server.expire(time)
    },
    [Symbol.dispose]() {
      store.close()
      place[Symbol.dispose]()
    },
  })
}
