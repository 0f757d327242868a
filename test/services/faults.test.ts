import { describe, expect, it } from "vitest"

import { GatewayError } from "../../src/core/errors.ts"
import { Kept } from "../../src/core/kept.ts"
import { blamed, faultOf, faults, isFault } from "../../src/services/faults.ts"
import { send } from "../../src/services/send.ts"
import { upload } from "../../src/services/upload.ts"
import { upstream } from "../../src/services/upstream.ts"
import { parsed, places } from "../core/parsed.ts"
import { type Asked, exchange, failureOf, textOf } from "../support/exchange.ts"
import { freePort, rawUpstream } from "../support/upstream.ts"

const sent = async (url: string, asked: Asked = {}): Promise<unknown> => {
  const { keep } = new Kept().generation()
  return failureOf(() => send(exchange(asked), upstream("user", { url }, keep), "user"))
}

describe("faultOf()", () => {
  it("is connect where nobody listens: nothing was sent", async () => {
    const error = await sent(`http://127.0.0.1:${await freePort()}`, { method: "POST", body: "kept" })
    expect(error).toMatchObject({ code: "unreachable", sent: false })
    expect(faultOf(error)).toBe("connect")
  })

  it("is closed when the connection ends after the request was sent", async () => {
    using up = await rawUpstream(({ socket }) => void socket.destroy())
    const error = await sent(up.url, { method: "POST", body: "lost" })
    expect(error).toMatchObject({ code: "unreachable", sent: true })
    expect(faultOf(error)).toBe("closed")
    expect(up.received.length).toBe(1)
  })

  it("is closed when what comes is no answer, or only the beginning of one", async () => {
    for (const bytes of ["nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Le"]) {
      using up = await rawUpstream(({ socket }) => void socket.end(bytes))
      expect(faultOf(await sent(up.url))).toBe("closed")
    }
  })

  it("is none of the upstream's when the client's upload breaks off", async () => {
    using up = await rawUpstream()
    const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("aborted")) })
    expect(faultOf(await sent(up.url, { method: "POST", body }))).toBeUndefined()
  })

  it("is timeout for a try that took too long, and nothing for what has nothing to do with an upstream", () => {
    expect(faultOf(new GatewayError("timeout", "Late."))).toBe("timeout")
    expect(faultOf(new GatewayError("unavailable", "Full.", { sent: false }))).toBe("connect")
    for (const error of [
      new GatewayError("unavailable", "None is healthy."),
      new GatewayError("client_gone", "Gone."),
      new GatewayError("body_too_large", "Large."),
      new TypeError("undefined is not a function"),
      "thrown",
      undefined,
    ])
      expect(faultOf(error)).toBeUndefined()
  })
})

describe("blamed()", () => {
  const timeout = new GatewayError("timeout", "Late.")
  const refused = new GatewayError("unreachable", "No.", { sent: false })

  it("does not blame the upstream for an exchange that ended otherwise", () => {
    const asked = exchange()
    expect(blamed(asked, refused, undefined)).toEqual({ error: refused })
    asked.end(new Error("Another part failed."))
    expect(blamed(asked, refused, undefined)).toBeUndefined()
    expect(blamed(asked, timeout, undefined)).toEqual({ error: timeout })
  })

  it("blames it for a timeout only when it had the whole request", async () => {
    const asked = exchange({ method: "POST", body: "all of it" })
    const isSent = upload(asked)
    expect(blamed(asked, timeout, isSent)).toBeUndefined()
    expect(await textOf(asked.body)).toBe("all of it")
    expect(blamed(asked, timeout, isSent)).toEqual({ error: timeout })
    expect(blamed(asked, timeout, upload(exchange()))).toEqual({ error: timeout })
    const cut = exchange({ method: "POST", body: "not all of it" })
    const isCutSent = upload(cut)
    await cut.body?.cancel()
    expect(blamed(cut, timeout, isCutSent)).toBeUndefined()
  })
})

describe("isFault()", () => {
  it("goes by the list", () => {
    const listed = new Set(["connect", "5xx", 429] as const)
    expect([429, 500, 503, 599].map((status) => isFault(listed, { status }))).toEqual([true, true, true, true])
    expect([200, 404, 428].map((status) => isFault(listed, { status }))).toEqual([false, false, false])
    expect(isFault(listed, { error: new GatewayError("unreachable", "No.", { sent: false }) })).toBe(true)
    expect(isFault(listed, { error: new GatewayError("timeout", "Late.") })).toBe(false)
    expect(isFault(listed, { error: new Error("ours") })).toBeUndefined()
    expect(isFault(listed, undefined)).toBeUndefined()
  })
})

describe("faults()", () => {
  it("stands for its standard when it is left out, and documents it", () => {
    const of = faults("connect", 503)
    expect(parsed(of, undefined)).toEqual({ value: new Set(["connect", 503]), problems: [] })
    expect([of.optional, of.standard]).toEqual([true, '["connect", 503]'])
    expect(parsed(of, ["5xx"])).toEqual({ value: new Set(["5xx"]), problems: [] })
  })

  it.each([[["4xx"]], [[399]], [["503"]], [[Number.NaN]], [["constructor"]]])("refuses %j", (value) => {
    expect(places(parsed(faults(), value).problems)).toEqual(["E204 here.0"])
  })
})
