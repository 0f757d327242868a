import { describe, expect, it } from "vitest"

import { acceptOf, handshakeFault, handshakeKey, isHandshakeKey } from "../../src/http/handshake.ts"
import { HeaderList } from "../../src/http/header-list.ts"

const key = "dGhlIHNhbXBsZSBub25jZQ=="

describe("acceptOf()", () => {
  it("gives the answer that RFC 6455 gives for its example", () => {
    expect(acceptOf(key)).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
  })
})

describe("isHandshakeKey()", () => {
  it("takes what handshakeKey() makes", () => {
    for (let n = 0; n < 50; n++) expect(isHandshakeKey(handshakeKey())).toBe(true)
    expect(handshakeKey()).not.toBe(handshakeKey())
  })

  it.each(["", "abc", `${key}=`, `${key}, ${key}`, "dGhlIHNhbXBsZSBub25jZR==", "dGhlIHNhbXBsZSBub25jZQ"])(
    "refuses %j",
    (other) => expect(isHandshakeKey(other)).toBe(false),
  )
})

describe("handshakeFault()", () => {
  const asked = new HeaderList(["sec-websocket-key", key, "sec-websocket-protocol", "v2.Chat, v1.chat"])
  const good = { upgrade: "WebSocket", connection: "keep-alive, Upgrade", "sec-websocket-accept": acceptOf(key) }
  const fault = (more: Record<string, string | undefined>): string | undefined =>
    handshakeFault(
      HeaderList.of(
        Object.fromEntries(
          Object.entries({ ...good, ...more }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
        ),
      ),
      asked,
    )

  it("finds none in a good answer, with a subprotocol that was offered or without one", () => {
    expect(fault({})).toBeUndefined()
    expect(fault({ "sec-websocket-protocol": "v2.Chat" })).toBeUndefined()
  })

  it.each([
    [{ upgrade: undefined }],
    [{ upgrade: "websocket, h2c" }],
    [{ connection: "keep-alive" }],
    [{ "sec-websocket-accept": undefined }],
    [{ "sec-websocket-accept": acceptOf(`${key}x`) }],
    [{ "sec-websocket-extensions": "permessage-deflate" }],
    [{ "sec-websocket-protocol": "v2.chat" }],
    [{ "sec-websocket-protocol": "v2.Chat, v1.chat" }],
    [{ "transfer-encoding": "chunked" }],
  ])("finds one in %j", (more) => expect(fault(more)).toBeTypeOf("string"))
})
