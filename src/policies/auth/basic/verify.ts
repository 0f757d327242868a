import { availableParallelism } from "node:os"

import { GatewayError } from "../../../core/errors.ts"
import { Refused } from "../scheme.ts"

// Each takes a tenth of a second of one processor and up to 64 MB: all at once would leave nothing for other requests.
const most = Math.max(1, Math.min(4, availableParallelism() - 1))
// Who would have to wait longer than some seconds is told so at once.
const longestQueue = 100

let running = 0
const waiting: (() => void)[] = []

/** Whether a password has this hash: slow by intention, and only so many at the same time. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  if (running >= most) {
    if (waiting.length >= longestQueue)
      throw new GatewayError("overloaded", "Too many passwords have to be checked: try again soon.", {
        headers: { "retry-after": "1" },
      })
    await new Promise<void>((resolve) => waiting.push(resolve))
  } else running++
  try {
    return await Bun.password.verify(password, hash)
  } catch (cause) {
    throw new Refused("the hash of a user cannot be used", { cause })
  } finally {
    const next = waiting.shift()
    // The place goes to the next one.
    if (next) next()
    else running--
  }
}
