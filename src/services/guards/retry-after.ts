import type { Reply } from "../../core/reply.ts"

/** How many milliseconds a refused request should wait (RFC 9110 section 10.2.3), if the answer says so. */
export function retryAfter({ status, headers }: Reply): number | undefined {
  if (status !== 429 && status !== 503) return undefined
  const value = headers.get("retry-after")
  if (value === undefined) return undefined
  if (/^\d+$/.test(value)) return Number(value) * 1000
  // Every form of a date begins with a weekday; the engine takes much else for one.
  const date = /^[A-Z]/.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}
