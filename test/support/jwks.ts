import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose"

/** A pair of keys of a test, the public half as issuers publish it. */
export interface Pair {
  readonly alg: string
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

/** Makes a pair of keys. */
export async function pair(alg: string, kid: string): Promise<Pair> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  return { alg, kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } }
}

/** The time as tokens say it. */
export const seconds = (from = 0): number => Math.floor(Date.now() / 1000) + from

/** A token of an ordinary user that holds for a minute, but for what the test says. */
export const token = (
  { alg, kid, privateKey }: Pair,
  claims: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> =>
  new SignJWT({ sub: "ada", aud: "shop", iat: seconds(), exp: seconds(60), ...claims })
    .setProtectedHeader({ alg, kid, ...header })
    .sign(privateKey)

/** The header of a request with a bearer token. */
export const bearing = (text: string): { readonly authorization: string } => ({ authorization: `Bearer ${text}` })

/** What a question to an issuer was. */
export interface Question {
  readonly path: string
  readonly form: URLSearchParams
  readonly headers: Headers
}

/** An issuer on loopback: its keys, its description of itself, its opinion of tokens, its tokens for clients. */
export interface Issuer {
  readonly url: string
  readonly questions: Question[]
  /** What it publishes now. */
  keys: readonly unknown[]
  /** What it says of a token. */
  introspect: (token: string) => unknown
  /** What it answers those that want a token. */
  grant: (form: URLSearchParams) => unknown
  /** Answers in the place of all of the above. */
  instead: ((question: Question) => Response | undefined | Promise<Response | undefined>) | undefined
  /** How often it was asked for this path. */
  asked(path: string): number
  [Symbol.dispose](): void
}

/** Starts an issuer on a free port of loopback. */
export function issuer(keys: readonly unknown[] = []): Issuer {
  const made: Issuer = {
    url: "",
    questions: [],
    keys,
    introspect: () => ({ active: false }),
    grant: () => ({ access_token: "granted", token_type: "Bearer", expires_in: 60 }),
    instead: undefined,
    asked: (path) => made.questions.filter((one) => one.path === path).length,
    [Symbol.dispose]: () => void server.stop(true),
  }
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    development: false,
    async fetch(request) {
      const path = new URL(request.url).pathname
      const form = new URLSearchParams(await request.text())
      const question = { path, form, headers: request.headers }
      made.questions.push(question)
      const other = await made.instead?.(question)
      if (other) return other
      if (path === "/jwks") return Response.json({ keys: made.keys })
      if (path === "/.well-known/openid-configuration")
        return Response.json({ issuer: made.url, jwks_uri: `${made.url}/jwks`, token_endpoint: `${made.url}/token` })
      if (path === "/introspect") return Response.json(made.introspect(form.get("token") ?? ""))
      if (path === "/token") return Response.json(made.grant(form))
      return new Response("nothing here", { status: 404 })
    },
  })
  return Object.assign(made, { url: `http://127.0.0.1:${server.port}` })
}
