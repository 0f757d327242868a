import { askJson } from "./ask-json.ts"
import { isPrivate } from "./server-url.ts"

/** What it takes to ask an issuer what it has. */
export interface Discovering {
  readonly issuer: string
  readonly timeout: number
  /** Endpoints may be of plain http. */
  readonly insecure: boolean
}

const limit = 256 * 1024

/** Asks an issuer for the description of itself (OpenID Connect Discovery 1.0, otherwise RFC 8414). */
export async function discovered(
  { issuer, timeout }: Discovering,
  ask: typeof askJson = askJson,
): Promise<Readonly<Record<string, unknown>>> {
  const { origin, pathname, search } = new URL(issuer)
  const path = pathname.replace(/\/$/, "")
  let answer = await ask({ url: `${origin}${path}/.well-known/openid-configuration${search}`, timeout, limit })
  if (answer.status === 404)
    answer = await ask({ url: `${origin}/.well-known/oauth-authorization-server${path}${search}`, timeout, limit })
  const { status, body } = answer
  if (status !== 200) throw new Error(`it describes itself with the status ${status}`)
  // Section 4.3: who describes another issuer than the one that was asked could stand in for it.
  if (body.issuer !== issuer) throw new Error("it describes itself as another issuer: the two have to be the same text")
  return body
}

/** An endpoint out of the description of an issuer. */
export function endpointOf(
  description: Readonly<Record<string, unknown>>,
  name: string,
  { insecure }: Pick<Discovering, "insecure">,
): string {
  const url = description[name]
  if (typeof url !== "string" || !URL.canParse(url)) throw new Error(`its description has no valid "${name}"`)
  if (!insecure && !isPrivate(url)) throw new Error(`the "${name}" in its description is not of https`)
  if (!/^https?:/i.test(url)) throw new Error(`the "${name}" in its description is not of http`)
  return url
}
