import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import { bytesOf } from "../core/reply.ts"

/** What a mock written in TypeScript is asked. */
export interface MockRequest {
  /** `GET`, `POST`, … */
  readonly method: string
  /** The path below the service, without the query: `/users/7`. */
  readonly path: string
  /** What `[id]` and `[...rest]` of the file name stand for, decoded. */
  readonly params: { readonly [name: string]: string }
  readonly query: URLSearchParams
  readonly headers: Headers
  /** The body: a value when its content type is JSON, otherwise its text; undefined when there is none. */
  body(): Promise<unknown>
  /** The request itself. Its body can be read once: here or with `body()`. */
  readonly request: Request
}

/** A mock that looks at the request: gives a JSON value, a `Response`, or nothing for an empty answer. */
export type MockFunction = (request: MockRequest) => unknown

// As much as anybody would type into a mock, and far from what a process has.
const limit = 10 * 1024 * 1024

/** An exchange as a mock sees it; nothing is made before it is looked at. */
export function mockRequest(exchange: Exchange, params: MockRequest["params"]): MockRequest {
  let query: URLSearchParams | undefined
  let headers: Headers | undefined
  let request: Request | undefined
  let body: Promise<unknown> | undefined
  const made = (): Request => (request ??= exchange.toRequest())
  return {
    method: exchange.method,
    path: exchange.path,
    params,
    get query() {
      return (query ??= new URLSearchParams(exchange.search))
    },
    get headers() {
      return (headers ??= exchange.headers.toWeb())
    },
    get request() {
      return made()
    },
    body: () => (body ??= read(made())),
  }
}

async function read(request: Request): Promise<unknown> {
  const bytes = await bytesOf(request.body, limit)
  if (!bytes) throw new GatewayError("body_too_large", "The body is larger than the 10mb that a mock reads.")
  if (bytes.byteLength === 0) return undefined
  const text = new TextDecoder().decode(bytes)
  if (!/^application\/(?:[^;]+\+)?json\s*(?:;|$)/i.test(request.headers.get("content-type") ?? "")) return text
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new GatewayError("bad_request", "The body is not valid JSON, although its content type says so.", { cause })
  }
}
