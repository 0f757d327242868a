import { describe, expect, it, onTestFinished } from "vitest"

import { askUsage, CannotAsk } from "../../../src/cli/usage/ask-usage.ts"
import { readUsageQuery } from "../../../src/observe/usage-query.ts"

const query = readUsageQuery({ by: "key,route", since: "2026-11-01" }, Date.parse("2026-11-21T03:30:00Z"))
const admin = { host: "127.0.0.1", port: 9900, token: undefined }

/** An admin listener that gives this answer, and what it was asked. */
function listener(answer: () => Response) {
  const asked: { url: string; authorization: string | null }[] = []
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    development: false,
    fetch({ url, headers }) {
      asked.push({ url, authorization: headers.get("authorization") })
      return answer()
    },
  })
  onTestFinished(() => void server.stop(true))
  return { asked, port: server.port ?? 0, url: `http://127.0.0.1:${server.port}` }
}

describe("askUsage()", () => {
  it("asks with the token of the config, and gives what it was told", async () => {
    const usage = [{ key: "k1", route: "GET /x", meters: { requests: 2 } }]
    const { asked, port, url } = listener(() => Response.json({ usage }))
    expect(await askUsage(undefined, { ...admin, port, token: "0123456789abcdef" }, query)).toEqual([
      { group: { key: "k1", route: "GET /x" }, meters: { requests: 2 } },
    ])
    expect(asked).toEqual([
      {
        url: `${url}/usage?by=key%2Croute&since=2026-11-01T00%3A00%3A00.000Z&until=2026-11-21T03%3A30%3A00.000Z`,
        authorization: "Bearer 0123456789abcdef",
      },
    ])
  })

  it("asks where it is told to, whatever the config says", async () => {
    const { url } = listener(() => Response.json({ usage: [] }))
    expect(await askUsage(url, false, query)).toEqual([])
    expect(await askUsage(`${url}/`, { ...admin, port: 1 }, query)).toEqual([])
  })

  it("says what the gateway says when it does not tell", async () => {
    const { url } = listener(() => Response.json({ detail: "Send the admin token." }, { status: 401 }))
    await expect(askUsage(url, admin, query)).rejects.toThrow(
      `The gateway at ${url} does not tell: Send the admin token.`,
    )
    const other = listener(() => new Response("<p>hello"))
    await expect(askUsage(other.url, admin, query)).rejects.toThrow("does not tell: it answered 200.")
  })

  it.each([
    ["127.0.0.1:9900", admin, 'Cannot read the URL "127.0.0.1:9900": write it like "http://127.0.0.1:9900".'],
    ["ftp://x", admin, 'Cannot read the URL "ftp://x"'],
    [undefined, false as const, "the config has no admin listener to ask."],
    [undefined, { ...admin, port: 0 }, "on a port that the config leaves open: say where with --admin URL."],
    ["http://127.0.0.1:1", admin, "none answers at http://127.0.0.1:1."],
  ])("says what to do with %j and %j", async (given, config, message) => {
    await expect(askUsage(given, config, query)).rejects.toThrow(CannotAsk)
    await expect(askUsage(given, config, query)).rejects.toThrow(message)
  })
})
