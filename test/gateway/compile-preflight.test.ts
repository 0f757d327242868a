import { describe, expect, it } from "vitest"

import { check } from "../../src/config/check.ts"
import type { Handler } from "../../src/core/handler.ts"
import { jsonReply, type Reply } from "../../src/core/reply.ts"
import { compile } from "../../src/gateway/compile.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { type Asked, exchange, tools, valueOf } from "../support/exchange.ts"

/** What routes to one service answer, and under which route it is counted. */
function asking(routes: object, shop: Handler) {
  const { config, problems } = check({ services: { shop: {} }, routes })
  expect(problems).toEqual([])
  const gateway = compile(config, tools({ mocks: { shop } }))
  return async (request: string, asked: Asked = {}): Promise<Reply & { counted: string }> => {
    const [method = "GET", path = "/"] = request.split(" ")
    let counted = ""
    const reply = await gateway.answer(exchange({ method, path, ...asked }), (route, status) => {
      counted = `${route} ${status}`
    })
    return { ...reply, counted }
  }
}

describe("compile() and what browsers ask beforehand", () => {
  const preflight = (method: string, origin = "https://a.test"): Asked => ({
    headers: { origin, "access-control-request-method": method },
  })
  const origin = (reply: Reply): string | undefined => reply.headers.get("access-control-allow-origin")
  const echo: Handler = (asked) => jsonReply(asked.method)

  it("lets the route of the method answer that is asked for, not the one that takes OPTIONS", async () => {
    const ask = asking(
      {
        "POST /x": { service: "shop", cors: { origins: ["https://a.test"] } },
        "/x": { service: "shop", cors: { origins: "*" } },
        "GET /x": "shop",
        "OPTIONS /x": "shop",
      },
      echo,
    )
    const post = await ask("OPTIONS /x", preflight("POST"))
    expect([post.status, origin(post), post.counted]).toEqual([204, "https://a.test", "POST /x 204"])
    const put = await ask("OPTIONS /x", preflight("PUT"))
    expect([put.status, origin(put), put.counted]).toEqual([204, "*", "/x 204"])
    const get = await ask("OPTIONS /x", preflight("GET"))
    expect([await valueOf(get), origin(get), get.counted]).toEqual(["OPTIONS", undefined, "OPTIONS /x 200"])
    expect(await valueOf(await ask("OPTIONS /x"))).toBe("OPTIONS")
  })

  it("lets a choice answer that could take the request, or the first where none can be told", async () => {
    const ask = asking(
      {
        "POST /x": [
          { when: { header: { "x-beta": true } }, service: "shop" },
          { when: { header: { "x-new": true } }, service: "shop", cors: { origins: ["https://a.test"] } },
          { when: { query: { v: "2" } }, service: "shop", cors: { origins: "*" } },
        ],
      },
      echo,
    )
    expect(origin(await ask("OPTIONS /x", preflight("POST")))).toBe("https://a.test")
    expect(origin(await ask("OPTIONS /x?v=2", preflight("POST")))).toBe("*")
  })

  it("answers 405 and OPTIONS as ever where no route of the method has anything to say about it", async () => {
    const ask = asking({ "POST /x": "shop" }, echo)
    const plain = await ask("OPTIONS /x", preflight("POST"))
    expect([plain.status, plain.headers.get("allow"), origin(plain)]).toEqual([204, "POST, OPTIONS", undefined])
  })

  it("adds what answers depend on to what the service says", async () => {
    const varied: Handler = () => ({ status: 200, headers: new HeaderList(["vary", "accept"]), body: null })
    const ask = asking({ "/x": { service: "shop", cors: { origins: ["https://a.test"] } } }, varied)
    expect((await ask("GET /x")).headers.all("vary")).toEqual(["accept, origin"])
  })
})
