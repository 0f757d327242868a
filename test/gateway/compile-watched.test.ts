import { describe, expect, it } from "vitest"

import { check } from "../../src/config/check.ts"
import type { Exchange } from "../../src/core/exchange.ts"
import { jsonReply } from "../../src/core/reply.ts"
import { Span } from "../../src/core/span.ts"
import { compile } from "../../src/gateway/compile.ts"
import { type Asked, exchange, textOf, tools } from "../support/exchange.ts"
import { treeOf } from "../support/spans.ts"

/** What is seen of a request to a gateway that is watched. */
async function seen(routes: object, asked: Asked, watched = true) {
  const { config, problems } = check({ services: { cart: {} }, defaults: { requestId: false, timeout: false }, routes })
  const wrong = problems.filter(({ code }) => code !== "E504")
  if (wrong.length > 0) throw new Error(wrong.map(({ message }) => message).join(" "))
  const root = new Span("route", "")
  const watch = (one: Exchange): void => void (one.span = root)
  const ground = tools({ mocks: { cart: (one) => jsonReply({ path: one.path }) } })
  const made = compile(config, watched ? { ...ground, watch } : ground)
  const one = exchange(asked)
  const reply = await made.answer(one, () => undefined)
  await textOf(reply.body)
  expect(one.span).toBe(watched ? root : undefined)
  root.end(reply.status, root.failure)
  return treeOf(root)
}

describe("compile() with somebody who watches", () => {
  it("names the span after the route, with the policies and the parts within", async () => {
    const route = { headers: {}, aggregate: { cart: "cart GET /cart" } }
    expect(await seen({ "GET /checkout": route }, { path: "/checkout" })).toEqual({
      "route GET /checkout 200": ["policy headers passed", "part cart 200"],
    })
  })

  it("says how it failed", async () => {
    expect(await seen({ "GET /a": { reply: {} } }, { path: "/b" })).toBe("route 404 route_not_found")
  })

  it("has a span for each request of a batch, with what is done for it within", async () => {
    const routes = { "GET /a": { reply: {}, headers: {} }, "POST /batch": { batch: { routes: ["GET /a"] } } }
    const asked = { method: "POST", path: "/batch", headers: { "content-type": "application/json" } }
    expect(await seen(routes, { ...asked, body: JSON.stringify([{ path: "/a" }, { path: "/none" }]) })).toEqual({
      "route POST /batch 200": [{ "route GET /a 200": ["policy headers passed"] }, "route 404 route_not_found"],
    })
  })

  it("has nothing where nobody does", async () => {
    expect(await seen({ "GET /a": { reply: {}, headers: {} } }, { path: "/a" }, false)).toBe("route 200")
  })
})
