import type { Exchange } from "../../core/exchange.ts"

/** Whole seconds, rounded up: who comes back when they are over is not too early. */
export const seconds = (milliseconds: number): number => Math.ceil(milliseconds / 1000)

/** A header of every answer. */
export type Line = Exchange["answerHeaders"][number]

/** What an answer says of a limit whatever is left of it, made once. */
export interface Announced {
  /** The line of `RateLimit-Policy`, as draft-ietf-httpapi-ratelimit-headers has it. */
  readonly policy: Line
  /** The item of `RateLimit`, up to what is left. */
  readonly state: string
}

/** Makes ready what is said of a limit: how many of what, in how many milliseconds. */
export function announced(label: string, quota: number, window: number | undefined): Announced {
  const unit = window === undefined ? 'qu="concurrent-requests"' : `w=${seconds(window)}`
  return { policy: ["ratelimit-policy", `"${label}";q=${quota};${unit}`], state: `"${label}";r=` }
}
