import { describe as group, expect, it } from "vitest"

import { check } from "../../src/config/check.ts"
import { policiesOf } from "../../src/config/route.ts"
import { describeSecurity, policyNames } from "../../src/gateway/describe-security.ts"

const basic = { users: { ada: "$2b$04$vG939QkvLd7ZEin/Bmqlyutmx8tCurcIHVuLTYgQIE66XCoruu.XO" } }
const session = { secret: "0123456789abcdef0123456789abcdef" }

/** The policies of a route with this `auth`. */
function policies(auth: unknown, defaults: Record<string, unknown> = {}) {
  const { config, problems } = check({ store: "sqlite", defaults, routes: { "/x": { reply: {}, auth } } })
  expect(problems).toEqual([])
  return policiesOf(config.routes[0]?.choices[0] ?? expect.fail(), config)
}

group("describeSecurity()", () => {
  const cases: [auth: unknown, scheme: unknown][] = [
    [{ apiKey: {} }, { type: "apiKey", in: "header", name: "x-api-key" }],
    [{ apiKey: { from: { query: "key" } } }, { type: "apiKey", in: "query", name: "key" }],
    [{ apiKey: { from: { header: "Authorization", word: "ApiKey" } } }, { type: "http", scheme: "apikey" }],
    [{ jwt: { secret: session.secret, algorithms: ["HS256"], audience: "shop" } }, { type: "http", scheme: "bearer" }],
    [{ basic }, { type: "http", scheme: "basic" }],
    [{ session }, { type: "apiKey", in: "cookie", name: "session" }],
    [
      { oidc: { issuer: "https://id.example", clientId: "shop", clientSecret: "s", session } },
      { type: "openIdConnect", openIdConnectUrl: "https://id.example/.well-known/openid-configuration" },
    ],
    [{ custom: { identify: () => undefined, from: { cookie: "t" } } }, { type: "apiKey", in: "cookie", name: "t" }],
  ]
  it.each(cases)("describes %o", (auth, scheme) => {
    const [name = ""] = Object.keys(auth as object)
    expect(describeSecurity(policies(auth))).toEqual({ security: [{ name, scheme }], anonymous: false })
  })

  it("says nothing where nobody wants to know, or where it cannot be told", () => {
    const custom = { identify: () => undefined }
    expect(describeSecurity(policies(false))).toEqual({})
    expect(describeSecurity(policies({ custom }))).toEqual({})
  })
})

group("policyNames()", () => {
  it("leaves out what only keeps clients from speaking as somebody on an open route", () => {
    const defaults = { auth: { basic, tell: { headers: { "x-user": "subject" } } } }
    expect(policies(false, defaults).map(({ part }) => part.name)).toContain("auth")
    expect(policyNames(policies(false, defaults))).not.toContain("auth")
    expect(policyNames(policies(undefined, defaults))).toContain("auth")
  })
})
