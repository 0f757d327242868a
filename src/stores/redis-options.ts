import type { TLSOptions } from "bun"

import { about, object, type Of, optional, type Schema, shown } from "../core/schema.ts"
import { checkedText, flag, text } from "../core/values.ts"

const expected = 'a URL such as "redis://localhost:6379"'
const schemes = /^(?:redis|valkey)(?:s|(?:\+tls)?(?:\+unix)?):$/
const secure = /^(?:redis|valkey)(?:s|\+tls(?:\+unix)?):$/
const unix = /\+unix:$/

const one = checkedText(expected, (found, isSecret) => {
  const parsed = URL.parse(found)
  const wrong = parsed ? wrongIn(parsed) : "is not a URL"
  if (wrong === undefined) return undefined
  // A password in it is nobody's business.
  const name = isSecret || !parsed || found.includes("@") ? "it" : shown(found)
  return {
    message: `Expected ${expected}, but ${name} ${wrong}.`,
    fix: 'Give "redis://" or "rediss://" with host, port and perhaps the number of a database, or "redis+unix://" with the path of a socket.',
  }
})

/** Where a Redis server is. */
export const redisUrl: Schema<string> = {
  ...one,
  parse(value, path, report) {
    if (!Array.isArray(value)) return one.parse(value, path, report)
    report({
      code: "E203",
      path,
      message: `Expected ${expected}, got a list: the protocols of Redis Sentinel and Redis Cluster are not spoken.`,
      fix: "Give the URL of one server, or of a proxy in front of several.",
    })
    return ""
  },
}

function wrongIn({ protocol, hostname, pathname, search, hash }: URL): string | undefined {
  if (!schemes.test(protocol)) return `has the scheme "${protocol}"`
  if (search || hash) return "carries a query or a fragment"
  if (unix.test(protocol)) return pathname.length > 1 ? undefined : "names no socket"
  if (hostname === "") return "names no host"
  return /^(?:\/\d*)?$/.test(pathname) ? undefined : "has a path that is not the number of a database"
}

/** How TLS is spoken with Redis. */
export const tlsOptions = object({
  ca: about(
    'The authority that signed its certificate, PEM, such as file("ca.pem"). Default: those that this system trusts.',
    optional(text()),
  ),
  cert: about('The certificate that the gateway shows, PEM, such as file("client.pem").', optional(text())),
  key: about("The private key of that certificate, PEM.", optional(text())),
  serverName: about("The name that its certificate must be for. Default: the host of the URL.", optional(text())),
  insecure: about("Take any certificate: for a server on your own machine only.", optional(flag(), false)),
})

/** What a config says about where Redis is and how to log in. */
export interface Login {
  readonly url: string
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly tls?: Of<typeof tlsOptions> | undefined
}

/** What does not fit together in these options. */
export function loginProblem({ url, username, password, tls }: Login): { message: string; fix: string } | undefined {
  const parsed = new URL(url)
  if ((username !== undefined || password !== undefined) && (parsed.username || parsed.password))
    return {
      message: 'The store "redis" has a user or password in its URL and beside it.',
      fix: "Give them in one place.",
    }
  if (username !== undefined && password === undefined)
    return { message: `The store "redis" has the user "${username}", but no password.`, fix: 'Add "password".' }
  if (tls && !secure.test(parsed.protocol))
    return {
      message: `The store "redis" has options for TLS, but its URL begins with "${parsed.protocol}//".`,
      fix: `Begin the URL with "${unix.test(parsed.protocol) ? "redis+tls+unix" : "rediss"}://", or remove "tls".`,
    }
  if (tls && (tls.cert === undefined) !== (tls.key === undefined))
    return {
      message: 'The store "redis" has a certificate without a key, or a key without a certificate.',
      fix: 'Give both "cert" and "key", or neither.',
    }
  return undefined
}

/** The URL with everything that logging in takes. */
export function loginUrl({ url, username, password }: Login): string {
  if (password === undefined) return url
  const { protocol, host, pathname } = new URL(url)
  const who = `${encodeURIComponent(username ?? "default")}:${encodeURIComponent(password)}`
  // A socket has no host, but a URL that names a user needs one.
  return `${protocol}//${who}@${host || "localhost"}${pathname}`
}

/** TLS as Bun takes it. */
export function loginTls({ tls }: Login): TLSOptions | undefined {
  if (!tls) return undefined
  const { ca, cert, key, serverName, insecure } = tls
  const made: TLSOptions = { rejectUnauthorized: !insecure }
  if (ca !== undefined) made.ca = ca
  if (cert !== undefined) made.cert = cert
  if (key !== undefined) made.key = key
  if (serverName !== undefined) made.serverName = serverName
  return made
}
