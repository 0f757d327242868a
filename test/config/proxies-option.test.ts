import { describe, expect, it } from "vitest"

import { proxiesOption } from "../../src/config/proxies-option.ts"
import type { Problem } from "../../src/core/schema.ts"

function parsed(value: unknown) {
  const problems: Problem[] = []
  const made = proxiesOption.parse(value, ["proxies"], (problem) => void problems.push(problem))
  return { made, problems: problems.map(({ path, message }) => `${path.join(".")}: ${message}`) }
}

describe("proxiesOption", () => {
  it("believes X-Forwarded-For and the scheme of those in the list, and no host", () => {
    const { made, problems } = parsed({ trust: ["loopback", "10.0.0.0/8"] })
    expect(problems).toEqual([])
    expect(made).toMatchObject({ hops: undefined, header: "x-forwarded-for", scheme: true, host: false })
    expect(["127.0.0.1", "::1", "10.1.1.1", "192.0.2.1"].map((one) => made.trust.has(one))).toEqual([
      true,
      true,
      true,
      false,
    ])
  })

  it.each([["any"], ["0.0.0.0/0"], ["::/0"], ["0.0.0.0/1", "128.0.0.0/1"]])(
    "believes everybody only for a number of hops: %j",
    (...trust) => {
      expect(parsed({ trust }).problems).toEqual([
        "proxies.trust: Everybody is believed here: clients could claim any address.",
      ])
      expect(parsed({ trust, hops: 1 }).problems).toEqual([])
    },
  )

  it.each([
    [{}, 'proxies: Missing option "trust".'],
    [{ trust: [] }, "proxies.trust: Empty list."],
    [{ trust: ["loopback"], hops: 0 }, "proxies.hops: Expected a whole number from 1 to 100, got 0."],
    [
      { trust: ["loopback"], header: "x-real-ip" },
      'proxies.header: Expected one of "x-forwarded-for" or "forwarded", got "x-real-ip".',
    ],
  ])("refuses %j", (value, problem) => {
    expect(parsed(value).problems).toEqual([problem])
  })
})
