import { checkPrivate, serverUrl } from "../../../core/oauth/server-url.ts"
import {
  about,
  either,
  listOf,
  object,
  type Of,
  optional,
  type Path,
  record,
  type Report,
} from "../../../core/schema.ts"
import { duration } from "../../../core/units.ts"
import { flag, off, oneOf, text } from "../../../core/values.ts"
import { claimPath } from "../claim-path.ts"
import { sessionOptions } from "../session/options.ts"

const path = text({ expected: 'a path such as "/logout"', pattern: /^(\/[\w.~-]+)+$/ })

/** The options of logging in with a provider. */
export const oidcOptions = object({
  issuer: about(
    'The provider, as it calls itself: a URL such as "https://id.example/realms/shop". It is asked for its description (OpenID Connect Discovery) when the first browser comes.',
    serverUrl(),
  ),
  clientId: about("What the provider calls this gateway.", text({ expected: "the id of a client", pattern: /./ })),
  clientSecret: about(
    "The secret that the provider shares with this gateway. Without one the gateway is a public client, and the login rests on PKCE alone.",
    optional(text({ expected: "the secret of a client", pattern: /./ })),
  ),
  clientAuth: about(
    'How the secret is sent: "basic" in a header, "post" in the form.',
    optional(oneOf("basic", "post"), "basic"),
  ),
  session: about("The sessions of those who have logged in.", sessionOptions("oidc")),
  scopes: about(
    'What is asked for beside "openid", such as "email" or "offline_access". Default: "profile" and "email".',
    optional(listOf(text({ expected: "a scope", pattern: /^[\x21\x23-\x5b\x5d-\x7e]+$/ }))),
  ),
  params: about(
    'Further parameters of the login page, such as { prompt: "login" } or { audience: "shop" }.',
    optional(record(text(), text({ expected: "a parameter that the gateway does not set itself", pattern: own() }))),
  ),
  callback: about(
    "The path to which the provider sends browsers back; the gateway answers it. It has to be known to the provider with the origin before it.",
    optional(path, "/oauth/callback"),
  ),
  logout: about(
    "The path that ends the session, for GET and POST; the gateway answers it. Links on pages of other origins do not log out: 403. `false`: there is none.",
    optional(either(path, off())),
  ),
  afterLogout: about(
    "Where browsers go after that: a path, or a whole URL. The provider has to know it.",
    optional(
      text({
        expected: 'a path or a URL such as "/bye"',
        pattern: /^(\/(?![/\\])|https?:\/\/[^\s/\\]+)[\x21-\x5b\x5d-\x7e]*$/,
      }),
      "/",
    ),
  ),
  providerLogout: about(
    "Ends the session with the provider too, where it has an address for that, and gives the refresh token back.",
    optional(flag(), true),
  ),
  login: about(
    'A path that begins a login, such as "/login", for links and for pages that were told 401: `?to=/cart` says where to go on. The gateway answers it. Without one, a login begins wherever a page is asked for.',
    optional(path),
  ),
  redirect: about(
    'Who is sent to the login: "pages", that is what a browser opens in a tab or a frame, or nobody. All others get 401, as requests by scripts always do, since they could not follow.',
    optional(oneOf("pages", "nobody"), "pages"),
  ),
  origin: about(
    'How browsers reach the gateway, such as "https://shop.example". Default: the scheme and the host of the request.',
    optional(text({ expected: 'an origin such as "https://shop.example"', pattern: /^https?:\/\/[a-z0-9.[\]:-]+$/ })),
  ),
  refresh: about(
    "Asks the provider for new tokens shortly before the access token is over, if there is a refresh token; a session that it does not renew ends. With false, sessions live as long as they say.",
    optional(flag(), true),
  ),
  userinfo: about("Asks the provider for the claims that its userinfo endpoint has as well.", optional(flag(), false)),
  passAccessToken: about(
    "Sends the access token to the service: `Authorization: Bearer …`, in the place of what the client may have sent. Without a refresh token the session ends with the access token.",
    optional(flag(), false),
  ),
  scope: about("The claim with the scopes. Default: those that the provider granted.", optional(claimPath())),
  roles: about('The claim with the roles, such as "realm_access.roles".', optional(claimPath(), "roles")),
  plan: about("The claim with the plan, which limits and quotas may go by.", optional(claimPath())),
  tenant: about("The claim with the tenant.", optional(claimPath())),
  timeout: about("How long an answer of the provider may take.", optional(duration(), "5s")),
  leeway: about("How far the clock of the provider may be off.", optional(duration(), "5s")),
  insecure: about("Speaks with the provider over plain http, on other machines too.", optional(flag(), false)),
})

/** The checked options of logging in with a provider. */
export type OidcOptions = Of<typeof oidcOptions>

/** Every parameter but those that make a login safe. */
function own(): RegExp {
  const names = ["response_type", "response_mode", "client_id", "redirect_uri", "scope", "state", "nonce", "request"]
  const more = ["request_uri", "code_challenge", "code_challenge_method", "code_verifier", "client_secret"]
  return new RegExp(`^(?!(?:${[...names, ...more].join("|")})$)\\w[\\w.:-]*$`)
}

/** The path of the logout; it is there unless the config switches it off. */
export const logoutOf = ({ logout }: Pick<OidcOptions, "logout">): string | undefined =>
  logout === false ? undefined : (logout ?? "/logout")

/** Finds what does not go together. */
export function checkOidc(options: OidcOptions, path: Path, report: Report): void {
  if (!options.insecure) checkPrivate(options.issuer, [...path, "issuer"], report)
  const paths = [options.callback, logoutOf(options), options.login].filter((one) => one !== undefined)
  if (new Set(paths).size < paths.length)
    report({
      code: "E204",
      path,
      message: 'Two of "callback", "logout" and "login" are the same path.',
      fix: "Give each a path of its own.",
    })
}
