import type { LimitRule, Taken, Want } from "./store.ts"

/** What is known of one limit: plain numbers, which every store can keep. */
export interface LimitState {
  /** The kind of rule that wrote it; another kind would read its numbers wrongly, and begins anew. */
  kind: LimitRule["kind"]
  /** How much is taken; of a sliding window, in this one; of a queue, how many are in it. */
  used: number
  /** Sliding windows only: how much was taken in the window before. */
  last: number
  /** The time that the numbers are of: of the last taking, or when the window began, or when the period ends. */
  at: number
  /** From then on it says nothing that a new one would not say. */
  expires: number
}

/** The state of a limit that nothing was taken of. */
export const freshState = (kind: LimitRule["kind"]): LimitState => ({ kind, used: 0, last: 0, at: 0, expires: 0 })

// Shares of windows are no round numbers: without it, what was refilled may be a trillionth less than one.
const close = 1e-6

// A period ends by the clock of whoever asks; by that of the store it may have ended already.
const grace = 60_000

// What was there before, for takings that fail; one at a time, because nothing here waits.
const before: number[] = []

/**
 * Takes of several limits: of all of them, or of none when one does not allow it. The states, one for each want and the
 * same object for the same key, are changed in place when something is taken, and only then.
 */
export function takeAll(states: readonly LimitState[], wants: readonly Want[], now: number): Taken[] {
  const taken: Taken[] = []
  let refused = false
  before.length = 0
  for (let at = 0; at < wants.length; at++) {
    const want = wants[at] as Want
    const state = states[at] as LimitState
    forget(state, want.rule.kind, now)
    before.push(state.used, state.last, state.at, state.expires)
    const outcome = step(state, want, now, true)
    if (!outcome.allowed && !want.always) refused = true
    taken.push(outcome)
  }
  if (!refused) return taken
  restore(states, wants.length)
  if (wants.length === 1) return taken
  for (let at = 0; at < wants.length; at++) {
    const { remaining, reset } = step(states[at] as LimitState, wants[at] as Want, now, false)
    taken[at] = { ...(taken[at] as Taken), remaining, reset }
  }
  restore(states, wants.length)
  return taken
}

function restore(states: readonly LimitState[], count: number): void {
  // Backwards, because of two wants for one key the first knows what was there.
  for (let at = count - 1; at >= 0; at--) {
    const state = states[at] as LimitState
    state.used = before[at * 4] as number
    state.last = before[at * 4 + 1] as number
    state.at = before[at * 4 + 2] as number
    state.expires = before[at * 4 + 3] as number
  }
}

/** Changes what was taken of a limit afterwards, down to nothing at least. */
export function adjustOne(state: LimitState, rule: LimitRule, by: number, now: number): void {
  // What was taken of a period that is over is no part of the one that has begun since.
  if (rule.kind === "until" && state.kind === "until" && state.expires > now && state.at > rule.ends) return
  forget(state, rule.kind, now)
  advance(state, rule, now)
  const left = state.used + by
  state.used = Math.max(0, left)
  if (left < 0) state.last = Math.max(0, state.last + left)
  state.expires = expiry(state, rule, now)
}

/** How long one of a limit takes to come back. */
const share = (rule: { readonly limit: number; readonly window: number }): number =>
  rule.limit > 0 ? rule.window / rule.limit : rule.window

/** Numbers of another kind of rule mean nothing; those that are over may be forgotten at any time, so they always are. */
function forget(state: LimitState, kind: LimitRule["kind"], now: number): void {
  if (state.kind === kind && state.expires > now) return
  state.kind = kind
  state.used = state.last = state.at = state.expires = 0
}

/** Brings a state up to this time. */
function advance(state: LimitState, rule: LimitRule, now: number): void {
  switch (rule.kind) {
    case "bucket":
    case "queue":
      // A clock that was set back gives nothing back, and takes nothing away.
      if (now > state.at) state.used = Math.max(0, state.used - (now - state.at) / share(rule))
      state.at = now
      return
    case "sliding":
    case "fixed": {
      const start = now - (now % rule.window)
      if (start > state.at) {
        state.last = rule.kind === "sliding" && start - rule.window <= state.at ? state.used : 0
        state.used = 0
      }
      state.at = start
      return
    }
    case "until":
      if (rule.ends <= now && state.at > rule.ends) return
      if (rule.ends > state.at) state.used = 0
      state.at = rule.ends
  }
}

/** What a want comes to, for a state of this time. */
function step(state: LimitState, { rule, cost: given, always }: Want, now: number, takes: boolean): Taken {
  advance(state, rule, now)
  const cost = given > 0 ? given : 0
  // Who takes nothing asks whether there is one.
  const asked = cost || 1
  const wait = rule.kind === "queue" ? untilAll(state, rule, now) : 0
  const isThere = rule.kind === "queue" ? wait <= rule.patience : usedOf(state, rule, now) + asked <= rule.limit + close
  const allowed = isThere && asked <= rule.limit
  const retryAfter = allowed ? 0 : Math.max(1, Math.ceil(untilThere(state, rule, asked, now)))
  if (takes && (allowed || always)) {
    state.used += cost
    state.expires = expiry(state, rule, now)
  }
  const reset = Math.ceil(untilAll(state, rule, now))
  return { allowed, remaining: remainingOf(state, rule, now), reset, retryAfter, wait: Math.ceil(wait) }
}

/** How much counts as taken now. */
const usedOf = (state: LimitState, rule: LimitRule, now: number): number =>
  rule.kind === "sliding" ? state.used + state.last * (1 - (now - state.at) / rule.window) : state.used

/** How many more would be allowed now. */
function remainingOf(state: LimitState, rule: LimitRule, now: number): number {
  const left =
    rule.kind === "queue" ? rule.patience / share(rule) - state.used + 1 : rule.limit - usedOf(state, rule, now)
  return Math.max(0, Math.floor(left + close))
}

/** Until all of it is there again. */
function untilAll(state: LimitState, rule: LimitRule, now: number): number {
  switch (rule.kind) {
    case "bucket":
    case "queue":
      return Math.max(0, state.used - close) * share(rule)
    case "sliding":
      return state.used > 0 ? state.at + 2 * rule.window - now : state.last > 0 ? state.at + rule.window - now : 0
    case "fixed":
      return state.used > 0 ? state.at + rule.window - now : 0
    case "until":
      return state.used > 0 ? Math.max(0, state.at - now) : 0
  }
}

/** Until this much is there, as far as nobody else takes it. */
function untilThere(state: LimitState, rule: LimitRule, asked: number, now: number): number {
  // More than there ever is: a time that can be told, though asking then is as hopeless.
  if (asked > rule.limit)
    return Math.max(untilAll(state, rule, now), rule.kind === "until" ? state.at - now : rule.window)
  switch (rule.kind) {
    case "bucket":
      return (state.used + asked - rule.limit - close) * share(rule)
    case "sliding": {
      const spare = rule.limit - asked + close
      const intoWindow = now - state.at
      if (state.used <= spare) return rule.window * (1 - (spare - state.used) / state.last) - intoWindow
      return rule.window * (2 - spare / state.used) - intoWindow
    }
    case "fixed":
      return state.at + rule.window - now
    case "until":
      return state.at - now
    case "queue":
      return untilAll(state, rule, now) - rule.patience
  }
}

const expiry = (state: LimitState, rule: LimitRule, now: number): number =>
  now + Math.ceil(untilAll(state, rule, now)) + (rule.kind === "until" ? grace : 0)
