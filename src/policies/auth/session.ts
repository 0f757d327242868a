import type { Exchange } from "../../core/exchange.ts"
import type { Identity } from "../../core/identity.ts"
import type { OwnRoute, Tools } from "../../core/part.ts"
import type { Reply } from "../../core/reply.ts"
import { about, isObject, object, type Of, optional } from "../../core/schema.ts"
import { headerName, text } from "../../core/values.ts"
import type { HeaderList } from "../../http/header-list.ts"
import { claimPath } from "./claim-path.ts"
import { identityOf } from "./jwt/claim-options.ts"
import { defineScheme, type Scheme } from "./scheme.ts"
import type { CookieSide } from "./session/browser-cookie.ts"
import { endSession } from "./session/end-session.ts"
import { sessionFields } from "./session/options.ts"
import { refuseOtherOrigins } from "./session/same-origin.ts"
import type { Session } from "./session/session.ts"
import { ownSessions, type Sessions } from "./session/sessions.ts"

const options = object({
  ...sessionFields("session"),
  begin: about(
    'On the route of the service that checks passwords: the header in which its answer says who has logged in, such as "x-session": a JSON object with a "sub" and whatever else is known. That begins a session, with a new id each time; "none" ends the one that is there. Clients never see the header.',
    optional(headerName()),
  ),
  logout: about(
    "A path that ends the session, for GET and POST; the gateway answers it. Links on pages of other origins do not log out: 403. Without one there is none.",
    optional(text({ expected: 'a path such as "/logout"', pattern: /^(\/[\w.~-]+)+$/ })),
  ),
  afterLogout: about(
    "Where browsers go after that.",
    optional(text({ expected: 'a path such as "/bye"', pattern: /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/ }), "/"),
  ),
  scopes: about('The claim with the scopes. Default: "scope", otherwise "scp".', optional(claimPath())),
  roles: about("The claim with the roles.", optional(claimPath(), "roles")),
  plan: about("The claim with the plan, which limits and quotas may go by.", optional(claimPath())),
  tenant: about("The claim with the tenant.", optional(claimPath())),
})

type Options = Of<typeof options>

/** Tells who asks by a session that a service has begun. */
export const session = defineScheme({
  name: "session",
  about:
    "A cookie tells who asks: a service of yours checks the password, and the gateway keeps the session from then on. For logins with an OpenID provider there is `oidc`, which has sessions of its own.",
  options,
  routes: ({ logout, scopes, roles, plan, tenant, begin, ...shared }): OwnRoute[] =>
    logout === undefined ? [] : [{ methods: ["GET", "POST"], path: logout, part: endSession, options: shared }],
  create,
})

function create({ begin, scopes, roles, plan, tenant, ...chosen }: Options, tools: Tools): Scheme {
  const sessions = ownSessions(chosen, tools)
  const origins = new Set(chosen.origins)
  const read = { subject: subjectOf, scopes, roles, plan, tenant }
  const known = new WeakMap<Session, Identity>()
  // What a client sent: when the service has answered, the cookies are gone from the request.
  const sent = new WeakMap<Exchange, HeaderList>()

  function vouched(exchange: Exchange, found: Session | undefined): Identity | undefined {
    if (!found) return undefined
    refuseOtherOrigins(exchange, origins)
    const made = known.get(found) ?? identityOf("session", found.claims, read)
    known.set(found, made)
    return made
  }

  return {
    identify(exchange) {
      // Otherwise other pages could log a visitor in under a name of their own.
      if (begin !== undefined) {
        refuseOtherOrigins(exchange, origins)
        sent.set(exchange, exchange.headers.copy())
      }
      const found = sessions.find(exchange)
      return found instanceof Promise
        ? exchange.unlessOver(found.then((one) => vouched(exchange, one)))
        : vouched(exchange, found)
    },
    // A cookie has no scheme of its own in the registry; this one is from a draft for them.
    challenge: () => `Cookie cookie-name="${chosen.cookie}"`,
    places: sessions.places,
    ...(begin !== undefined && {
      around: (next) => async (exchange) => {
        const reply = await next(exchange)
        const { scheme, answerHeaders, headers } = exchange
        return begun(
          { scheme, answerHeaders, headers: sent.get(exchange) ?? headers },
          reply,
          begin.toLowerCase(),
          sessions,
        )
      },
    }),
  }
}

const subjectOf = ({ sub }: Session["claims"]): unknown => sub

/** Begins or ends a session as the answer of the service says. */
async function begun(exchange: CookieSide, reply: Reply, header: string, sessions: Sessions): Promise<Reply> {
  const said = reply.headers.get(header)
  if (said === undefined) return reply
  reply.headers.delete(header)
  if (said.trim() === "none") {
    await sessions.end(exchange)
    return reply
  }
  const claims = claimsIn(said)
  if (!claims)
    throw new TypeError(`The service says who has logged in by "${header}", but it is no JSON object with a "sub".`)
  await sessions.begin(exchange, { claims, tokens: undefined })
  return reply
}

function claimsIn(said: string): Record<string, unknown> | undefined {
  try {
    // Header values are read as Latin-1, and written as UTF-8.
    const value: unknown = JSON.parse(Buffer.from(said, "latin1").toString())
    return isObject(value) && typeof value["sub"] === "string" && value["sub"] !== "" ? value : undefined
  } catch {
    return undefined
  }
}
