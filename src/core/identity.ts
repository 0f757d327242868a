/** Who asks, as one scheme of `auth` vouches for it. Attacker-chosen texts in it index Maps, never objects. */
export interface Identity {
  /** The scheme that vouches for it: "apiKey", "jwt", … */
  readonly scheme: string
  /** Who it is; two identities are the same when scheme, issuer and subject are. */
  readonly subject: string
  /** Who says so, where a scheme knows several. */
  readonly issuer: string | undefined
  /** The credential that was shown, by a name that may be printed: the id of a key, never the key. */
  readonly credential: string | undefined
  readonly plan: string | undefined
  readonly tenant: string | undefined
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
  /** What else is known: the claims of a token, the metadata of a key. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** An identity out of what a scheme knows. */
export const identity = (
  known: Pick<Identity, "scheme" | "subject"> & { readonly [K in keyof Identity]?: Identity[K] | undefined },
): Identity => ({
  scheme: known.scheme,
  subject: known.subject,
  issuer: known.issuer,
  credential: known.credential,
  plan: known.plan,
  tenant: known.tenant,
  scopes: known.scopes ?? [],
  roles: known.roles ?? [],
  claims: known.claims ?? {},
})

/** One text that no two identities share: for counters, caches and keys of the store. */
export const identityKey = ({ scheme, issuer, subject }: Identity): string => JSON.stringify([scheme, issuer, subject])
