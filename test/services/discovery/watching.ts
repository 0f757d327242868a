import type { Source } from "../../../src/services/source.ts"
import type { UpstreamOptions } from "../../../src/services/upstream.ts"

/** What a source says, said already or yet to come; each is handed out once. */
export interface Watched extends Disposable {
  /** The next list that fits, as its URLs. */
  urls(fits?: (urls: readonly string[]) => boolean): Promise<readonly string[]>
  /** The next list. */
  list(): Promise<readonly UpstreamOptions[]>
  /** The next failure. */
  failure(): Promise<string>
  /** How often it said anything. */
  readonly told: number
}

/** Starts a source and listens to it. */
export function watching(source: Source): Watched {
  const lists = queue<readonly UpstreamOptions[]>()
  const failures = queue<string>()
  let told = 0
  const end = source.start(
    (list) => {
      told++
      lists.push(list)
    },
    (reason) => {
      told++
      failures.push(reason)
    },
  )
  return {
    get told() {
      return told
    },
    list: () => lists.next(),
    async urls(fits = () => true) {
      for (;;) {
        const urls = (await lists.next()).map(({ url }) => url)
        if (fits(urls)) return urls
      }
    },
    failure: () => failures.next(),
    [Symbol.dispose]: end,
  }
}

function queue<T>(): { push(item: T): void; next(): Promise<T> } {
  const items: T[] = []
  const waiting: ((item: T) => void)[] = []
  return {
    push(item) {
      const resolve = waiting.shift()
      if (resolve) resolve(item)
      else items.push(item)
    },
    next: () =>
      items.length > 0 ? Promise.resolve(items.shift() as T) : new Promise((resolve) => waiting.push(resolve)),
  }
}

/** Options of a part as a config writes them, checked. */
export function parsed<T>(
  schema: { parse(value: unknown, path: [], report: (problem: { message: string }) => void): T },
  value: unknown,
): T {
  return schema.parse(value, [], ({ message }) => {
    throw new Error(message)
  })
}

/** What has to be there for the test to mean anything. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("It is not there.")
  return value
}
