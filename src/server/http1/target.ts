// Escapes decide nothing that letters could not: only these need a look at the whole path.
const unusual = /\\|\/\.|%2e/i

/** Path and query of a target as it came, and the host where the target names one; undefined where there is no path. */
export function readTarget(target: string): { host: string | undefined; target: string } | undefined {
  // RFC 9112 section 3.2.2: what the target names has the last word.
  const [, authority, rest = ""] = target.startsWith("/") ? [] : (/^https?:\/\/([^/?#]*)(.*)$/i.exec(target) ?? [])
  if (authority === undefined && !target.startsWith("/")) return undefined
  const written = authority === undefined ? target : rest.startsWith("/") ? rest : `/${rest}`
  const asciied = /^[!-~]*$/.test(written) ? written : escaped(written)
  return asciied === undefined ? undefined : { host: authority, target: resolved(asciied) }
}

/** Bytes that a target may not have, as the escapes that stand for them; undefined when they are not UTF-8. */
function escaped(target: string): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(target, "latin1"))
    return text.replace(/[^!-~]+/g, encodeURIComponent)
  } catch {
    return undefined
  }
}

/** Without dot segments and backslashes, as every client resolves them. */
function resolved(target: string): string {
  const question = target.search(/[?#]/)
  const path = question < 0 ? target : target.slice(0, question)
  if (!unusual.test(path)) return target
  return new URL(`http://a${path}`).pathname + (question < 0 ? "" : target.slice(question))
}
