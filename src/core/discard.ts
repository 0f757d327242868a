import type { Reply } from "./reply.ts"

/** Nobody reads this answer: its connection is free, or ends. */
export function discard({ body }: Reply): void {
  if (body instanceof ReadableStream) body.cancel().catch(() => undefined)
}
