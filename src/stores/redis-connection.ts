import { RedisClient, type RedisOptions } from "bun"

import * as scripts from "./redis-scripts.ts"
import { StoreAway } from "./store-part.ts"

/** Where Redis is and how long it may take. */
export interface RedisPlace {
  readonly url: string
  readonly tls: RedisOptions["tls"] | undefined
  /** How long one command may take, in milliseconds. */
  readonly timeout: number
}

/** How a connection does. */
export interface ConnectionStatus {
  readonly connected: boolean
  /** Since when it has been away, in milliseconds since 1970. */
  readonly awaySince: number | undefined
}

/** A connection that fails soon, and comes back by itself. */
export interface RedisConnection {
  /** Asks something; fails when the answer takes too long, and at once while Redis is away. */
  ask<T>(say: (client: RedisClient) => Promise<T>): Promise<T>
  status(): ConnectionStatus
  /** Ends the connection when everybody has an answer; who asks afterwards gets one more. */
  close(): void
}

// How long connecting and greeting may take, for those who wait for nothing.
const patience = 5000

// The first pause before connecting again, and the longest.
const pauses = { first: 50, longest: 1000 } as const

// Answers that say: not this server, or not now. Whoever takes over is found by connecting again.
const elsewhere = /^(?:LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|MOVED|ASK|NOAUTH)\b/

// A process that was busy for so long has perhaps not read an answer that is there.
const busy = 50

interface Waiting {
  readonly deadline: number
  fail(error: Error): void
}

/** Connects when somebody asks first, and again whenever the connection is lost. */
export function redisConnection(
  { url, tls, timeout }: RedisPlace,
  changed: (away: Error | undefined, since: number) => void,
): RedisConnection {
  const { protocol, host, pathname } = new URL(url)
  const label = `${protocol}//${host}${pathname}`
  const waiting = new Set<Waiting>()
  let client: RedisClient | undefined
  let connecting: Promise<RedisClient> | undefined
  let awaySince: number | undefined
  let pause: number = pauses.first
  let again: Timer | undefined
  let clock: Timer | undefined
  let unwanted = false

  async function connect(): Promise<RedisClient> {
    const made = new RedisClient(url, {
      autoReconnect: false,
      connectionTimeout: patience,
      ...(tls === undefined ? {} : { tls }),
    })
    // A server that takes connections but says nothing would be waited for.
    const late = setTimeout(() => made.close(), patience)
    try {
      // Not with connect(), which does not tell why a server refuses somebody.
      await greet(made)
    } catch (error) {
      made.close()
      throw isClosed(error) ? new StoreAway(`nobody answers at "${label}"`) : error
    } finally {
      clearTimeout(late)
    }
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- it is no EventTarget.
    made.onclose = () => {
      if (client === made) leave(new StoreAway("the connection was lost"))
    }
    return made
  }

  async function greet(made: RedisClient): Promise<void> {
    const { mode, role } = (await made.send("HELLO", ["3"])) as { mode?: string; role?: string }
    if (mode === "cluster" || mode === "sentinel")
      throw new Error(
        `it is part of a Redis ${mode === "cluster" ? "Cluster" : "Sentinel"}, which needs a proxy in front`,
      )
    if (role === "replica" || role === "slave") throw new Error("it is a replica, which may not be written to")
    await Promise.all(Object.values(scripts).map(({ text }) => made.send("SCRIPT", ["LOAD", text])))
  }

  function begin(): Promise<RedisClient> {
    clearTimeout(again)
    again = undefined
    connecting ??= connect().then(
      (made) => {
        connecting = undefined
        client = made
        pause = pauses.first
        const since = awaySince
        awaySince = undefined
        if (since !== undefined) changed(undefined, since)
        if (unwanted && waiting.size === 0) end()
        return made
      },
      (error: Error) => {
        connecting = undefined
        leave(error)
        throw error
      },
    )
    return connecting
  }

  /** From now on Redis is away, until connecting succeeds. */
  function leave(error: Error): void {
    end()
    if (unwanted) return
    if (awaySince === undefined) changed(error, (awaySince = Date.now()))
    if (connecting || again) return
    // Not all gateways at the same moment.
    again = setTimeout(retry, pause * (0.75 + Math.random() / 2))
    again.unref()
    pause = Math.min(pause * 2, pauses.longest)
  }

  // What goes wrong is told by `leave`.
  async function retry(): Promise<void> {
    await begin().catch(() => undefined)
  }

  function end(): void {
    const ended = client
    client = undefined
    // Whoever still waits for it is told.
    ended?.close()
  }

  /** One timer for all who wait: they are in the order in which their time is over. */
  function watch(from: number): void {
    clock = undefined
    const now = performance.now()
    if (now - from > busy) return wait(1)
    for (const one of waiting) {
      if (one.deadline > now) return wait(one.deadline - now)
      one.fail(new StoreAway(`it did not answer in ${timeout} ms`))
    }
  }

  function wait(length: number): void {
    clock = setTimeout(watch, length, performance.now() + length)
    clock.unref()
  }

  function within<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const one: Waiting = {
        deadline: performance.now() + timeout,
        fail(error) {
          waiting.delete(one)
          reject(error)
          // Answers come in order: after one that is late, the others are.
          leave(error)
        },
      }
      const over = (): void => {
        waiting.delete(one)
        if (unwanted && waiting.size === 0) end()
      }
      waiting.add(one)
      if (!clock) wait(timeout)
      work.then(
        (value) => {
          over()
          resolve(value)
        },
        (error: Error) => {
          over()
          reject(isClosed(error) ? new StoreAway("the connection was lost") : error)
          if (client?.connected === false || elsewhere.test(error.message)) leave(error)
        },
      )
    })
  }

  return {
    ask(say) {
      // What is sent now would be kept by the client, and sent when nobody wants it any more.
      if (client?.connected === false) leave(new StoreAway("the connection was lost"))
      if (client) return within(say(client))
      if (awaySince !== undefined) return Promise.reject(new StoreAway("it is away"))
      return within(begin().then(say))
    },
    status: () => ({ connected: client !== undefined, awaySince }),
    close() {
      unwanted = true
      awaySince = undefined
      clearTimeout(again)
      again = undefined
      if (waiting.size === 0) end()
    },
  }
}

const isClosed = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_REDIS_CONNECTION_CLOSED"
