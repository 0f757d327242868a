import { createHmac } from "node:crypto"

import { CompactEncrypt, exportSPKI, importJWK } from "jose"
import { beforeAll, describe, expect, it } from "vitest"

import { problemsOf } from "../../contracts/part-contract.ts"
import { tools } from "../../support/exchange.ts"
import { bearing, issuer, type Pair, pair, seconds, token } from "../../support/jwks.ts"
import { type Guarded, guarded } from "./guarded.ts"
import { encode, secret } from "./jwt/forge.ts"

let rsa: Pair
let ec: Pair
let other: Pair

beforeAll(async () => {
  rsa = await pair("RS256", "one")
  ec = await pair("ES256", "two")
  other = await pair("ES256", "two")
})

const pemOf = async ({ jwk, alg }: Pair): Promise<string> =>
  exportSPKI((await importJWK(jwk, alg, { extractable: true })) as CryptoKey)

/** What the service learns of who sent a token; undefined where it was refused. */
const known = async (route: Guarded, text: string) => (await route.ask({ headers: bearing(text) })).served?.identity

describe("jwt", () => {
  it("tells the service who it is, from whom, and with which rights", async () => {
    const route = guarded({ jwt: { key: rsa.jwk, plan: "app.plan", tenant: "org", roles: "realm_access.roles" } })
    const text = await token(rsa, {
      iss: "https://id.example",
      jti: "t-1",
      scope: "read write",
      realm_access: { roles: ["admin"] },
      app: { plan: "gold" },
      org: 7,
    })
    expect(await known(route, text)).toMatchObject({
      scheme: "jwt",
      subject: "ada",
      issuer: "https://id.example",
      credential: "t-1",
      plan: "gold",
      tenant: "7",
      scopes: ["read", "write"],
      roles: ["admin"],
      claims: { sub: "ada", org: 7 },
    })
  })

  it("finds scopes where issuers put them, and those that stand at a place of their own", async () => {
    const scopes = async (claims: Readonly<Record<string, unknown>>, options = {}) =>
      (await known(guarded({ jwt: { key: rsa.jwk, ...options } }), await token(rsa, claims)))?.scopes
    expect(await scopes({ scp: ["a", "b"] })).toEqual(["a", "b"])
    expect(await scopes({ scp: "a  b" })).toEqual(["a", "b"])
    expect(await scopes({ scope: "a", scp: "b" })).toEqual(["a"])
    expect(await scopes({ scope: ["a", 1, null] })).toEqual(["a"])
    expect(await scopes({ scope: { a: 1 } })).toEqual([])
    expect(
      await scopes({ scope: "a", "https://shop.example/rights": ["b"] }, { scopes: "https://shop.example/rights" }),
    ).toEqual(["b"])
  })

  it("leaves requests without a token to others", async () => {
    const route = guarded({ jwt: { key: rsa.jwk }, anonymous: true })
    expect((await route.ask()).status).toBe(200)
    expect((await route.ask({ headers: { authorization: "Basic YTpi" } })).status).toBe(200)
    expect((await route.ask({ headers: bearing("nonsense") })).status).toBe(401)
    const strict = guarded({ jwt: { key: rsa.jwk, realm: 'the "shop"' } })
    expect((await strict.ask()).reply.headers.get("www-authenticate")).toBe('Bearer realm="the \\"shop\\""')
  })

  it("takes tokens from where the config says, and keeps them from the service", async () => {
    const route = guarded({
      jwt: { key: rsa.jwk, from: [{ header: "X-Token" }, { cookie: "at" }, { query: "token" }] },
    })
    const text = await token(rsa)
    const asks = [
      { headers: { "x-token": text } },
      { headers: { cookie: `a=1; at=${text}` } },
      { path: `/?a=1&token=${text}` },
    ]
    for (const asked of asks) {
      const { served } = await route.ask(asked)
      expect(served?.identity?.subject).toBe("ada")
      expect(`${served?.search} ${served?.headers.lines.join(" ")}`).not.toContain(text)
    }
    expect((await route.ask({ headers: bearing(text) })).status).toBe(401)
    const open = guarded({ jwt: { key: rsa.jwk, forward: true } })
    expect((await open.ask({ headers: bearing(text) })).served?.headers.get("authorization")).toBe(`Bearer ${text}`)
  })

  it("takes keys as PEM, as JSON, as sets and as lists, and secrets", async () => {
    const pem = await pemOf(rsa)
    const keys: unknown[] = [
      pem,
      JSON.stringify(rsa.jwk),
      rsa.jwk,
      { keys: [ec.jwk, rsa.jwk] },
      [await pemOf(ec), pem],
      [{ keys: [ec.jwk] }, JSON.stringify({ keys: [rsa.jwk] })],
    ]
    const text = await token(rsa)
    for (const key of keys) expect((await known(guarded({ jwt: { key } }), text))?.subject).toBe("ada")
    const shared = guarded({ jwt: { secret: ["a".repeat(32), secret] } })
    const input = [{ alg: "HS256" }, { sub: "ada", exp: seconds(60) }].map((part) => encode(part)).join(".")
    const signed = `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`
    expect((await known(shared, signed))?.subject).toBe("ada")
  })

  it.each(["RS384", "PS256", "PS512", "ES384", "ES512", "EdDSA", "Ed25519", "ML-DSA-65"])("takes %s", async (alg) => {
    const one = await pair(alg, "k")
    const route = guarded({ jwt: { key: one.jwk } })
    const text = await token(one)
    expect((await known(route, text))?.subject).toBe("ada")
    expect(await known(route, `${text.slice(0, -30)}${"A".repeat(30)}`)).toBeUndefined()
  })

  it("takes only the algorithms of the list", async () => {
    const { alg: _, ...any } = rsa.jwk
    const route = guarded({ jwt: { key: any, algorithms: ["PS256"] } })
    expect(await known(route, await token(rsa))).toBeUndefined()
    const privateKey = await crypto.subtle.importKey(
      "pkcs8",
      await crypto.subtle.exportKey("pkcs8", rsa.privateKey),
      { name: "RSA-PSS", hash: "SHA-256" },
      false,
      ["sign"],
    )
    expect((await known(route, await token({ ...rsa, alg: "PS256", privateKey })))?.subject).toBe("ada")
  })

  it.each<
    [
      options: Readonly<Record<string, unknown>>,
      held: Readonly<Record<string, unknown>>,
      not: Readonly<Record<string, unknown>>,
    ]
  >([
    [{ issuer: "https://id.example" }, { iss: "https://id.example" }, { iss: "https://id.example/" }],
    [{ issuer: ["a", "b"] }, { iss: "b" }, {}],
    [{ audience: "shop" }, { aud: ["bank", "shop"] }, { aud: ["bank"] }],
    [{ audience: ["shop", "bank"] }, { aud: "bank" }, { aud: "cafe" }],
    [{ audience: { all: ["shop", "bank"] } }, { aud: ["bank", "shop", "cafe"] }, { aud: ["shop"] }],
    [{ require: ["email", "app.plan"] }, { email: "a", app: { plan: 0 } }, { email: "a", app: { plan: null } }],
    [{ maxAge: "1m" }, { iat: seconds(-50) }, { iat: seconds(-62) }],
    [{ maxAge: "1m" }, { iat: seconds(-50) }, { iat: undefined }],
    [{ leeway: "1m" }, { exp: seconds(-50), nbf: seconds(50), iat: seconds(50) }, { exp: seconds(-61) }],
    [{ expiry: "optional" }, { exp: undefined }, { exp: seconds(-2) }],
    [{ subject: "azp" }, { azp: "app", sub: undefined }, { azp: undefined }],
    [{ check: (claims: { vip?: boolean }) => claims.vip === true }, { vip: true }, { vip: false }],
    [{ check: async (claims: { vip?: boolean }) => claims.vip as boolean }, { vip: true }, { vip: "yes" }],
  ])("with %j takes %j, and not %j", async (options, held, not) => {
    const route = guarded({ jwt: { key: rsa.jwk, ...options } })
    expect((await route.ask({ headers: bearing(await token(rsa, held)) })).status).toBe(200)
    expect((await route.ask({ headers: bearing(await token(rsa, not)) })).status).toBe(401)
  })

  it("takes only the kind of token that `typ` names, in letters of either size", async () => {
    const route = guarded({ jwt: { key: rsa.jwk, typ: "at+jwt" } })
    expect(await known(route, await token(rsa, {}, { typ: "application/AT+JWT" }))).toBeDefined()
    expect(await known(route, await token(rsa, {}, { typ: "JWT" }))).toBeUndefined()
    expect(await known(route, await token(rsa))).toBeUndefined()
  })

  it("leaves tokens of other kinds to the schemes behind it only if the config says so", async () => {
    const behind = { custom: { identify: () => ({ subject: "somebody" }) } }
    const asked = { headers: bearing("opaque") }
    expect((await guarded({ jwt: { key: rsa.jwk }, ...behind }).ask(asked)).status).toBe(401)
    const passing = guarded({ jwt: { key: rsa.jwk, opaque: "pass" }, ...behind })
    expect((await passing.ask(asked)).served?.identity?.subject).toBe("somebody")
    expect((await passing.ask({ headers: bearing(await token(other)) })).status).toBe(401)
  })

  it("takes tokens that are encrypted with a shared secret and not signed, as nobody else can make them", async () => {
    const route = guarded({ jwt: { decrypt: { secret } } })
    const claims = Buffer.from(JSON.stringify({ sub: "ada", exp: seconds(60) }))
    const make = (by: string) =>
      new CompactEncrypt(claims).setProtectedHeader({ alg: "dir", enc: "A256GCM" }).encrypt(Buffer.from(by))
    expect((await known(route, await make(secret)))?.subject).toBe("ada")
    expect(await known(route, await make("b".repeat(32)))).toBeUndefined()
    expect(await known(route, await token(rsa))).toBeUndefined()
  })

  it("reads the tokens of several issuers by the options of each", async () => {
    const route = guarded({
      jwt: [
        { key: rsa.jwk, issuer: "https://a.example", audience: "shop", realm: "shop" },
        {
          key: ec.jwk,
          issuer: ["https://b.example", "https://c.example"],
          subject: "email",
          from: [{ cookie: "at" }, { header: "authorization", word: "Bearer" }],
        },
      ],
    })
    const b = { iss: "https://b.example", email: "ada@b.example", aud: "other" }
    for (let times = 0; times < 2; times++) {
      expect((await known(route, await token(rsa, { iss: "https://a.example" })))?.subject).toBe("ada")
      expect((await known(route, await token(ec, b)))?.subject).toBe("ada@b.example")
      const { served } = await route.ask({ headers: { cookie: `at=${await token(ec, b)}` } })
      expect(served?.identity?.issuer).toBe("https://b.example")
      expect(served?.headers.has("cookie")).toBe(false)
    }
    // An issuer says so with its own key, and by its own rules.
    expect(await known(route, await token(ec, { ...b, iss: "https://a.example" }))).toBeUndefined()
    expect(await known(route, await token(rsa, { iss: "https://b.example" }))).toBeUndefined()
    expect(await known(route, await token(rsa, { iss: "https://a.example", aud: "other" }))).toBeUndefined()
    expect(await known(route, await token(rsa, { iss: "https://d.example" }))).toBeUndefined()
    expect(await known(route, await token(rsa))).toBeUndefined()
    expect((await route.ask()).reply.headers.get("www-authenticate")).toBe('Bearer realm="shop", Bearer realm="api"')
  })

  it("refuses a list of issuers that do not agree on what becomes of their tokens", () => {
    const written = { jwt: [{ key: rsa.jwk, forward: true }, { key: ec.jwk }] }
    const found = problemsOf({ service: "cart", auth: written }).map(
      ({ path, message }) => `${path.join(".")}: ${message}`,
    )
    expect(found).toEqual([expect.stringMatching(/auth\.jwt\.1: .*"forward" has to be the same/)])
  })

  it("does not turn what the function of the config throws into a no of its own", async () => {
    const route = guarded({
      jwt: {
        key: rsa.jwk,
        check: () => {
          throw new Error("no database")
        },
      },
    })
    expect((await route.ask({ headers: bearing(await token(rsa)) })).status).toBe(500)
  })

  describe("with published keys", () => {
    it("takes a new key as soon as it is used, and no longer takes one that is gone", async () => {
      using id = issuer([rsa.jwk])
      const route = guarded({ jwt: { jwks: `${id.url}/jwks`, cooldown: "1ms" } })
      const old = await token(rsa)
      expect((await known(route, old))?.subject).toBe("ada")
      id.keys = [ec.jwk]
      expect((await known(route, old))?.subject).toBe("ada")
      await Bun.sleep(2)
      expect((await known(route, await token(ec)))?.subject).toBe("ada")
      await Bun.sleep(2)
      expect(await known(route, old)).toBeUndefined()
    })

    it("asks the issuer where they are", async () => {
      using id = issuer([rsa.jwk])
      const route = guarded({ jwt: { issuer: id.url } })
      expect((await known(route, await token(rsa, { iss: id.url })))?.issuer).toBe(id.url)
      expect(await known(route, await token(rsa, { iss: "https://other.example" }))).toBeUndefined()
      expect(id.questions.map(({ path }) => path)).toEqual(["/.well-known/openid-configuration", "/jwks"])
    })

    it("says that it cannot know, where the issuer cannot be asked", async () => {
      using id = issuer([rsa.jwk])
      id.instead = () => new Response("", { status: 302, headers: { location: "http://127.0.0.1:1/" } })
      const route = guarded({ jwt: { jwks: `${id.url}/jwks` } })
      const { status, reply } = await route.ask({ headers: bearing(await token(rsa)) })
      expect(status).toBe(503)
      expect(String(reply.body)).not.toContain("127.0.0.1")
    })

    it("fetches nothing before it is served, and keeps its keys over reloads", async () => {
      using id = issuer([rsa.jwk])
      const given = tools()
      const built = () => guarded({ jwt: { jwks: `${id.url}/jwks` } }, given)
      built()
      expect(id.questions).toEqual([])
      const end = given.begins[0]?.()
      const text = await token(rsa)
      expect((await known(built(), text))?.subject).toBe("ada")
      expect((await known(built(), text))?.subject).toBe("ada")
      expect(id.asked("/jwks")).toBe(1)
      end?.()
    })
  })
})
