import { describe, expect, it } from "vitest"

import { GatewayError } from "../../src/core/errors.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { asksForWebSocket, largestMessage } from "../../src/server/websocket.ts"
import { serviceOptions } from "../../src/services/options.ts"

const good = { "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" }
const asks = (headers: Record<string, string>, upgrade = ["websocket"], method = "GET") =>
  asksForWebSocket(method, upgrade, HeaderList.of(headers))

describe("asksForWebSocket()", () => {
  it("says yes to a handshake, also where it is one of several wishes", () => {
    expect(asks(good)).toBe(true)
    expect(asks(good, ["h2c", "websocket"])).toBe(true)
  })

  it("passes over other protocols, whatever else is said", () => {
    for (const other of [[], ["h2c"], ["foo/2"], ["websockets"]]) expect(asks({}, other, "POST")).toBe(false)
  })

  it.each<[string, number, ReturnType<typeof asks>]>([
    ["another method", 400, asks(good, ["websocket"], "POST")],
    ["no version", 426, asks({ "sec-websocket-key": good["sec-websocket-key"] })],
    ["an old version", 426, asks({ ...good, "sec-websocket-version": "8" })],
    ["two versions", 426, asks({ ...good, "sec-websocket-version": "13, 8" })],
    ["no key", 400, asks({ "sec-websocket-version": "13" })],
    ["a short key", 400, asks({ ...good, "sec-websocket-key": "c2hvcnQ=" })],
  ])("refuses %s with %i", (_, status, answer) => {
    expect(answer).toBeInstanceOf(GatewayError)
    expect(answer).toMatchObject({ status })
  })
})

describe("largestMessage()", () => {
  const service = (websocket: unknown) => serviceOptions.parse({ url: "http://a", websocket }, [], () => undefined)

  it("is the largest that any service takes", () => {
    expect(largestMessage([])).toBe(1024 * 1024)
    expect(largestMessage(["http://a", service(false), service(undefined)])).toBe(1024 * 1024)
    expect(largestMessage([service({ maxMessage: "1kb" }), service({ maxMessage: "5mb" })])).toBe(5 * 1024 * 1024)
  })
})
