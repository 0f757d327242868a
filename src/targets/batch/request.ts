import { GatewayError } from "../../core/errors.ts"
import { Exchange } from "../../core/exchange.ts"
import { list } from "../../core/schema.ts"
import { formatOf } from "../../formats/format-of.ts"
import { json } from "../../formats/json.ts"
import type { HeaderList } from "../../http/header-list.ts"
import { inheritedHeaders, setHeaders } from "./headers.ts"

const known = ["id", "method", "path", "headers", "body", "encoding"]

const wrong = (detail: string): GatewayError => new GatewayError("bad_request", detail)

/** A request of a batch as an exchange of its own, as the door would make it; its path is read by the gateway. */
export function requestOf(
  fields: ReadonlyMap<string, unknown>,
  number: number,
  outer: Exchange,
  inherited: readonly string[],
): Exchange {
  for (const name of fields.keys())
    if (!known.includes(name))
      throw wrong(`${JSON.stringify(name.slice(0, 60))} is no field of a request: it has ${list(known, "and")}.`)
  const method = methodOf(fields.has("method") ? fields.get("method") : "GET")
  const { rawPath, search } = targetOf(fields.get("path"))
  const headers = inheritedHeaders(outer.headers, inherited, number)
  setHeaders(headers, fields.get("headers"))
  const content = contentOf(fields, method, headers)
  if (content !== undefined) headers.set("content-length", String(Buffer.byteLength(content)))
  const made = new Exchange({
    id: `${outer.id}-${number}`,
    method,
    scheme: outer.scheme,
    host: outer.host,
    rawPath,
    path: rawPath,
    search,
    headers,
    client: outer.client,
    proxies: outer.proxies,
    body: content === undefined ? null : new Blob([content]).stream(),
  })
  made.deadline = outer.deadline
  made.trace = outer.trace
  made.span = outer.span
  return made
}

function methodOf(method: unknown): string {
  // The same as at the door: CONNECT would make the gateway a tunnel, TRACE would echo credentials.
  if (method === "CONNECT" || method === "TRACE")
    throw new GatewayError("not_implemented", `${method} is not supported.`)
  if (typeof method === "string" && /^[A-Z][A-Z-]{0,31}$/.test(method)) return method
  throw wrong('Send the method in capitals, such as "GET".')
}

function targetOf(path: unknown): { rawPath: string; search: string } {
  if (typeof path !== "string" || !path.startsWith("/"))
    throw wrong('Send a path such as "/cart?x=1", without scheme and host.')
  if (!/^[!-~]*$/.test(path) || path.includes("#"))
    throw wrong("Send the path as it stands in the line of a request: escaped, and without a fragment.")
  const question = path.indexOf("?")
  if (question < 0) return { rawPath: path, search: "" }
  // As the listener has them in requests that come by themselves.
  const search = path.slice(question).replace(/["'<>]/g, escapeOf)
  return { rawPath: path.slice(0, question), search }
}

const escapeOf = (letter: string): string => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`

function contentOf(
  fields: ReadonlyMap<string, unknown>,
  method: string,
  headers: HeaderList,
): string | Uint8Array<ArrayBuffer> | undefined {
  const body = fields.get("body")
  const encoding = fields.get("encoding")
  const type = headers.get("content-type")
  if (encoding !== undefined && encoding !== "base64") throw wrong('The only encoding of a body is "base64".')
  if (body === undefined) {
    if (encoding !== undefined) throw wrong("There is an encoding and no body.")
    return undefined
  }
  if (method === "GET" || method === "HEAD") throw wrong(`${method} is sent without a body.`)
  if (encoding === "base64") {
    if (typeof body !== "string" || !/^[\w+/-]*={0,2}$/.test(body) || body.replace(/=+$/, "").length % 4 === 1)
      throw wrong("The body is not base64.")
    if (type === undefined) headers.set("content-type", "application/octet-stream")
    return new Uint8Array(Buffer.from(body, "base64"))
  }
  if (type !== undefined && formatOf(type) !== json) {
    if (typeof body === "string") return body
    throw wrong(`Send a body of ${JSON.stringify(type.slice(0, 60))} as a text.`)
  }
  if (type === undefined) headers.set("content-type", "application/json")
  return JSON.stringify(body)
}
