import { CompactSign, SignJWT } from "jose"
import { beforeAll, describe, expect, it } from "vitest"

import { bearing, seconds, token } from "../../../support/jwks.ts"
import type { Guarded } from "../guarded.ts"
import { bent, bytes, encode, type Forge, forge, good, hmac, loosened, secret } from "./forge.ts"

type Make = (forge: Forge) => string | Promise<string>

/** What is tried, the token, the reason in the log, and the route that is tried if it is another. */
type Attack = readonly [why: string, make: Make, reason: RegExp, at?: (forge: Forge) => Guarded]

// An honest token but for these claims; one with this header from somebody who has no key; one that says this of itself
// in so many letters.
const claims =
  (more: Readonly<Record<string, unknown>>): Make =>
  ({ rsa }) =>
    token(rsa, more)
const stolen =
  (more: Readonly<Record<string, unknown>>): Make =>
  ({ thief }) =>
    token(thief, {}, more)
const head =
  (text: string): Make =>
  ({ raw }) =>
    raw(text)
const body =
  (text: string | (() => string)): Make =>
  ({ raw }) =>
    raw(undefined, typeof text === "string" ? text : text())
const said = (more: Readonly<Record<string, unknown>>): Make => body(() => JSON.stringify({ ...good(), ...more }))
const edited = (from: string | RegExp, to: string): Make => body(() => JSON.stringify(good()).replace(from, to))
const none =
  (alg: unknown, signature = "AAAA"): Make =>
  () =>
    `${encode({ alg })}.${encode(good())}.${signature}`
const bending =
  (bend: (parts: string[]) => string): Make =>
  (all) =>
    bent(all, bend)
const pinned = ({ pinned: at }: Forge): Guarded => at
const shared = ({ shared: at }: Forge): Guarded => at

const noHeader = /header is not one JSON object/
const noClaims = /content is not one JSON object/
const noForm = /not of the form of a JWT/
const wrong = /signature is wrong/
const noKey = /no known key fits/
const notAllowed = /"alg" in its header is not allowed/

