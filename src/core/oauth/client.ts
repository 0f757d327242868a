import { type JWK, SignJWT } from "jose"

import { about, object, type Of, optional, type Path, type Report } from "../schema.ts"
import { oneOf, text } from "../values.ts"
import { keyOption } from "./key-option.ts"

/** How the gateway says who it is to a server that speaks OAuth. */
export const clientFields = {
  clientId: about("The name of this gateway at that server.", text({ expected: "a name", pattern: /./ })),
  clientSecret: about("Its secret there.", optional(text({ expected: "a secret", pattern: /./ }))),
  clientKey: about(
    'Its private key, in the place of a secret: it signs who it is ("private_key_jwt").',
    optional(keyOption("private")),
  ),
  clientAuth: about(
    'How the secret is shown: "basic" in a header, "post" in the form, "jwt" as a signature made with it. Default: "basic", and "jwt" with a key.',
    optional(oneOf("basic", "post", "jwt")),
  ),
}

const fields = object(clientFields)

/** The checked options of a client. */
export type ClientOptions = Of<typeof fields>

/** Finds what does not go together in the options of a client. */
export function checkClient(options: ClientOptions, path: Path, report: Report): void {
  const { clientSecret, clientKey, clientAuth } = options
  const problem = (at: Path, message: string, fix: string): void => report({ code: "E204", path: at, message, fix })
  if ((clientSecret === undefined) === (clientKey === undefined))
    problem(path, 'Expected one of "clientSecret" and "clientKey".', "Give what that server knows this gateway by.")
  if (clientKey && (clientKey.length !== 1 || algorithmOf(clientKey[0] as JWK) === undefined))
    problem([...path, "clientKey"], "Expected one key that signs.", "Give an RSA, EC or Ed25519 key.")
  if (clientKey && clientAuth !== undefined && clientAuth !== "jwt")
    problem([...path, "clientAuth"], 'A key is never sent: it can only sign ("jwt").', 'Remove "clientAuth".')
  if (clientSecret !== undefined && clientAuth === "jwt" && Buffer.byteLength(clientSecret) < 32)
    problem([...path, "clientSecret"], "Expected a secret of at least 32 bytes, as it has to sign.", 'Use "basic".')
}

const curves: ReadonlyMap<string | undefined, string> = new Map([
  ["P-256", "ES256"],
  ["P-384", "ES384"],
  ["P-521", "ES512"],
  ["Ed25519", "EdDSA"],
])

const algorithmOf = ({ kty, crv, alg }: JWK): string | undefined =>
  kty === "oct" || crv === "X25519" ? undefined : (alg ?? (kty === "RSA" ? "RS256" : curves.get(crv)))

/** Says who asks, in the form and the headers of a request to this URL (RFC 6749 section 2.3, RFC 7523). */
export async function identifyClient(
  options: ClientOptions,
  url: string,
  form: URLSearchParams,
): Promise<Readonly<Record<string, string>>> {
  const { clientId, clientSecret = "", clientKey, clientAuth = clientKey ? "jwt" : "basic" } = options
  if (clientAuth === "basic") {
    const pair = `${encoded(clientId)}:${encoded(clientSecret)}`
    return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` }
  }
  form.set("client_id", clientId)
  if (clientAuth === "post") form.set("client_secret", clientSecret)
  else {
    form.set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
    form.set("client_assertion", await assertion(clientId, clientKey?.[0], clientSecret, url))
  }
  return {}
}

// Both are form-encoded before they are put together: either may have a colon in it.
const encoded = (value: string): string => new URLSearchParams({ "": value }).toString().slice(1)

function assertion(clientId: string, key: JWK | undefined, secret: string, url: string): Promise<string> {
  const alg = (key && algorithmOf(key)) ?? "HS256"
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({ jti: crypto.randomUUID() })
    .setProtectedHeader(key?.kid === undefined ? { alg } : { alg, kid: key.kid })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(url)
    .setIssuedAt(now)
    .setExpirationTime(now + 60)
    .sign(key ?? new TextEncoder().encode(secret))
}
