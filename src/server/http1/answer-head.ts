import { STATUS_CODES } from "node:http"

import { bodiless, type Reply } from "../../core/reply.ts"
import { isHopByHop } from "../../http/hop-by-hop.ts"

let second = 0
let dateLine = ""

/** The date, as a header line: made once a second. */
function date(): string {
  const now = Math.floor(Date.now() / 1000)
  if (now !== second) {
    second = now
    dateLine = `date: ${new Date(now * 1000).toUTCString()}\r\n`
  }
  return dateLine
}

// What only whoever listens can say.
const ours = new Set(["connection", "keep-alive", "transfer-encoding", "trailer", "te", "proxy-connection"])

/** How a body ends for whoever reads it; "none": what length is said is that of a body that is not sent. */
export type Framing = number | "chunked" | "close" | "none"

/** How the body of an answer ends. Old clients know no chunks. */
export function framingOf(method: string, { status, headers, body }: Reply, old: boolean): Framing {
  // RFC 9110 section 15.3.6: it has none, but readers go by the length.
  if (status === 205) return 0
  if (method === "HEAD" || bodiless.has(status)) {
    if (status === 204) headers.delete("content-length")
    else if (method === "HEAD" && body !== null && !(body instanceof ReadableStream) && !bodiless.has(status))
      headers.set("content-length", String(Buffer.byteLength(body)))
    return "none"
  }
  if (!(body instanceof ReadableStream)) return body === null ? 0 : Buffer.byteLength(body)
  const declared = headers.get("content-length")
  if (declared !== undefined && /^\d{1,15}$/.test(declared)) return Number(declared)
  return old ? "close" : "chunked"
}

/** The head of an answer, with its empty line. Every letter is one byte. */
export function answerHead(
  { status, headers }: Reply,
  framing: Framing,
  connection: "" | "close" | "keep-alive",
): string {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Unknown"}\r\n`
  const { lines } = headers
  let dated = false
  for (let at = 0; at < lines.length; at += 2) {
    const name = lines[at] as string
    if (ours.has(name) || (name === "content-length" && framing !== "none")) continue
    if (name === "date") dated = true
    head += `${name}: ${lines[at + 1]}\r\n`
  }
  if (typeof framing === "number") head += `content-length: ${framing}\r\n`
  else if (framing === "chunked") head += "transfer-encoding: chunked\r\n"
  // RFC 9110 section 15.5.22: this one names the protocol to upgrade to.
  if (status === 426) head += connection === "" ? "connection: upgrade\r\n" : `connection: upgrade, ${connection}\r\n`
  else if (connection !== "") head += `connection: ${connection}\r\n`
  return dated ? `${head}\r\n` : `${head}${date()}\r\n`
}

/** The head of an answer that makes the connection a WebSocket. */
export function upgradeHead(headers: Reply["headers"], accept: string, extension: string | undefined): string {
  let head = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
  for (const [name, value] of headers)
    if (!isHopByHop(name) && name !== "content-length") head += `${name}: ${value}\r\n`
  if (extension !== undefined) head += `sec-websocket-extensions: ${extension}\r\n`
  return `${head}sec-websocket-accept: ${accept}\r\n\r\n`
}