const attacks: readonly Attack[] = [
  ["nothing at all", () => "", noForm],
  ["no token", () => "token", noForm],
  ["alg none without a signature", none("none", ""), noForm],
  ...["none", "None", "NONE", "nOnE", "", "null"].map((alg): Attack => [
    `alg "${alg}" with a made-up signature`,
    none(alg),
    notAllowed,
  ]),
  ["alg null", none(null), /has no "alg"/],
  ["alg as a list", none(["RS256"]), /has no "alg"/],
  ["alg missing", head('{"kid":"one"}'), /has no "alg"/],
  ["alg of another kind than that of the key", head('{"alg":"ES256","kid":"one"}'), noKey],
  ["alg PS256 over a key for RS256", head('{"alg":"PS256","kid":"one"}'), notAllowed],
  ["alg RS1", head('{"alg":"RS1","kid":"one"}'), notAllowed],
  ["alg __proto__", head('{"alg":"__proto__","kid":"one"}'), notAllowed],
  ["an HMAC over the public key", ({ pem }) => hmac(pem, { alg: "HS256" }), notAllowed, pinned],
  ["an HMAC over the public key, trimmed", ({ pem }) => hmac(pem.trim(), { alg: "HS256" }), notAllowed, pinned],
  [
    "an HMAC over the modulus",
    ({ rsa }) => hmac(Buffer.from(rsa.jwk.n ?? "", "base64url"), { alg: "HS256", kid: "one" }),
    notAllowed,
  ],
  ["an HMAC of nothing", () => hmac("", { alg: "HS256" }), wrong, shared],
  [
    "a longer HMAC than the secret allows",
    () => new SignJWT(good()).setProtectedHeader({ alg: "HS512" }).sign(bytes(secret.repeat(2))),
    notAllowed,
    shared,
  ],
  ["a signature by RSA where a secret is shared", ({ rsa }) => token(rsa), notAllowed, shared],
  ["kid of another key", ({ rsa }) => token(rsa, {}, { kid: "two" }), noKey],
  ["kid that nobody knows", ({ rsa }) => token(rsa, {}, { kid: "three" }), noKey],
  ["kid as a path", stolen({ kid: "../../../../dev/null" }), noKey],
  ["kid as SQL", stolen({ kid: "x' UNION SELECT 'key" }), noKey],
  ["kid as a command", stolen({ kid: "|/bin/true" }), noKey],
  ["kid that every object has", stolen({ kid: "constructor" }), noKey],
  ["kid as a number", head('{"alg":"RS256","kid":1}'), /"kid" in its header is no text/],
  ["kid as an object", head('{"alg":"RS256","kid":{}}'), /"kid" in its header is no text/],
  ["a key in the header", (all) => stolen({ jwk: all.thief.jwk })(all), wrong],
  ["the URL of other keys in the header", stolen({ jku: "https://thief.example/jwks" }), wrong],
  ["the URL of a certificate in the header", stolen({ x5u: "https://thief.example/cert" }), wrong],
  ["a certificate in the header", stolen({ x5c: ["MIIB"] }), wrong],
  [
    "the signature of another token",
    bending(([one, , three]) => `${one}.${encode({ ...good(), sub: "eve" })}.${three}`),
    wrong,
  ],
  ["half a signature", bending(([one, two, three]) => `${one}.${two}.${three?.slice(0, 160)}`), wrong],
  ["no signature", bending(([one, two]) => `${one}.${two}.`), noForm],
  ["only two parts", bending(([one, two]) => `${one}.${two}`), noForm],
  ["four parts", bending((parts) => [...parts, "AAAA"].join(".")), noForm],
  ["six parts", bending((parts) => [...parts, ...parts].join(".")), noForm],
  ["an ES256 signature of zeros", ({ ec }) => resigned(token(ec), Buffer.alloc(64)), wrong],
  ["an ES256 signature in DER", ({ ec }) => resigned(token(ec), Buffer.from("3006020101020101", "hex")), wrong],
  ["padding", bending((parts) => parts.map((part) => `${part}=`).join(".")), noForm],
  ["padding of the signature", bending((parts) => `${parts.join(".")}==`), noForm],
  ["letters of plain base64", bending(([one, two, three]) => `${one}.${two}.+/${three?.slice(2)}`), noForm],
  ["a blank inside", bending(([one, two, three]) => `${one}.${two} .${three}`), noForm],
  ["a line break inside", bending(([one, two, three]) => `${one}.${two}\n.${three}`), noForm],
  [
    "a letter that is no byte",
    bending(([one, two, three]) => `${one}.${two}.${three?.slice(0, -1)}`),
    /strict base64url/,
  ],
  [
    "loose bits in the last letter",
    bending(([one, two, three]) => `${one}.${two}.${loosened(three)}`),
    /strict base64url/,
  ],
  ["a header that is no JSON", head("{"), noHeader],
  ["a header that is a list", head('["RS256"]'), noHeader],
  ["alg twice", head('{"alg":"none","kid":"one","alg":"RS256"}'), noHeader],
  ["alg twice, once escaped", head('{"\\u0061lg":"none","kid":"one","alg":"RS256"}'), noHeader],
  ["a header that is not UTF-8", () => `${Buffer.from([123, 255, 125]).toString("base64url")}.e30.AAAA`, noHeader],
  ["a header behind a byte order mark", head('\ufeff{"alg":"RS256","kid":"one"}'), noHeader],
  ["crit", head('{"alg":"RS256","kid":"one","crit":["exp"],"exp":1}'), /"crit"/],
  ["an empty crit", head('{"alg":"RS256","kid":"one","crit":[]}'), /"crit"/],
  ["b64 false", head('{"alg":"RS256","kid":"one","b64":false,"crit":["b64"]}'), /"crit"/],
  ["b64 without crit", head('{"alg":"RS256","kid":"one","b64":true}'), /"b64"/],
  ["claims that are a list", body("[]"), noClaims],
  ["claims that are a text", body('"ada"'), noClaims],
  ["claims that are null", body("null"), noClaims],
  ["claims that are a number", body("1"), noClaims],
  ["claims that are no JSON", body("sub=ada"), noClaims],
  ["a claim twice", edited("{", '{"sub":"eve",'), noClaims],
  ["a claim twice, deep inside", edited("{", '{"a":[{"b":1,"b":2}],'), noClaims],
  ["claims that are nested very deeply", edited("{", `{"a":${"[".repeat(2000)}${"]".repeat(2000)},`), noClaims],
  ["expired by a second", claims({ exp: seconds(-1) }), /has expired/],
  ["expired long ago", claims({ exp: 1 }), /has expired/],
  ["no exp", said({ exp: undefined }), /has no "exp"/],
  ["exp as a text", said({ exp: "9999999999" }), /"exp" is no time/],
  ["exp without bounds", edited(/"exp":\d+/, '"exp":1e999'), /"exp" is no time/],
  ["exp null", said({ exp: null }), /"exp" is no time/],
  ["not valid yet", claims({ nbf: seconds(300) }), /not valid yet/],
  ["nbf as a text", said({ nbf: "0" }), /"nbf" is no time/],
  ["from the future", claims({ iat: seconds(300) }), /from the future/],
  ["from far in the future", said({ iat: 1e300 }), /from the future/],
  ["for another audience", claims({ aud: "bank" }), /another audience/],
  ["for nobody", claims({ aud: undefined }), /another audience/],
  ["for an audience whose name begins like ours", claims({ aud: "shopping" }), /another audience/],
  ["for an audience that is an object", said({ aud: { shop: 1 } }), /"aud" is neither/],
  ["for a list with more than texts in it", said({ aud: ["shop", 1] }), /"aud" is neither/],
  ["iss as a list", said({ iss: ["a"] }), /"iss" is no text/],
  ["nobody", claims({ sub: undefined }), /who it is/],
  ["nobody, by an empty name", claims({ sub: "" }), /who it is/],
  ["an object as subject", said({ sub: { a: 1 } }), /who it is/],
  ["oversized", claims({ more: "a".repeat(20_000) }), /larger than 16384 bytes/],
  ["encrypted, but not signed", ({ sealed }) => sealed(JSON.stringify(good())), noForm],
  ["encrypted, with alg none inside", (all) => all.sealed(`${encode({ alg: "none" })}.${encode(good())}.`), noForm],
  ["encrypted, signed by a thief", async ({ sealed, thief }) => sealed(await token(thief)), wrong],
  ["encrypted twice", async ({ sealed, rsa }) => sealed(await sealed(await token(rsa))), /encrypted twice/],
  [
    "encrypted for somebody else",
    async ({ sealed, rsa }) => sealed(await token(rsa), { kid: "two" }),
    /no key of ours fits/,
  ],
  [
    "encrypted as nobody chose",
    () => `${encode({ alg: "dir", enc: "A128GCM" })}..AAAA.AAAA.AAAA`,
    /no key of ours fits/,
  ],
  ["encrypted by RSA1_5", () => `${encode({ alg: "RSA1_5", enc: "A128GCM" })}.AAAA.AAAA.AAAA.AAAA`, notAllowed],
  [
    "encrypted by a password",
    () => `${encode({ alg: "PBES2-HS256+A128KW", enc: "A128GCM", p2c: 1e9, p2s: "AAAA" })}.AAAA.AAAA.AAAA.AAAA`,
    notAllowed,
  ],
  ["a bomb", ({ bomb }) => bomb(), /cannot be decrypted Decompressed plaintext exceeded/],
  [
    "encrypted where nothing is opened",
    async ({ sealed, rsa }) => sealed(await token(rsa)),
    /no key of ours is there/,
    pinned,
  ],
]

