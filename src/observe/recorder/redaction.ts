import type { Redact } from "./redact-body.ts"

const hidden = "[redacted]"

const headers =
  /^(?:authorization|proxy-authorization|cookie|set-cookie|cookie2|x-api-key|api-key|x-auth-token|x-csrf-token|x-amz-security-token|dpop|signature|www-authenticate|authentication-info)$|(?:token|secret|password|api-?key|signature|credential)s?$/i

const names =
  /(?:token|secret|passw(?:or)?d|passphrase|passcode|credential|signature|api[-_]?key|access[-_]?key|private[-_]?key|client[-_]?key)s?$|^(?:key|sig|code|code_verifier|state|nonce|pin|otp|cvc|cvv|pwd|jwt|assertion|client_assertion|auth|authorization|cookie|set-cookie|session|session_?id|sid|id_token_hint|logout_token|saml_?response|x-api-key)$/i

const jwt = /\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*){1,3}/g
const bearer = /\b(Bearer|Basic|DPoP|Digest)\s+[\w.~+/=-]{6,}/gi
const apiKey = /\b[a-z][a-z0-9]{0,15}_[a-z]*_?[A-Za-z0-9]{24,}\b/g
const queries = /\?[^\s"'<>#]+=[^\s"'<>#]*/g

/** How what is secret is kept from those who look, beside the names that a config adds. */
export function redaction(more: Iterable<string> = []): Redact {
  const added = new Set([...more].map((name) => name.toLowerCase()))
  const isNamed = (name: string): boolean => names.test(name) || added.has(name.toLowerCase())
  const query = (search: string): string =>
    search === ""
      ? ""
      : `?${search
          .slice(1)
          .split("&")
          .map((pair) => queryPair(pair, isNamed))
          .join("&")}`
  const text = (given: string): string =>
    given
      .replace(jwt, hidden)
      .replace(bearer, (_, word: string) => `${word} ${hidden}`)
      .replace(apiKey, hidden)
  return {
    names: isNamed,
    query: (search) => text(query(search)),
    text: (given) => text(given.replace(queries, query)),
    header(name, value) {
      if (name === "set-cookie") return value.replace(/^([^=;]*)=[^;]*/, `$1=${hidden}`)
      if (name === "cookie")
        return value
          .split(";")
          .map((pair) => pair.replace(/^(\s*[^=]*)=.*$/s, `$1=${hidden}`))
          .join(";")
      if (headers.test(name) || added.has(name)) {
        const [, word] = /^([A-Za-z][\w-]*) /.exec(value) ?? []
        return word && name.includes("auth") ? `${word} ${hidden}` : hidden
      }
      return text(value.replace(queries, query))
    },
  }
}

function queryPair(pair: string, isNamed: (name: string) => boolean): string {
  const at = pair.indexOf("=")
  if (at < 0) return pair
  let name = pair.slice(0, at)
  try {
    name = decodeURIComponent(name.replaceAll("+", " "))
  } catch {
    // A broken escape: it is judged as it stands.
  }
  return isNamed(name) && at + 1 < pair.length ? `${pair.slice(0, at)}=${hidden}` : pair
}
