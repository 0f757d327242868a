/** How what is secret is kept from those who look at exchanges: in logs, recordings and traces alike. */
export interface Redact {
  /** The value of a header (its name in lower case), as it may be shown. */
  header(name: string, value: string): string
  /** A query with its question mark, or nothing, as it may be shown. */
  query(search: string): string
  /** A text, such as a path, without the values in it that look like secrets. */
  text(text: string): string
  /** Whether a member, a field or a parameter of this name holds a secret. */
  names(name: string): boolean
}

const hidden = "[redacted]"

const headers =
  /^(?:authorization|proxy-authorization|cookie|set-cookie|cookie2|x-api-key|api-key|x-auth-token|x-csrf-token|x-amz-security-token|dpop|signature|www-authenticate|authentication-info)$|(?:token|secret|password|api-?key|signature|credential)s?$/

const names =
  /(?:token|secret|passw(?:or)?d|passphrase|passcode|credential|signature|api[-_]?key|access[-_]?key|private[-_]?key|client[-_]?key)s?$|^(?:key|sig|code|code_verifier|state|nonce|pin|otp|cvc|cvv|pwd|jwt|assertion|client_assertion|auth|authorization|cookie|set-cookie|session|session_?id|sid|id_token_hint|logout_token|saml_?response|x-api-key)$/i

const jwt = /\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*){1,3}/g
const scheme = /\b(Bearer|Basic|DPoP|Digest)\s+[\w.~+/=-]{6,}/gi
// Ours, and those of others that are made alike: a word or two, and letters by chance.
const apiKey =
  /\b[a-z][a-z0-9]{1,15}_(?:[a-z0-9]{1,16}_)?(?=[A-Za-z]*\d)[A-Za-z0-9]{20,}(?:_[0-9A-Za-z]{6})?(?![A-Za-z0-9_])/g
const queries = /\?[^\s"'<>#]+=[^\s"'<>#]*/g

// Nothing that is shorter holds one of these.
const shortest = 12

/**
 * Keeps secret what is named like a secret or looks like one: credentials, cookies, tokens, keys. `more`: other names under
 * which some stand, in lower case; those that are added later count as well.
 */
export function redaction(more: ReadonlySet<string> = new Set()): Redact {
  const isNamed = (name: string): boolean => names.test(name) || more.has(name.toLowerCase())

  const text = (given: string): string =>
    given.length < shortest
      ? given
      : given
          .replace(jwt, hidden)
          .replace(scheme, (_, word: string) => `${word} ${hidden}`)
          .replace(apiKey, hidden)

  const query = (search: string): string => {
    if (!search.includes("=")) return search
    const pairs = search.slice(1).split("&")
    for (let at = 0; at < pairs.length; at++) pairs[at] = pairOf(pairs[at] as string, isNamed)
    return `?${pairs.join("&")}`
  }

  return {
    names: isNamed,
    query: (search) => text(query(search)),
    text: (given) => text(given.includes("?") ? given.replace(queries, query) : given),
    header(name, value) {
      if (name === "set-cookie") return value.replace(/^([^=;]*)=[^;]*/, `$1=${hidden}`)
      if (name === "cookie")
        return value
          .split(";")
          .map((pair) => pair.replace(/^(\s*[^=]*)=.*$/s, `$1=${hidden}`))
          .join(";")
      if (headers.test(name) || more.has(name)) {
        const word = /^([A-Za-z][\w-]*) /.exec(value)?.[1]
        return word !== undefined && name.includes("auth") ? `${word} ${hidden}` : hidden
      }
      return text(value.replace(queries, query))
    },
  }
}

function pairOf(pair: string, isNamed: (name: string) => boolean): string {
  const at = pair.indexOf("=")
  if (at < 0 || at + 1 === pair.length) return pair
  const name = pair.slice(0, at)
  return isNamed(unescaped(name)) ? `${name}=${hidden}` : pair
}

function unescaped(name: string): string {
  if (!name.includes("%") && !name.includes("+")) return name
  try {
    return decodeURIComponent(name.replaceAll("+", " "))
  } catch {
    // A broken escape: it is judged as it stands.
    return name
  }
}
