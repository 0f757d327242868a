import { isIdempotent } from "./call.ts"
import { failureOf, type PartFailure } from "./failure.ts"
import type { Scope } from "./scope.ts"

const faults: ReadonlySet<unknown> = new Set(["unreachable", "unavailable", "timeout", "bad_upstream"])
const statuses: ReadonlySet<number> = new Set([502, 503, 504])

const first = 25
/** The longest pause that nobody asked for. */
export const longestWait = 1000
// Whoever asks for more time than this is not asked again.
const longestAsked = 30_000

/** Tries again after what may be over in a moment: only what may be sent twice, and never past the deadline. */
export async function retrying<T>(
  part: string,
  method: string,
  tries: number,
  deadline: number,
  scope: Scope,
  work: () => Promise<T>,
): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await work()
    } catch (error) {
      const failure = failureOf(part, error)
      const again = number <= tries && isIdempotent(method) && !scope.reason && isPassing(failure)
      const wait = again ? waitAfter(failure, number) : undefined
      if (wait === undefined || performance.now() + wait >= deadline) throw failure
      await pause(wait, scope)
    }
  }
}

const isPassing = ({ code, status }: PartFailure): boolean =>
  faults.has(code) || (code === "error_status" && statuses.has(status))

function waitAfter({ headers }: PartFailure, number: number): number | undefined {
  const asked = headers["retry-after"]
  // A date means minutes at least.
  if (asked !== undefined && !/^\d+$/.test(asked)) return undefined
  const least = asked === undefined ? 0 : Number(asked) * 1000
  return least > longestAsked ? undefined : least + Math.random() * Math.min(longestWait, first * 2 ** (number - 1))
}

function pause(length: number, scope: Scope): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, length)
    scope.whenOver((reason) => {
      clearTimeout(timer)
      reject(reason)
    })
  })
}
