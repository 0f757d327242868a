import type { Exchange } from "../../core/exchange.ts"
import { type Identity, identityKey } from "../../core/identity.ts"
import { either, isObject, list, type Path, type Schema, schema, shown } from "../../core/schema.ts"
import { serviceName } from "../../core/service-name.ts"
import { fn, headerName, oneOf, text } from "../../core/values.ts"
import { cookieOf } from "../../http/cookies.ts"
import { asking, type AuthRequest } from "../auth/asking.ts"

/** What requests are counted together by. */
export interface By {
  /** Where the count belongs, if not to the route: to all that name the same. */
  readonly scope?: string
  /** The service that it belongs to, and where the option says so. */
  readonly service?: { readonly name: string; readonly path: Path }
  /** Who asks, in few steps: undefined for requests that have nothing of the kind; they go by their address. */
  readonly of: (exchange: Exchange) => string | undefined
  /** The same as the store has it: it cannot be taken for another's, is short, and gives no secret away. */
  readonly stored: (found: string) => string
}

/** A function of the config that tells requests apart. */
export type TellsApart = (request: AuthRequest, identity: Identity | undefined) => string | undefined

/** The text of an identity, or of what it showed, made once for as long as the identity lives. */
function lasting(make: (who: Identity) => string): (who: Identity) => string {
  const known = new WeakMap<Identity, string>()
  return (who) => {
    const found = known.get(who)
    if (found !== undefined) return found
    const made = make(who)
    known.set(who, made)
    return made
  }
}

const identityText = lasting(identityKey)
const credentialText = lasting((who) =>
  who.credential === undefined ? identityKey(who) : JSON.stringify([who.scheme, who.issuer, who.credential, "shown"]),
)

const nobody = (): string => ""
const together = (scope: string): By => ({ scope, of: nobody, stored: nobody })

// Longer than what people name things: the subject of a token may be anything.
const longest = 64

const named = (kind: string) => (found: string) =>
  found.length <= longest ? `${kind} ${found}` : hashed(`${kind}#`)(found)

// Headers and cookies may be credentials; and no client finds another text that counts as this one.
const hashed = (kind: string) => (found: string) =>
  `${kind} ${new Bun.CryptoHasher("sha256").update(found).digest("base64url")}`

/** Who signed in. */
export const byIdentity: By = {
  of: ({ identity }) => identity && identityText(identity),
  stored: named("id"),
}

const words: Readonly<Record<"ip" | "identity" | "credential" | "route" | "all", By>> = {
  ip: { of: () => undefined, stored: nobody },
  identity: byIdentity,
  credential: {
    of: ({ identity }) => identity && credentialText(identity),
    stored: named("credential"),
  },
  route: { of: nobody, stored: nobody },
  all: together("all"),
}

const places: ReadonlyMap<string, { name: Schema<string>; by: (name: string, path: Path) => By }> = new Map([
  [
    "header",
    {
      name: headerName(),
      by(name) {
        const lower = name.toLowerCase()
        return { of: ({ headers }) => headers.get(lower), stored: hashed(`header ${lower}`) }
      },
    },
  ],
  [
    "cookie",
    {
      name: text({ expected: "the name of a cookie", pattern: /^[^\s;=]+$/ }),
      by: (name) => ({ of: ({ headers }) => cookieOf(headers, name), stored: hashed(`cookie ${name}`) }),
    },
  ],
  [
    "query",
    {
      name: text({ expected: "the name of a query parameter", pattern: /./ }),
      by: (name) => ({
        of: ({ search }) => (search === "" ? undefined : (new URLSearchParams(search).get(name) ?? undefined)),
        stored: hashed(`query ${name}`),
      }),
    },
  ],
  ["service", { name: serviceName, by: (name, path) => ({ ...together(`service ${name}`), service: { name, path } }) }],
])

const placed = schema<By>({
  expected: `an object with one of ${list([...places.keys()].map((place) => `"${place}"`))}`,
  types: [...places].map(([place, { name }]) => `{ ${place}: ${name.types("")} }`).join(" | "),
  accepts: isObject,
  parse(value, path, report) {
    const [[place = "", name] = [], ...more] = Object.entries(value as object)
    const found = places.get(place)
    if (found && more.length === 0) {
      const at = [...path, place]
      const checked = found.name.parse(name, at, report)
      return typeof checked === "string" ? found.by(checked, at) : words.ip
    }
    const got = place === "" ? "an empty one" : [place, ...more.map(([key]) => key)].map(shown).join(" and ")
    report({ code: "E204", path, message: `Expected ${placed.expected}, got ${got}.` })
    return words.ip
  },
})

const byFunction = (tellsApart: TellsApart): By => ({
  of(exchange) {
    const found: unknown = tellsApart(asking(exchange), exchange.identity)
    if (found === undefined || found === null) return undefined
    if (typeof found === "string") return found
    throw new TypeError(`The function "by" of a limit has to return a text or undefined, but returned ${shown(found)}.`)
  },
  stored: hashed("function"),
})

/** The same schema, with something made of its value. */
const made = <A, B>(of: Schema<A>, make: (value: A) => B): Schema<B> => ({
  ...of,
  parse: (value, path, report) => make(of.parse(value, path, report)),
})

/** What requests are counted together by, in every way that a config may write it. */
export const byOption: Schema<By> = {
  ...either(
    made(oneOf("ip", "identity", "credential", "route", "all"), (word) => words[word] ?? words.ip),
    placed,
    made(fn<TellsApart>("((request: AuthRequest, identity: Identity | undefined) => string | undefined)"), byFunction),
  ),
  expected: `"ip", "identity", "credential", "route", "all", ${placed.expected}, or a function`,
  fields: undefined,
}
