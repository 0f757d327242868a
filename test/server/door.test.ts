import { describe, expect, it } from "vitest"

import { Exchange } from "../../src/core/exchange.ts"
import { type PathChoices, pathRules } from "../../src/http/path-rules.ts"
import { arrival, type Listening } from "../../src/server/bun-door.ts"
import { enter } from "../../src/server/door.ts"

const server: Listening = { requestIP: () => ({ address: "127.0.0.1" }), timeout() {}, upgrade: () => false }

/** What comes of a path: what is forwarded and what rules go by, or why it is refused. */
function entered(target: string, choices?: PathChoices): string {
  const request = new Request(`http://a.test${target}`, { headers: { host: "a.test" } })
  const made = enter(arrival(request, server, "http"), pathRules(choices))
  return made instanceof Exchange ? `${made.rawPath} as ${made.path}` : `${made.refused.code}: ${made.refused.message}`
}

describe("enter()", () => {
  it("keeps the path as it was sent beside the canonical one", () => {
    expect(entered("//a%2fb/%7Ec?x=%41")).toBe("//a%2fb/%7Ec as /a%2Fb/~c")
    expect(entered("//a%2fb/%7Ec", {})).toBe("//a%2fb/%7Ec as /a%2Fb/~c")
  })

  it('forwards what rules go by with forward: "canonical"', () => {
    expect(entered("//a%2fb/%7Ec?x=%41", { forward: "canonical" })).toBe("/a%2Fb/~c as /a%2Fb/~c")
  })

  it("refuses what the rules of the config refuse, and says so", () => {
    expect(entered("/a%2fb", { encodedSlash: "refuse" })).toBe(
      "bad_path: Send a path without dot segments, controls, backslashes, escaped slashes or broken escapes.",
    )
    expect(entered("/a%5cb")).toContain("bad_path: Send a path without dot segments, controls, backslashes or")
    expect(entered("/a%5cb", { encodedBackslash: "pass" })).toBe("/a%5cb as /a%5Cb")
  })

  it("sees paths as URLs have them: dot segments and backslashes are resolved, for rules and services alike", () => {
    expect(entered("/a/../b")).toBe("/b as /b")
    expect(entered("/a/%2e%2E/b")).toBe("/b as /b")
    expect(entered("/a\\..\\b")).toBe("/b as /b")
  })
})
