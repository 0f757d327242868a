import { brotliDecompressSync, gunzipSync } from "node:zlib"

import { describe, expect, it } from "vitest"

import { asset } from "../../src/server/asset.ts"

const text = "the same words again ".repeat(200)

const ask = (headers: Record<string, string> = {}, method = "GET") =>
  new Request("http://localhost/asset", { method, headers })

describe("asset()", () => {
  it("serves content with its type, a tag and no guessing", async () => {
    const response = await asset("text/css", () => text)(ask())
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/css",
      "content-length": String(text.length),
      "cache-control": "no-cache",
      vary: "accept-encoding",
      "x-content-type-options": "nosniff",
      etag: expect.stringMatching(/^"\w+"$/),
    })
    expect(await response.text()).toBe(text)
  })

  it.each([
    ["gzip", gunzipSync],
    ["br", brotliDecompressSync],
    ["zstd", (bytes: Uint8Array) => Bun.zstdDecompressSync(bytes)],
  ])("compresses with %s when asked to", async (coding, decompress) => {
    const response = await asset("text/css", () => text)(ask({ "accept-encoding": coding }))
    expect(response.headers.get("content-encoding")).toBe(coding)
    expect(decompress(await response.bytes()).toString()).toBe(text)
  })

  it.each([
    ["gzip, deflate, br, zstd", "zstd"],
    ["zstd;q=0, gzip;q=0.5", "gzip"],
    ["*", "zstd"],
    ["*;q=0", null],
    ["identity", null],
    ["gzip;q=zero", null],
  ])("answers Accept-Encoding %j with %s", async (accepted, coding) => {
    const response = await asset("text/css", () => text)(ask({ "accept-encoding": accepted }))
    expect(response.headers.get("content-encoding")).toBe(coding)
  })

  it("does not compress what is small already", async () => {
    const response = await asset("text/css", () => "a{}")(ask({ "accept-encoding": "gzip" }))
    expect(response.headers.get("content-encoding")).toBeNull()
  })

  it("answers 304 to whoever has the same coding of the same content", async () => {
    const serve = asset("text/css", () => text)
    const plain = (await serve(ask())).headers.get("etag") ?? ""
    const zipped = (await serve(ask({ "accept-encoding": "gzip" }))).headers.get("etag") ?? ""
    expect(zipped).not.toBe(plain)
    for (const known of [plain, `"other", W/${plain}`, "*"]) {
      const response = await serve(ask({ "if-none-match": known }))
      expect([response.status, await response.text(), response.headers.get("etag")]).toEqual([304, "", plain])
    }
    expect((await serve(ask({ "if-none-match": zipped }))).status).toBe(200)
    expect((await asset("text/css", () => `${text}!`)(ask({ "if-none-match": plain }))).status).toBe(200)
  })

  it("answers HEAD with the same headers and no body", async () => {
    const serve = asset("text/css", () => text)
    const [get, head] = [await serve(ask()), await serve(ask({}, "HEAD"))]
    expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(get.headers))
    expect(await head.text()).toBe("")
  })

  it("makes its content once", async () => {
    let times = 0
    const serve = asset("text/css", async () => `${text}${(times += 1)}`)
    await Promise.all([serve(ask()), serve(ask({ "accept-encoding": "br" })), serve(ask())])
    expect(times).toBe(1)
  })
})
