import type { Exchange } from "../../core/exchange.ts"
import type { Reply } from "../../core/reply.ts"
import { isNotModified, validatorsOf } from "../../http/validators.ts"
import { fromKept, notModified } from "./answer.ts"
import type { Asked } from "./asked.ts"
import type { Landing } from "./flight.ts"
import { type Story, storyText, tell } from "./status.ts"

/** An answer that passed the cache by, and why. */
export function passed(reply: Reply, statusName: string | undefined, story: Story): Reply {
  tell(reply.headers, statusName, storyText(story))
  return reply
}

/** What one of those who wait gets of what came; undefined when the body broke off before, or its beginning is gone. */
export function landed(
  landing: Landing,
  exchange: Exchange,
  asked: Asked,
  statusName: string | undefined,
  known: Story,
): Reply | undefined {
  if (landing.failed) throw landing.error
  const { kept, recording, validated, stale, stored, freshUntil, why } = landing
  for (const line of landing.answerHeaders) exchange.answerHeaders.push([line[0], line[1]])
  const now = Date.now()
  const ttl = freshUntil === undefined ? undefined : Math.ceil((freshUntil - now) / 1000)
  if (kept) {
    const story: Story = stale
      ? {
          ...known,
          fwd: "stale",
          status: landing.status || undefined,
          ttl: Math.ceil((kept.freshUntil - now) / 1000),
          detail: "stale-if-error",
        }
      : { ...known, status: validated ? 304 : undefined, ttl, stored, detail: known.detail ?? why }
    return fromKept(kept, asked, now, statusName, storyText(story))
  }
  const headers = landing.headers.copy()
  tell(headers, statusName, storyText({ ...known, ttl, stored, detail: known.detail ?? why }))
  if (
    landing.status === 200 &&
    (asked.ifNoneMatch !== undefined || asked.ifModifiedSince !== undefined) &&
    isNotModified(asked.ifNoneMatch, asked.ifModifiedSince, validatorsOf(headers))
  ) {
    // What is kept is read to its end, though this client has it already.
    if (recording) void recording.finish()
    else if (landing.body instanceof ReadableStream) landing.body.cancel().catch(() => undefined)
    return notModified(headers, statusName)
  }
  const body = recording ? recording.stream() : landing.body
  if (body === undefined) return undefined
  const reply: Reply = { status: landing.status, headers, body }
  if (landing.byConfig) reply.byConfig = true
  return reply
}
