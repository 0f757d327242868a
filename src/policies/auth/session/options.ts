import { about, either, listOf, object, type Of, optional, type Schema } from "../../../core/schema.ts"
import { duration } from "../../../core/units.ts"
import { flag, oneOf, text } from "../../../core/values.ts"

const secret = text({
  expected: "a secret of at least 32 characters",
  pattern: /^.{32,}$/s,
  fix: "openssl rand -hex 32 makes one.",
})

const cookieName = text({
  expected: 'the name of a cookie, without "__Host-" and "__Secure-", which come by themselves over https',
  pattern: /^(?!__(host|secure)-)[A-Za-z0-9!#$%&'*+.^_`|-]{1,64}$/i,
})

/** What every kind of session lets a config say; `name` is what its cookie is called where the config says nothing. */
export const sessionFields = <const Name extends string>(name: Name) => ({
  secret: about(
    'What sessions are encrypted with: at least 32 characters, such as env("SESSION_SECRET"), the same in every process. A list to change it: the first one encrypts, all of them decrypt.',
    either(secret, listOf(secret)),
  ),
  keep: about(
    'Where sessions live. "cookie": encrypted in the cookie itself, so that they survive a restart and need no room; ended ones are remembered in the store of the gateway, and a copy of their cookie is refused within 10 seconds. "store": in the store, encrypted, and the cookie is only their name: for tokens that are too long for cookies (11 kb in all).',
    optional(oneOf("cookie", "store"), "cookie"),
  ),
  idle: about("After how long without a request a session ends.", optional(duration(), "30m")),
  lifetime: about("After how long a session ends, whatever happens.", optional(duration(), "8h")),
  cookie: about(
    'The name of the cookie. Over https browsers get it with "__Host-" before it, or "__Secure-" if there is a domain.',
    optional(cookieName, name),
  ),
  domain: about(
    "The domain whose hosts all get the cookie. Default: only the host that has set it, which is safer.",
    optional(text({ expected: 'a domain such as "example.com"', pattern: /^[a-z0-9-]+(\.[a-z0-9-]+)+$/ })),
  ),
  sameSite: about(
    'When browsers send the cookie along with what other sites begin: "lax" with links only, "strict" never, "none" always, over https.',
    optional(oneOf("lax", "strict", "none"), "lax"),
  ),
  secure: about(
    "Whether the cookie is for https only. Default: as the request came, which is right unless something in front of the gateway takes https away without saying so.",
    optional(flag()),
  ),
  remember: about(
    "Keeps the cookie when the browser is closed, as long as the session lives.",
    optional(flag(), false),
  ),
  origins: about(
    'Further origins, such as "https://admin.example.com", whose pages may send requests other than GET, HEAD and OPTIONS, or open WebSockets, under a session. Those of all other origins are refused: 403.',
    optional(
      listOf(
        text({ expected: 'an origin such as "https://app.example.com"', pattern: /^https?:\/\/[a-z0-9.[\]:-]+$/ }),
      ),
    ),
  ),
})

const fields = object(sessionFields("session"))

/** The options of sessions, ready for use. */
export type SessionOptions = Of<typeof fields>

/** The options of sessions for a scheme that has its own beside them. */
export const sessionOptions = (name: string): Schema<SessionOptions> => object(sessionFields(name))

/** The secrets, the one to encrypt with first. */
export const secretsOf = ({ secret: given }: Pick<SessionOptions, "secret">): readonly string[] =>
  typeof given === "string" ? [given] : given