async function resigned(made: Promise<string>, signature: Buffer): Promise<string> {
  return `${(await made).split(".").slice(0, 2).join(".")}.${signature.toString("base64url")}`
}

describe("jwt", () => {
  let all: Forge
  beforeAll(async () => void (all = await forge()))

  it("lets in the tokens that the attacks begin with", async () => {
    const { rsa, ec, route, sealed } = all
    const hs = await new CompactSign(bytes(JSON.stringify(good())))
      .setProtectedHeader({ alg: "HS256" })
      .sign(bytes(secret))
    const honest: [Guarded, string][] = [
      [route, await token(rsa)],
      [route, await token(ec)],
      [route, await sealed(await token(rsa))],
      [route, await all.raw()],
      [all.pinned, await token(rsa)],
      [all.shared, hs],
      [all.shared, hmac(secret, { alg: "HS256" })],
    ]
    for (const [at, text] of honest) expect((await at.ask({ headers: bearing(text) })).status).toBe(200)
  })

  const rows = attacks.map(([why, make, reason, at = ({ route }: Forge) => route]) => ({ why, make, reason, at }))

  it.each(rows)("refuses $why", async ({ make, reason, at }) => {
    const { tools, ask } = at(all)
    const text = await make(all)
    tools.logged.length = 0
    const { status, reply, served } = await ask({ headers: bearing(text) })
    expect(status).toBe(401)
    expect(served).toBeUndefined()
    expect(reply.headers.get("www-authenticate")).toBe('Bearer realm="api", error="invalid_token"')
    const logged = tools.logged.map(({ message, error }) => `${message} ${String(error)}`).join("\n")
    expect(logged).toMatch(reason)
    if (text.length > 10) expect(logged).not.toContain(text)
    expect(String(reply.body)).not.toMatch(reason)
  })
})
