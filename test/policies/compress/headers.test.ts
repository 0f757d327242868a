import { describe, expect, it } from "vitest"

import { HeaderList } from "../../../src/http/header-list.ts"
import { exchange, linesOf, streamOf } from "../../support/exchange.ts"
import { type Answered, answered, codingOf, head, json, policyOf } from "./answered.ts"

describe("compress(), what an answer says", () => {
  it.each([
    ['"abc"', 'W/"abc"'],
    ['W/"abc"', 'W/"abc"'],
    ["abc", "abc"],
  ])("makes the tag %s %s, for it is not the same bytes", async (tag, said) => {
    expect((await answered({ headers: { etag: tag } })).headers.get("etag")).toBe(said)
  })

  it("takes out what is true of the bytes before only", async () => {
    const { headers } = await answered({
      headers: {
        "accept-ranges": "bytes",
        "content-md5": "x",
        digest: "x",
        "content-digest": "x",
        "repr-digest": "x",
        "content-encoding": "identity",
        "last-modified": "Sat, 01 Jan 2022 00:00:00 GMT",
      },
    })
    expect(linesOf(headers)).toEqual([
      ["content-type", "application/json"],
      ["last-modified", "Sat, 01 Jan 2022 00:00:00 GMT"],
      ["vary", "accept-encoding"],
      ["content-encoding", "gzip"],
    ])
  })

  it.each([
    ["origin", ["origin", "accept-encoding"]],
    ["Origin, Accept-Encoding", ["Origin, Accept-Encoding"]],
    ["*", ["*"]],
    ["x-accept-encoding", ["x-accept-encoding", "accept-encoding"]],
  ])("adds to Vary: %s what is missing", async (before, after) => {
    expect((await answered({ headers: { vary: before } })).headers.all("vary")).toEqual(after)
  })

  it.each([
    { headers: { "content-encoding": "br" } },
    { headers: { "cache-control": "public, No-Transform" } },
    { status: 204, body: null },
    { status: 205, body: null },
    { body: null },
    { body: "" },
    { body: streamOf(), headers: { "content-length": "0" } },
  ])("leaves alone %j", async (answer: Answered) => {
    const reply = await answered(answer)
    expect(reply.body).toBe("body" in answer ? answer.body : json)
    expect(linesOf(reply.headers)).toEqual(
      linesOf(HeaderList.of({ "content-type": "application/json", ...answer.headers })),
    )
  })

  it("leaves a WebSocket alone", async () => {
    const reply = await answered({ status: 101, body: null, headers: { upgrade: "websocket" } })
    expect(reply.headers.has("vary")).toBe(false)
  })

  it("transforms nothing for a client that forbids it", async () => {
    const asked = { headers: { "accept-encoding": "gzip", "cache-control": "max-age=0, no-transform" } }
    const reply = await answered({}, asked)
    expect([reply.body, reply.headers.get("vary")]).toEqual([json, "accept-encoding"])
  })

  it("compresses failures too", async () => {
    expect(await codingOf({ status: 404 })).toBe("gzip")
    expect(await codingOf({ status: 500, headers: { "content-type": "application/problem+json" } })).toBe("gzip")
  })

  it("sends parts as they are, and says that the whole varies", async () => {
    const reply = await answered({ status: 206, headers: { etag: '"1"', "content-range": "bytes 0-9/20" } })
    expect([reply.body, reply.headers.get("etag"), reply.headers.get("vary")]).toEqual([json, '"1"', "accept-encoding"])
    expect(reply.headers.has("content-encoding")).toBe(false)
  })

  it.each([
    ['W/"1"', 'W/"1"'],
    ['"0", W/"1"', 'W/"1"'],
    ['"1"', '"1"'],
    ["*", '"1"'],
  ])("names what has not changed as the client that asks for %s knows it", async (known, tag) => {
    const asked = { headers: { "accept-encoding": "gzip", "if-none-match": known } }
    const { headers } = await policyOf(true)(() => ({
      status: 304,
      headers: HeaderList.of({ etag: '"1"' }),
      body: null,
    }))(exchange(asked))
    expect(linesOf(headers)).toEqual([
      ["etag", tag],
      ["vary", "accept-encoding"],
    ])
  })

  it("answers HEAD as it answers GET, but for the length that it cannot know", async () => {
    const said = { "content-length": String(json.length), etag: '"1"', "accept-ranges": "bytes" }
    const lines = async (...given: Parameters<typeof answered>) => linesOf((await answered(...given)).headers)
    const get = await lines({ body: streamOf(json), headers: said })
    // The listener would say 0 otherwise.
    const unknown = ["transfer-encoding", "chunked"]
    expect(await lines({ body: null, headers: said }, head)).toEqual([...get, unknown])
    expect(await lines({ body: streamOf(json), headers: said }, head)).toEqual([...get, unknown])
    expect(await lines({ headers: said }, head)).toEqual(get)
    expect(await lines({ body: null, headers: said }, { method: "HEAD" })).toEqual(await lines({ headers: said }, {}))
  })
})
