/** Every way in which an exchange can fail, with what the client is told. */
export const failures = {
  bad_request: { status: 400, title: "The request cannot be understood" },
  bad_path: { status: 400, title: "The path can be read in more than one way" },
  bad_host: { status: 400, title: "The Host header is missing or not valid" },
  login_failed: { status: 400, title: "The login cannot be completed" },
  unauthorized: { status: 401, title: "The request has no credentials that are taken here" },
  forbidden: { status: 403, title: "The request is not allowed" },
  no_websocket: { status: 400, title: "There is no WebSocket here" },
  not_in_batch: { status: 403, title: "The batch does not ask this route" },
  route_not_found: { status: 404, title: "No route answers this path" },
  mock_not_found: { status: 404, title: "No mock answers this request" },
  method_not_allowed: { status: 405, title: "The path exists, but not for this method" },
  not_acceptable: { status: 406, title: "The answer does not come in a format that the client takes" },
  idempotency_key_missing: { status: 400, title: "The request needs an idempotency key" },
  idempotency_key_invalid: { status: 400, title: "The idempotency key is not valid" },
  idempotency_key_in_use: { status: 409, title: "A request with this idempotency key is under way" },
  idempotency_key_reused: { status: 422, title: "The idempotency key belongs to another request" },
  idempotent_answer_lost: { status: 409, title: "The request was carried out, but its answer was not kept" },
  body_too_large: { status: 413, title: "The body is larger than allowed" },
  unsupported_type: { status: 415, title: "The body has a type that is not taken here" },
  rate_limited: { status: 429, title: "Too many requests" },
  quota_exceeded: { status: 429, title: "The quota is used up" },
  internal: { status: 500, title: "The gateway failed" },
  not_implemented: { status: 501, title: "The gateway does not do this method" },
  answer_too_large: { status: 502, title: "The answer is larger than allowed" },
  bad_upstream: { status: 502, title: "The service gave an answer that cannot be used" },
  soap_fault: { status: 502, title: "The service answered with a fault" },
  unreachable: { status: 502, title: "The service cannot be reached" },
  part_failed: { status: 502, title: "A part of the answer failed" },
  unavailable: { status: 503, title: "The service is not available" },
  overloaded: { status: 503, title: "The gateway has too much to do" },
  store_failed: { status: 503, title: "The gateway cannot use its store" },
  not_cached: { status: 504, title: "The answer is not in the cache" },
  timeout: { status: 504, title: "The answer took too long" },
  client_gone: { status: 499, title: "The client went away" },
} as const

/** The stable word for a failure, in the body of its answer and in logs. */
export type FailureCode = keyof typeof failures

/** A failure that the client is told about; anything else thrown is a 500 without details. */
export class GatewayError extends Error {
  readonly code: FailureCode
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** What else the client is told, beside the members that every problem has. */
  readonly members: Readonly<Record<string, unknown>>
  /** False: nothing of the request was sent, so sending it somewhere else repeats nothing. */
  readonly sent: boolean

  constructor(
    code: FailureCode,
    detail: string,
    more: {
      status?: number
      headers?: Readonly<Record<string, string>>
      members?: Readonly<Record<string, unknown>>
      cause?: unknown
      sent?: boolean
    } = {},
  ) {
    super(detail, { cause: more.cause })
    this.name = "GatewayError"
    this.code = code
    this.status = more.status ?? failures[code].status
    this.headers = more.headers ?? {}
    this.members = more.members ?? {}
    this.sent = more.sent ?? true
  }
}

/** The stable word for whatever was thrown. */
export const codeOf = (error: unknown): FailureCode => (error instanceof GatewayError ? error.code : "internal")

const down = new Set<FailureCode>(["unreachable", "unavailable", "timeout", "bad_upstream"])

/** Whether a failure means that a service could not answer, so that somebody else may. */
export const isDown = (error: unknown): boolean => error instanceof GatewayError && down.has(error.code)
