import { describe, expect, it } from "vitest"

import { standardLimits } from "../../src/core/tunnel.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { csrf, siteOf } from "../../src/policies/csrf.ts"
import { type Asked, exchange, tools } from "../support/exchange.ts"

async function answer(options: unknown, asked: Asked, websocket = false): Promise<number> {
  const problems: string[] = []
  const made = csrf.options.parse(options, [], ({ message }) => void problems.push(message))
  expect(problems).toEqual([])
  const given = exchange({ method: "POST", ...asked })
  if (websocket) given.websocket = standardLimits
  const handle = csrf.create(made, tools())(() => ({ status: 200, headers: new HeaderList(), body: null }))
  try {
    return (await handle(given)).status
  } catch (error) {
    expect(error).toMatchObject({ code: "forbidden" })
    return 403
  }
}

const origin = (value: string): Asked => ({ headers: { origin: value } })
const site = (value: string, more: Readonly<Record<string, string>> = {}): Asked => ({
  headers: { "sec-fetch-site": value, ...more },
})

describe("csrf()", () => {
  it.each([
    ["a page of its own", site("same-origin"), 200],
    ["the user", site("none"), 200],
    ["another site", site("cross-site"), 403],
    ["another host of the site", site("same-site"), 403],
    ["another site that claims two things", site("same-origin, cross-site"), 403],
    ["another site in an old browser", origin("https://evil.example"), 403],
    ["nobody", origin("null"), 403],
    ["its own page in an old browser", origin("http://shop.example"), 200],
    ["its own page, behind TLS that ends before", origin("https://shop.example"), 200],
    ["a name that begins alike", origin("http://shop.example.evil.test"), 403],
    ["another port", origin("http://shop.example:81"), 403],
    ["http, where the gateway has https", { scheme: "https", ...origin("http://shop.example") } as const, 403],
    ["a host in capitals", { host: "Shop.Example", ...origin("http://shop.example") }, 200],
    ["a program", {}, 200],
  ] satisfies [string, Asked, number][])("answers what comes from %s", async (_, asked, status) => {
    expect(await answer(true, asked)).toBe(status)
  })

  it.each(["GET", "HEAD", "OPTIONS"])("leaves %s alone", async (method) => {
    expect(await answer({}, { ...site("cross-site"), method })).toBe(200)
  })

  it.each(["DELETE", "PROPPATCH", "get"])("looks at %s", async (method) => {
    expect(await answer({}, { ...site("cross-site"), method })).toBe(403)
  })

  it("looks at WebSockets, which a page of any site may open with the cookies of its visitor", async () => {
    expect(await answer({}, { method: "GET", ...origin("https://evil.example") }, true)).toBe(403)
    expect(await answer({}, { method: "GET", ...origin("https://shop.example") }, true)).toBe(200)
  })

  it("lets the pages of trusted origins through", async () => {
    const options = { origins: ["https://pay.example", "https://*.shop.example"] }
    expect(await answer(options, site("cross-site", { origin: "https://pay.example" }))).toBe(200)
    expect(await answer(options, site("same-site", { origin: "https://a.shop.example" }))).toBe(200)
    expect(await answer(options, site("cross-site", { origin: "https://pay.example.evil.test" }))).toBe(403)
    expect(await answer(options, site("cross-site"))).toBe(403)
  })

  it('refuses those that say nothing with silent: "refuse"', async () => {
    expect(await answer({ silent: "refuse" }, {})).toBe(403)
    expect(await answer({ silent: "refuse" }, site("same-origin"))).toBe(200)
  })

  it("looks at requests with cookies only, if asked", async () => {
    expect(await answer({ onlyWithCookies: true }, site("cross-site"))).toBe(200)
    expect(await answer({ onlyWithCookies: true }, site("cross-site", { cookie: "a=b" }))).toBe(403)
  })
})

it("siteOf() tells a page of its own from another's, and from what is no browser", () => {
  expect(siteOf(exchange(site("same-origin")), undefined)).toBe("own")
  expect(siteOf(exchange(site("cross-site")), undefined)).toBe("other")
  expect(siteOf(exchange(), undefined)).toBe("silent")
})
