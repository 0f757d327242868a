import { describe, expect, it } from "vitest"

import { GatewayError } from "../../src/core/errors.ts"
import type { Handler, Policy } from "../../src/core/handler.ts"
import { jsonReply } from "../../src/core/reply.ts"
import { Span } from "../../src/core/span.ts"
import { spanned } from "../../src/gateway/spanned.ts"
import { exchange, failureOf } from "../support/exchange.ts"
import { treeOf } from "../support/spans.ts"

/** What is seen of these policies around a target that is a part of the tree itself. */
async function seen(...policies: readonly (readonly [name: string, policy: Policy])[]) {
  const asked = exchange()
  const root = new Span("route", "GET /")
  asked.span = root
  const target: Handler = (one) => {
    one.span?.child("part", "cart").end()
    return jsonReply({})
  }
  const handle = policies.reduceRight((next, [name, policy]) => spanned(name, policy)(next), target)
  const failure = await failureOf(async () => {
    await handle(asked)
    throw new Error("none")
  })
  expect(asked.span).toBe(root)
  root.end()
  return { root, tree: treeOf(root), failure }
}

const passes: Policy = (next) => (asked) => next(asked)
const waits: Policy = (next) => async (asked) => {
  await Promise.resolve()
  return next(asked)
}

describe("spanned()", () => {
  it("has a span for each policy, and what is done further in is not within it", async () => {
    const { tree, root } = await seen(["auth", waits], ["headers", passes])
    expect(tree).toEqual({ "route GET /": ["policy auth passed", "policy headers passed", "part cart"] })
    const [auth, headers] = root.children
    expect(auth?.attributes?.get("bellhop.policy.waits")).toBe(true)
    expect(headers?.attributes?.has("bellhop.policy.waits")).toBe(false)
    expect(auth?.ended).toBeLessThanOrEqual(headers?.began ?? 0)
  })

  it("says which one answered by itself", async () => {
    const { tree } = await seen(["cache", () => () => jsonReply({}, 203)], ["headers", passes])
    expect(tree).toEqual({ "route GET /": ["policy cache answered 203"] })
  })

  it("says which one refused, at once or after a while", async () => {
    const refuses: Policy = () => () => {
      throw new GatewayError("forbidden", "No.")
    }
    const refusesLater: Policy = () => async () => {
      await Promise.resolve()
      throw new TypeError("no")
    }
    const one = await seen(["auth", passes], ["authorize", refuses])
    expect(one.tree).toEqual({ "route GET /": ["policy auth passed", "policy authorize refused forbidden"] })
    expect(one.failure).toMatchObject({ code: "forbidden" })
    expect((await seen(["auth", refusesLater])).tree).toEqual({ "route GET /": ["policy auth refused internal"] })
  })

  it("lets go of a policy that asks what is further in about an exchange of its own", async () => {
    const derives: Policy = (next) => (asked) => next(asked.derive({ ...asked }))
    expect((await seen(["soap", derives], ["headers", passes])).tree).toEqual({
      "route GET /": ["policy soap passed", "policy headers passed", "part cart"],
    })
  })

  it("has one span of a policy that goes on twice", async () => {
    const twice: Policy = (next) => async (asked) => {
      await next(asked)
      return next(asked)
    }
    expect((await seen(["retry", twice])).tree).toEqual({
      "route GET /": ["policy retry passed", "part cart", "part cart"],
    })
  })

  it("does nothing with an exchange that nobody wants to see", () => {
    const asked = exchange()
    expect(spanned("auth", passes)(() => jsonReply({}))(asked)).toMatchObject({ status: 200 })
    expect(asked.span).toBeUndefined()
  })
})
