import type { RedisClient } from "bun"

import type { RedisConnection } from "./redis-connection.ts"
import type { Script } from "./redis-scripts.ts"

/** What a store asks of Redis. */
export interface RedisSteps {
  ask: RedisConnection["ask"]
  /** Runs a script; each is told the time first, if it is not to be that of Redis. */
  run(script: Script, keys: readonly string[], values: readonly (string | Uint8Array)[]): Promise<unknown>
  /** How long a value lives, as Redis is told. */
  life(ttl: number): readonly [unit: "PX" | "PXAT", length: string]
}

/** Steps on a connection, by the clock of Redis or by another one. */
export const redisSteps = ({ ask }: RedisConnection, clock: (() => number) | undefined): RedisSteps => ({
  ask,
  run: (script, keys, values) =>
    ask((client) => runScript(client, script, keys, [clock ? String(clock()) : "", ...values])),
  life: (ttl) => (clock ? ["PXAT", String(clock() + whole(ttl))] : ["PX", String(whole(ttl))]),
})

// Redis counts whole milliseconds, and takes no life of none.
const whole = (ttl: number): number => Math.max(1, Math.ceil(ttl))

/** Runs a script by its name; the text goes along only when Redis has forgotten it. */
async function runScript(
  client: RedisClient,
  { sha, text }: Script,
  keys: readonly string[],
  values: readonly (string | Uint8Array)[],
): Promise<unknown> {
  // Bytes are sent as they are, which the types of Bun do not say.
  const rest = [String(keys.length), ...keys, ...(values as readonly string[])]
  try {
    return await client.send("EVALSHA", [sha, ...rest])
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error
    return client.send("EVAL", [text, ...rest])
  }
}
