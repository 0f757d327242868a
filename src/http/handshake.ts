import type { HeaderList } from "./header-list.ts"

// RFC 6455 section 1.3.
const magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

/** A key for a handshake of our own. */
export const handshakeKey = (): string => Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64")

/** The proof that a handshake with this key was understood. */
export const acceptOf = (key: string): string => new Bun.CryptoHasher("sha1").update(key + magic).digest("base64")

/** True for a key as every client has to send it: sixteen bytes in Base64. */
export const isHandshakeKey = (key: string): boolean => /^[A-Za-z0-9+/]{21}[AQgw]==$/.test(key)

/** The words of a header that lists some, in lower case. */
export const listed = (headers: HeaderList, name: string): string[] =>
  headers.all(name).flatMap((line) =>
    line
      .toLowerCase()
      .split(",")
      .map((word) => word.trim()),
  )

/** Why the head of a 101 is no answer to this handshake (RFC 6455 section 4.1); undefined when it is one. */
export function handshakeFault(answer: HeaderList, asked: HeaderList): string | undefined {
  const offered = asked.all("sec-websocket-protocol").flatMap((line) => line.split(",").map((word) => word.trim()))
  const chosen = answer.all("sec-websocket-protocol")
  if (answer.all("upgrade").join().toLowerCase() !== "websocket") return "It switched to another protocol."
  if (!listed(answer, "connection").includes("upgrade")) return "Its Connection does not say upgrade."
  if (answer.all("sec-websocket-accept").join() !== acceptOf(asked.get("sec-websocket-key") ?? ""))
    return "Its Sec-WebSocket-Accept is not the one for the key."
  if (answer.has("sec-websocket-extensions")) return "It uses an extension that was not offered."
  if (chosen.length > 1 || chosen.some((one) => !offered.includes(one)))
    return "It chose a subprotocol that was not offered."
  if (answer.has("content-length") || answer.has("transfer-encoding")) return "Its 101 has a body."
  return undefined
}
