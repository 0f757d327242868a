import { describe, expect, it } from "vitest"

import type { Handler } from "../../../src/core/handler.ts"
import { standardLimits } from "../../../src/core/tunnel.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { websocketOptions } from "../../../src/services/websocket/options.ts"
import { websockets } from "../../../src/services/websocket/websockets.ts"
import { parsed, places } from "../../core/parsed.ts"
import { exchange, failureOf } from "../../support/exchange.ts"

const says =
  (status: number): Handler =>
  () => ({ status, headers: new HeaderList(), body: null })
const [real, others] = [says(101), says(200)]

const asking = (...headers: [string, string][]) => {
  const made = exchange({ headers })
  made.websocket = standardLimits
  return made
}

const limits = (given: unknown) => parsed(websocketOptions, given).value

describe("websockets()", () => {
  it("sends those who ask for a WebSocket to the service, and all others elsewhere", async () => {
    const answer = websockets("chat", undefined, real, others)
    expect(await answer(asking())).toMatchObject({ status: 101 })
    expect(await answer(exchange())).toMatchObject({ status: 200 })
  })

  it("says on the exchange what the service allows", async () => {
    const asked = asking()
    await websockets("chat", limits({ maxMessage: "2mb", idleTimeout: "1m", compress: true }), real, others)(asked)
    expect(asked.websocket).toMatchObject({ maxMessage: 2 * 1024 * 1024, idleTimeout: 60_000, compress: true })
    const other = asking()
    await websockets("chat", limits({}), real, others)(other)
    expect(other.websocket).toMatchObject(standardLimits)
  })

  it.each([
    ["the config says so", websockets("chat", false, real, others), "websocket: false"],
    ["there are only mocks", websockets("chat", undefined, undefined, others), "mocks"],
  ])("refuses WebSockets where %s, and nothing else", async (_, answer, reason) => {
    const failure = await failureOf(() => answer(asking()))
    expect(failure).toMatchObject({ code: "no_websocket", status: 400 })
    expect(String(failure)).toContain(reason)
    expect(await answer(exchange())).toMatchObject({ status: 200 })
  })

  it("lets in pages of the origins that are named, and clients without one", async () => {
    const answer = websockets("chat", limits({ origins: ["https://App.example", "null"] }), real, others)
    for (const origin of ["https://app.example", "HTTPS://APP.EXAMPLE", "null"])
      expect(await answer(asking(["origin", origin]))).toMatchObject({ status: 101 })
    expect(await answer(asking())).toMatchObject({ status: 101 })
    for (const origin of ["https://evil.example", "http://app.example", "https://app.example:444", ""])
      expect(await failureOf(() => answer(asking(["origin", origin])))).toMatchObject({ status: 403 })
    expect(await answer(exchange({ headers: [["origin", "https://evil.example"]] }))).toMatchObject({ status: 200 })
  })
})

describe("websocket options", () => {
  it("take false, and standards for all that is not said", () => {
    expect(limits(false)).toBe(false)
    expect(limits({})).toMatchObject(standardLimits)
  })

  it.each([
    [true, "E203 here"],
    [{ maxMessage: "0mb" }, "E204 here.maxMessage"],
    [{ maxMessage: 5 }, "E203 here.maxMessage"],
    [{ idleTimeout: "soon" }, "E204 here.idleTimeout"],
    [{ compress: 1 }, "E203 here.compress"],
    [{ origins: [] }, "E205 here.origins"],
    [{ origins: ["app.example"] }, "E204 here.origins.0"],
    [{ origins: ["https://app.example/"] }, "E204 here.origins.0"],
    [{ origin: ["https://app.example"] }, "E201 here.origin key"],
  ])("refuse %j", (given, place) => {
    expect(places(parsed(websocketOptions, given).problems)).toEqual([place])
  })
})
