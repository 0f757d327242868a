import { GatewayError } from "../../core/errors.ts"
import type { Reply } from "../../core/reply.ts"
import { forgetBody, unusable } from "./body.ts"

/** What leads elsewhere does so without words. */
export function withoutBody(reply: Reply): Reply {
  forgetBody(reply.headers)
  reply.headers.delete("content-type")
  return { ...reply, body: null }
}

/** The failure of a service whose answer has a type that nobody can look into. */
export const unread = (type: string | undefined): GatewayError => {
  const named = type === undefined ? "no type" : `the type ${JSON.stringify(type.slice(0, 100))}`
  return unusable(
    `The answer has ${named}, and cannot be looked into.`,
    new Error('What it is can be said in "types" of "transform": a format, or false for what may pass.'),
  )
}

/** An error keeps its status, and what it says to clients in headers; what it says in its body is not shown. */
export function refused(error: unknown, { status, headers }: Reply): unknown {
  if (!(error instanceof GatewayError) || error.code !== "bad_upstream" || status < 400) return error
  const passed: Record<string, string> = {}
  for (const name of ["www-authenticate", "retry-after"]) {
    const value = headers.get(name)
    if (value !== undefined) passed[name] = value
  }
  return new GatewayError(error.code, error.message, { status, headers: passed, cause: error.cause })
}
