import { exportJWK, generateKeyPair, SignJWT } from "jose"

/** What the token endpoint was asked. */
export interface TokenRequest {
  readonly form: Readonly<Record<string, string>>
  readonly authorization: string | null
}

/** An OpenID provider that does as a test says, right or wrong. */
export interface Issuer extends Disposable {
  readonly url: string
  readonly asked: TokenRequest[]
  /** How often each of its addresses was asked. */
  readonly count: (path: string) => number
  /** What its description says otherwise; undefined takes something out. */
  description: Record<string, unknown>
  /** What ID tokens say otherwise; undefined takes something out. */
  claims: Record<string, unknown>
  /** What the token endpoint answers otherwise. */
  answer: Record<string, unknown>
  userinfo: Record<string, unknown>
  /** The status of the token endpoint. */
  status: number
  away: boolean
  /** Makes an ID token; the standard one is signed with a key that it publishes. */
  sign: (claims: Record<string, unknown>) => Promise<string> | string
  /** Holds the token endpoint until the promise settles. */
  held: Promise<unknown>
}

const keys = await generateKeyPair("ES256", { extractable: true })
const published = { ...(await exportJWK(keys.publicKey)), kid: "one", alg: "ES256", use: "sig" }

/** An ID token with these claims, signed with the key of the issuer. */
export const signed = (claims: Record<string, unknown>): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: "one" }).sign(keys.privateKey)

/** Starts a provider for the client "shop". */
export function issuer(): Issuer {
  const counts = new Map<string, number>()
  let tokens = 0
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { pathname } = new URL(request.url)
      counts.set(pathname, (counts.get(pathname) ?? 0) + 1)
      if (made.away) return new Response("away", { status: 502 })
      if (pathname === "/.well-known/openid-configuration") return Response.json(described())
      if (pathname === "/keys") return Response.json({ keys: [published] })
      if (pathname === "/userinfo") return Response.json(made.userinfo)
      if (pathname !== "/token" && pathname !== "/revoke") return new Response(null, { status: 404 })
      const form = Object.fromEntries(await request.formData()) as Record<string, string>
      made.asked.push({ form, authorization: request.headers.get("authorization") })
      if (pathname === "/revoke") return Response.json({})
      await made.held
      if (made.status !== 200) return Response.json({ error: "invalid_grant" }, { status: made.status })
      const now = Math.floor(Date.now() / 1000)
      const standard = {
        iss: made.url,
        sub: "ada",
        aud: "shop",
        iat: now,
        exp: now + 300,
        nonce: nonces.get(form.code ?? ""),
      }
      const number = ++tokens
      return Response.json({
        access_token: `access ${number}`,
        token_type: "Bearer",
        refresh_token: `refresh ${number}`,
        expires_in: 300,
        id_token: await made.sign({ ...standard, ...made.claims }),
        ...made.answer,
      })
    },
  })
  const nonces = new Map<string, string>()
  const described = () => ({
    issuer: made.url,
    authorization_endpoint: `${made.url}/authorize`,
    token_endpoint: `${made.url}/token`,
    userinfo_endpoint: `${made.url}/userinfo`,
    revocation_endpoint: `${made.url}/revoke`,
    end_session_endpoint: `${made.url}/end`,
    jwks_uri: `${made.url}/keys`,
    id_token_signing_alg_values_supported: ["ES256", "HS256"],
    ...made.description,
  })
  const made: Issuer & { nonces: Map<string, string> } = {
    url: `http://127.0.0.1:${server.port}`,
    asked: [],
    count: (path) => counts.get(path) ?? 0,
    description: {},
    claims: {},
    answer: {},
    userinfo: {},
    status: 200,
    away: false,
    sign: signed,
    held: Promise.resolve(),
    nonces,
    [Symbol.dispose]: () => void server.stop(true),
  }
  return made
}

/** The address that the provider sends a browser back to from its login page. */
export function allowed(location: string, provider: Issuer, more: Readonly<Record<string, string>> = {}): string {
  const { searchParams } = new URL(location)
  const code = `code ${crypto.randomUUID()}`
  const { nonces } = provider as Issuer & { nonces: Map<string, string> }
  nonces.set(code, searchParams.get("nonce") ?? "")
  const back = new URL(searchParams.get("redirect_uri") ?? "")
  const said = { code, state: searchParams.get("state") ?? "", ...more }
  return `${back.pathname}?${new URLSearchParams(said)}`
}
