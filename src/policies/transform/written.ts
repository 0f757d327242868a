import { GatewayError } from "../../core/errors.ts"
import { type Format, FormatError } from "../../formats/format.ts"
import { negotiate, type Negotiated } from "../../formats/negotiate.ts"
import { unusable } from "./body.ts"

/** A value as a body, and what it is. */
export interface Written {
  readonly content: string | Uint8Array
  readonly format: Format
  /** The type that was asked for; undefined where nobody asked for one. */
  readonly type: string | undefined
}

/** How an answer is written, and what else would do. */
export interface Writing {
  readonly into: Pick<Written, "format" | "type">
  /** What the client can choose from; undefined where it has no choice. */
  readonly offered: readonly Format[] | undefined
  readonly accept: string | undefined
  /** Whatever the client takes: better an error in another format than another error. */
  readonly isError: boolean
}

/** Writes a value; a client that can choose gets it in another format that it takes where the first has no form for it. */
export function written(value: unknown, { into, offered, accept, isError }: Writing): Written {
  let left = offered ?? []
  let next: Pick<Written, "format" | "type"> | Negotiated | undefined = into
  let reason: FormatError | undefined
  while (next) {
    const { format, type } = next
    try {
      return { content: format.write(value), format, type }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      reason ??= error
      left = left.filter((other) => other !== format)
      next =
        left.length === 0 ? undefined : (negotiate(accept, left) ?? (isError ? negotiate(undefined, left) : undefined))
    }
  }
  const { message = "" } = reason ?? {}
  throw offered ? new GatewayError("not_acceptable", message) : unusable(message)
}
