import { describe, expect, it } from "vitest"

import { Exchange } from "../../src/core/exchange.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { type Network, networkSet, networksOf } from "../../src/http/networks.ts"
import { type PathChoices, pathRules, standardPaths } from "../../src/http/path-rules.ts"
import type { ProxyRules } from "../../src/http/proxy-rules.ts"
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

  const proxies: ProxyRules = {
    trust: networkSet(networksOf("10.0.0.0/8") as readonly Network[]),
    hops: undefined,
    header: "x-forwarded-for",
    scheme: true,
    host: true,
  }

  function arrived(client: string, headers: Readonly<Record<string, string>>, trusting = true) {
    const list = HeaderList.of({ host: "a.test", ...headers })
    const came = {
      method: "GET",
      scheme: "http",
      host: "a.test",
      target: "/",
      headers: list,
      client,
      body: null,
    } as const
    const made = enter(came, standardPaths, trusting ? proxies : undefined)
    if (!(made instanceof Exchange)) return made.refused.code
    const { host, scheme, client: address, proxies: between } = made
    return { host, scheme, address, between, line: made.headers.get("host") }
  }

  it("takes address, scheme and host from proxies that are believed, and from nobody else", () => {
    const headers = { "x-forwarded-for": "192.0.2.1", "x-forwarded-proto": "https", "x-forwarded-host": "b.test:8443" }
    const own = { host: "a.test", scheme: "http", between: "", line: "a.test" }
    expect(arrived("10.0.0.1", headers)).toEqual({
      host: "b.test:8443",
      scheme: "https",
      address: "192.0.2.1",
      between: ", 10.0.0.1",
      line: "b.test:8443",
    })
    expect(arrived("::ffff:10.0.0.1", headers)).toMatchObject({ address: "192.0.2.1", between: ", 10.0.0.1" })
    expect(arrived("203.0.113.1", headers)).toEqual({ ...own, address: "203.0.113.1" })
    expect(arrived("10.0.0.1", headers, false)).toEqual({ ...own, address: "10.0.0.1" })
  })

  it("believes headers that Connection names away: a client could otherwise pass for the proxy", () => {
    const headers = { "x-forwarded-for": "192.0.2.1", connection: "close, X-Forwarded-For" }
    expect(arrived("10.0.0.1", headers)).toMatchObject({ address: "192.0.2.1" })
  })

  it("refuses a host that is none, whoever says it", () => {
    expect(arrived("10.0.0.1", { "x-forwarded-for": "192.0.2.1", "x-forwarded-host": "a/b" })).toBe("bad_host")
  })
})
