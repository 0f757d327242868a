import type { Exchange } from "../../core/exchange.ts"

/** What a function of the config is told about the request whose sender it judges. */
export interface AuthRequest {
  readonly method: string
  readonly host: string
  /** The path, without the query. */
  readonly path: string
  readonly client: string
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: Headers
}

/** The request as such a function sees it; what costs is made only for those that look at it. */
export const asking = (exchange: Exchange): AuthRequest => ({
  method: exchange.method,
  host: exchange.host,
  path: exchange.path,
  client: exchange.client,
  get params() {
    return exchange.decodedParams()
  },
  get query() {
    return new URLSearchParams(exchange.search)
  },
  get headers() {
    return exchange.headers.toWeb()
  },
})

/** The types that the functions of `auth` and `authorize` are told in, as text for the editor's declaration file. */
export const authTypes = `/** What the functions of \`auth\` and \`authorize\` are told about a request. */
export interface AuthRequest {
  /** \`GET\`, \`POST\`, … */
  readonly method: string
  readonly host: string
  /** The path, without the query. */
  readonly path: string
  /** The address of the client. */
  readonly client: string
  /** What the \`:name\` and \`*\` of the route stand for. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: Headers
}

/** Who asks, as one scheme of \`auth\` vouches for it. */
export interface Identity {
  /** The scheme that vouches: "apiKey", "jwt", … */
  readonly scheme: string
  readonly subject: string
  readonly issuer: string | undefined
  /** The credential that was shown, by a name that may be printed: the id of a key, never the key. */
  readonly credential: string | undefined
  readonly plan: string | undefined
  readonly tenant: string | undefined
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
  /** What else is known: the claims of a token, the metadata of a key. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** What the function of the scheme \`custom\` says of a request that it knows the sender of. */
export interface Vouched {
  readonly subject: string
  readonly issuer?: string | undefined
  readonly credential?: string | undefined
  readonly plan?: string | undefined
  readonly tenant?: string | undefined
  readonly scopes?: readonly string[] | undefined
  readonly roles?: readonly string[] | undefined
  readonly claims?: Readonly<Record<string, unknown>> | undefined
}
`
