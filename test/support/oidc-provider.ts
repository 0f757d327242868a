import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** A real OpenID provider on loopback, whose login page takes everybody by any name. */
export interface OidcProvider extends AsyncDisposable {
  readonly issuer: string
  /** What gateways say of themselves. */
  readonly client: { readonly clientId: string; readonly clientSecret: string }
  /** The kinds of grants for which it gave tokens, in order. */
  readonly grants: readonly string[]
  /** What was taken back, in order: "refresh" for a token that was given back, "grant" for a whole login. */
  readonly revoked: readonly string[]
  /** Takes the gateway at these origins for its client. */
  register(...origins: readonly string[]): void
  /** How long access tokens live, in seconds. */
  tokenLife: number
  /** Answers nobody until it is switched on again. */
  away: boolean
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void

const name: string = "oidc-provider"

/** Starts a provider. */
export async function oidcProvider(): Promise<OidcProvider> {
  // It brings no types along; this much of it is used here.
  const { default: Provider } = (await import(name)) as {
    default: new (
      issuer: string,
      options: object,
    ) => {
      callback(): Listener
      on(event: string, heard: (context: { oidc: { params?: { grant_type?: string } } }) => void): void
    }
  }
  let listen: Listener = (_, response) => void response.writeHead(503).end()
  let away = false
  const server = createServer((request, response) => (away ? request.socket.destroy() : listen(request, response)))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = { clientId: "shop", clientSecret: "a secret of the shop and its provider" }
  const grants: string[] = []
  const revoked: string[] = []
  const state = { tokenLife: 3600 }

  return {
    issuer,
    client,
    grants,
    revoked,
    register(...origins) {
      const provider = new Provider(issuer, {
        clients: [
          {
            client_id: client.clientId,
            client_secret: client.clientSecret,
            grant_types: ["authorization_code", "refresh_token"],
            redirect_uris: origins.map((origin) => `${origin}/oauth/callback`),
            post_logout_redirect_uris: origins.map((origin) => `${origin}/`),
          },
        ],
        claims: { openid: ["sub"], email: ["email"] },
        conformIdTokenClaims: false,
        cookies: { keys: ["cookies of the provider of the tests"] },
        features: { revocation: { enabled: true } },
        findAccount: (_: unknown, accountId: string) => ({
          accountId,
          claims: () => ({ sub: accountId, email: `${accountId}@shop.example` }),
        }),
        issueRefreshToken: () => true,
        rotateRefreshToken: true,
        ttl: {
          AccessToken: () => state.tokenLife,
          IdToken: 3600,
          RefreshToken: 86_400,
          Grant: 86_400,
          Session: 86_400,
          Interaction: 600,
        },
      })
      provider.on("grant.success", ({ oidc }) => void grants.push(oidc.params?.grant_type ?? ""))
      provider.on("refresh_token.destroyed", () => void revoked.push("refresh"))
      provider.on("grant.revoked", () => void revoked.push("grant"))
      listen = provider.callback()
    },
    get tokenLife() {
      return state.tokenLife
    },
    set tokenLife(seconds) {
      state.tokenLife = seconds
    },
    get away() {
      return away
    },
    set away(isAway) {
      away = isAway
      if (isAway) server.closeAllConnections()
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
