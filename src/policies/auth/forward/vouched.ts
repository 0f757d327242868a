import { type Identity, identity } from "../../../core/identity.ts"
import { about, listOf, object, type Of, optional } from "../../../core/schema.ts"
import { headerName } from "../../../core/values.ts"
import type { HeaderList } from "../../../http/header-list.ts"

/** Which headers of the answer say what about the identity. */
export const vouchedFields = {
  subject: about(
    "The header of its answer that says who it is; an answer without it lets nobody in. Without the option, equal credentials are one subject.",
    optional(headerName()),
  ),
  plan: about("The header with the plan.", optional(headerName())),
  tenant: about("The header with the tenant.", optional(headerName())),
  scopes: about("The header with the scopes, with blanks or commas between them.", optional(headerName())),
  roles: about("The header with the roles, with blanks or commas between them.", optional(headerName())),
  claims: about(
    "Headers of its answer that become claims under their names, in small letters: `tell` passes them on.",
    optional(listOf(headerName())),
  ),
}

const fields = object(vouchedFields)

/** The identity that an answer vouches for; undefined when it does not say who it is. */
export function vouchedIdentity(
  { subject, plan, tenant, scopes, roles, claims = [] }: Of<typeof fields>,
  answer: HeaderList,
  credentials: string,
): Identity | undefined {
  const said = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : answer.get(name.toLowerCase()) || undefined
  const words = (name: string | undefined): string[] | undefined =>
    said(name)
      ?.split(/[\s,]+/)
      .filter((word) => word !== "")
  const who = subject === undefined ? credentials : said(subject)
  if (who === undefined) return undefined
  const lower = claims.map((name) => name.toLowerCase())
  return identity({
    scheme: "forward",
    subject: who,
    plan: said(plan),
    tenant: said(tenant),
    scopes: words(scopes),
    roles: words(roles),
    claims: Object.fromEntries(lower.flatMap((name) => (answer.has(name) ? [[name, answer.get(name)]] : []))),
  })
}
