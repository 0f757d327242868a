import { Exchange } from "../../core/exchange.ts"
import { cookieOf } from "../../http/cookies.ts"
import type { HeaderList } from "../../http/header-list.ts"
import type { Validators } from "../../http/validators.ts"

// What is only about one client's view of the answer; and headers that some services take for another URL or method than
// the one that was asked for, so that the answer to one would be kept as the answer to the other.
const notAsked = new Set([
  "range",
  "if-range",
  "if-none-match",
  "if-modified-since",
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
  "x-original-url",
  "x-original-host",
  "x-rewrite-url",
  "x-host",
  "x-forwarded-scheme",
  "x-forwarded-server",
  "x-forwarded-ssl",
  "x-http-host-override",
  "x-original-uri",
])

/** The request that is made on behalf of everybody who asks the same: it does not end when one of them leaves. */
export function requestFor(
  exchange: Exchange,
  search: string,
  cookies: readonly string[] | undefined,
  keyed: readonly string[],
  validators: Validators | undefined,
  body: Uint8Array | undefined,
): Exchange {
  const headers = exchange.headers.copy()
  headers.drop((name) => notAsked.has(name) && !keyed.includes(name))
  if (cookies) onlyCookies(headers, cookies)
  if (validators?.tag !== undefined) headers.set("if-none-match", validators.tag)
  if (validators?.modified !== undefined) headers.set("if-modified-since", validators.modified)
  const { id, method, scheme, host, rawPath, path, client, proxies } = exchange
  const made = new Exchange({
    id,
    // What is kept is a whole answer.
    method: method === "HEAD" ? "GET" : method,
    scheme,
    host,
    rawPath,
    path,
    search,
    headers,
    client,
    proxies,
    body: body === undefined ? null : streamOf(body),
  })
  made.route = exchange.route
  made.params = exchange.params
  made.identity = exchange.identity
  made.trace = exchange.trace
  made.span = exchange.span
  made.trace = exchange.trace
  made.span = exchange.span
  return made
}

function onlyCookies(headers: HeaderList, names: readonly string[]): void {
  const pairs = names.flatMap((name) => {
    const value = cookieOf(headers, name)
    return value === undefined ? [] : [`${name}=${value}`]
  })
  headers.delete("cookie")
  if (pairs.length > 0) headers.append("cookie", pairs.join("; "))
}

const streamOf = (bytes: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      if (bytes.byteLength > 0) controller.enqueue(bytes)
      controller.close()
    },
  })
