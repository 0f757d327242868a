/** What a caller says of the trace that its request belongs to. */
export interface Caller {
  /** 32 hexadecimal digits, not all zero. */
  readonly traceId: string
  /** The caller's own span: 16 hexadecimal digits, not all zero. */
  readonly parentId: string
  /** Whether the caller records it; undefined where it leaves that to others. */
  readonly sampled: boolean | undefined
  /** The trace id is random, so that it can be sampled by. */
  readonly random: boolean
}

// Later versions may go on behind another dash; of what they have in front everything stays as it is.
const shape = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** Reads a `traceparent` (W3C Trace Context, section 3.2); undefined where it is none, and a new trace begins. */
export function readTraceparent(value: string): Caller | undefined {
  const found = shape.exec(value)
  if (!found || (found[1] === "00" && found[5] !== undefined)) return undefined
  const flags = Number.parseInt(found[4] as string, 16)
  return {
    traceId: found[2] as string,
    parentId: found[3] as string,
    sampled: (flags & 1) === 1,
    random: (flags & 2) === 2,
  }
}

/** Writes a `traceparent`, in the version that is known here. */
export const writeTraceparent = (traceId: string, spanId: string, flags: number): string =>
  `00-${traceId}-${spanId}-0${flags}`

const member = /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/
const mostMembers = 32

/** Reads a `tracestate` (section 3.3) and gives it as it is sent on; undefined where it says nothing that could be. */
export function readTracestate(value: string): string | undefined {
  const members = new Map<string, string>()
  for (const part of value.split(",")) {
    const written = part.replace(/^[\t ]+|[\t ]+$/g, "")
    if (written === "") continue
    if (!member.test(written)) return undefined
    const key = written.slice(0, written.indexOf("="))
    // The same system twice: the first one wrote last.
    if (!members.has(key)) members.set(key, written)
  }
  return members.size === 0 || members.size > mostMembers ? undefined : [...members.values()].join(",")
}
