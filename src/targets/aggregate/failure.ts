import { type FailureCode, GatewayError } from "../../core/errors.ts"

/** Why a part failed, for programs: the word of the gateway's own failure, or what was wrong with the answer. */
export type PartCode =
  | FailureCode
  | "error_status"
  | "redirect"
  | "invalid_answer"
  | "too_large"
  | "wrong_type"
  | "missing_value"
  | "too_many_items"

/** What a service answered instead, for the config's own code; clients see no more of it than its reason. */
export interface ErrorAnswer {
  readonly bytes: Uint8Array
  readonly type: string
}

/** What a fallback function is told about why a part failed. */
export interface PartError {
  readonly status: number
  readonly code: PartCode
  readonly message: string
  /** What the service answered with its error status, if that could be read. */
  readonly body?: unknown
}

/** A part that has no answer. */
export class PartFailure extends Error {
  override readonly name = "PartFailure"
  /** Which one: `cart`, `items[3]`, `details.stock`. */
  readonly part: string
  readonly code: PartCode
  readonly status: number
  /** What became of the part, as the end of a sentence about it. */
  readonly reason: string
  /** Headers that tell the client what to do about it. */
  readonly headers: Readonly<Record<string, string>>
  readonly answer: ErrorAnswer | undefined
  /** What the service says to the client about it. */
  readonly words: string | undefined

  constructor(
    part: string,
    code: PartCode,
    reason: string,
    more: {
      status?: number
      headers?: Readonly<Record<string, string>>
      answer?: ErrorAnswer | undefined
      words?: string | undefined
      cause?: unknown
    } = {},
  ) {
    super(`Part "${part}" ${reason}.`, { cause: more.cause })
    this.part = part
    this.code = code
    this.status = more.status ?? 502
    this.reason = reason
    this.headers = more.headers ?? {}
    this.answer = more.answer
    this.words = more.words
  }

  /** The same failure, of a part with this name. */
  as(part: string): PartFailure {
    const { code, reason, status, headers, answer, words, cause } = this
    return new PartFailure(part, code, reason, { status, headers, answer, words, cause })
  }
}

/** Anything that was thrown while a part was on its way, as the failure of that part. */
export function failureOf(part: string, error: unknown): PartFailure {
  if (error instanceof PartFailure) return error
  if (error instanceof GatewayError)
    return new PartFailure(part, error.code, `failed: ${error.message.replace(/\.$/, "")}`, {
      status: error.status,
      headers: error.headers,
      cause: error,
    })
  return new PartFailure(part, "internal", "failed", { status: 500, cause: error })
}
