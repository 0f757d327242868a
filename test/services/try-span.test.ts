import { describe, expect, it } from "vitest"

import { Span } from "../../src/core/span.ts"
import { Trace } from "../../src/core/trace.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { forwardHead, forwardLines } from "../../src/services/forward-headers.ts"
import { retry } from "../../src/services/guards/retry.ts"
import { exchange, failureOf } from "../support/exchange.ts"
import { treeOf } from "../support/spans.ts"
import { closed, guarded, reply } from "./guards/guarded.ts"

function watched() {
  const asked = exchange()
  const root = new Span("route", "GET /")
  asked.span = root
  return { asked, root }
}

describe("a try", () => {
  it("has a span of its own, each with what came of it", async () => {
    const { handle, script } = guarded(retry, { attempts: 2, backoff: { first: "1ms", max: "1ms" } })
    script.push(closed(), 503, 200)
    const { asked, root } = watched()
    await handle(asked)
    root.end()
    expect(treeOf(root)).toEqual({ "route GET /": ["try user unreachable", "try user 503 503", "try user 200"] })
    expect(root.children.map(({ attributes }) => attributes?.get("bellhop.upstream"))).toEqual([
      "http://a.internal",
      "http://b.internal",
      "http://c.internal",
    ])
    expect(Object.fromEntries(root.children[0]?.attributes ?? [])).toMatchObject({
      "http.request.method": "GET",
      "bellhop.service": "user",
      "server.address": "a.internal",
      "server.port": 80,
    })
  })

  it("is what the service is told of as its caller, and no longer what is worked on once it is over", async () => {
    const { handle, script, exchanges } = guarded(retry, { attempts: 1 })
    const { asked, root } = watched()
    asked.trace = new Trace({ traceId: "a".repeat(32), random: false }, true)
    asked.trace.write(asked.headers)
    const told: (string | undefined)[] = []
    const look = (one: typeof asked) => {
      told.push(/traceparent: (.*)\r\n/.exec(forwardHead(one, "/", "user"))?.[1])
      told.push(new HeaderList(forwardLines(one, "/", "user", "https")).get("traceparent"))
      return reply(told.length === 2 ? 503 : 200)
    }
    script.push(look, look)
    await handle(asked)
    expect(exchanges).toHaveLength(2)
    const [first, second] = root.children.map(({ id }) => `00-${"a".repeat(32)}-${id}-01`)
    expect(told).toEqual([first, first, second, second])
    expect(asked.span).toBe(root)
  })

  it("that fails is over as well", async () => {
    const { handle, script } = guarded(retry, { attempts: 1 })
    const { asked, root } = watched()
    script.push(new TypeError("no"))
    await failureOf(() => handle(asked))
    expect(treeOf(root)).toMatchObject({ "route GET / unfinished": ["try user internal"] })
    expect(asked.span).toBe(root)
  })
})

describe("forwardHead()", () => {
  it("sends traceparent on as it came where nobody asks for traces", () => {
    const headers = { traceparent: "whatever it says", tracestate: "x=1", b3: "0" }
    const head = forwardHead(exchange({ headers }), "/", "user")
    for (const [name, value] of Object.entries(headers)) expect(head).toContain(`\r\n${name}: ${value}\r\n`)
  })
})
